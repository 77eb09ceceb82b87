"""`make bench`: measure and write the report. `python -m bench --print` only prints it."""

import argparse
import platform
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import psutil
from tests.installations import UnsupervisedInstallation

from bench import pages, sheets, stack
from bench.figures import Figure

WORKER_STARTS_WITHIN_S = 4
REPORT = Path(__file__).parents[1] / "docs" / "reference" / "performance.md"
HEAD = """# Performance

Measured with `make bench`, which writes this page. Every figure with a bound is held against it in the same run; what
is compared is interleaved.

- Date: {date}, commit {commit}
- Machine: {cores} cores, {memory:.0f} GB of memory, {system}, Python {python}
- Nothing else ran.
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--print", action="store_true", dest="is_printing", help="print the report, write nothing")
    options = parser.parse_args()
    sections = {
        "The whole stack": list(_told(stack.measure())),
        "Pages": list(_told(pages.measure())),
        "Files": list(_told(sheets.measure())),
        "Provisioning and the queue": list(_told(_provisioning())),
    }
    report = _report(sections)
    if options.is_printing:
        print(report)
    else:
        REPORT.write_text(report)
        print(f"written: {REPORT}")
    missed = [figure.name for figures in sections.values() for figure in figures if figure.is_met is False]
    if missed:
        sys.exit("missed: " + "; ".join(missed))


def _provisioning() -> Iterable[Figure]:
    with UnsupervisedInstallation("bench", ONECLICK_LOG_LEVEL="WARNING") as installation:
        installation.adopt()
        from bench import provisioning

        yield provisioning.overhead()
        installation.start_worker()
        time.sleep(WORKER_STARTS_WITHIN_S)
        yield from provisioning.measure()


def _told(figures: Iterable[Figure]) -> Iterable[Figure]:
    for figure in figures:
        print(f"{figure.name}: {figure.value}", file=sys.stderr)
        yield figure


def _report(sections: dict[str, list[Figure]]) -> str:
    # Whichever git there is.
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)  # noqa: S607 - see above
    text = HEAD.format(
        date=datetime.now(UTC).date().isoformat(),
        commit=commit.stdout.strip(),
        cores=psutil.cpu_count(),
        memory=psutil.virtual_memory().total / 2**30,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
    )
    for title, figures in sections.items():
        text += f"\n## {title}\n\n| what | figure | bound | met |\n|---|---:|---|---|\n"
        for figure in figures:
            met = {None: "", True: "yes", False: "**no**"}[figure.is_met]
            text += f"| {figure.name} | {figure.value} | {figure.bound} | {met} |\n"
    return text


if __name__ == "__main__":
    main()
