"""What a connector of Airbyte's costs: made-up rows from PyPI's source-faker into a lake, end to end, with its state.

`python -m bench.connectors` runs this alone; it installs the connector from PyPI.
"""

import resource
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Self

import psutil
from tests.installations import UnsupervisedInstallation

from bench.figures import Figure, show

ROWS = 60_000
ROUNDS = 3
LEAST_ROWS_S = 2_300
"""PyAirbyte 0.71 with the same connector, on such a machine."""
CONNECTOR, VERSION = "faker", "7.2.1"
LOOK_EVERY_S = 0.1


def measure() -> Iterator[Figure]:
    """Needs an installation that this process works on."""
    from django.conf import settings

    from oneclick.pipelines.templates.airbyte import installing

    made = installing.install(Path(settings.HOME), CONNECTOR, VERSION)
    yield Figure(name=f"installing source-{CONNECTOR} {VERSION}", value=f"{made.seconds:.0f} s")
    yield Figure(name="its size", value=f"{made.size_bytes / 2**20:,.0f} MB")
    took, peaks, again = [], [], []
    for number in range(ROUNDS):
        with _Peak() as peak:
            flow, took_s = _first(number)
        took.append(took_s)
        peaks.append(peak.bytes)
        again.append(_timed(flow, rows=0))
    rate = ROWS / median(took)
    yield Figure(
        name=f"{ROWS:,} users of source-{CONNECTOR}, from the click to the table, state kept",
        value=f"{median(took):.1f} s ({rate:,.0f} rows/s)", bound=f"≥ {LEAST_ROWS_S:,} rows/s (PyAirbyte's)",
        is_met=rate >= LEAST_ROWS_S,
    )  # fmt: skip
    yield Figure(name="the update after it, nothing new", value=f"{median(again):.1f} s")
    yield Figure(name="memory of the connector's processes at most", value=f"{max(peaks) / 2**20:,.0f} MB")
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    yield Figure(name="memory of the process that reads it at most", value=f"{ours:,.0f} MB")


def _first(number: int) -> tuple[object, float]:
    from tests.lake import make_warehouse

    from oneclick.accounts.models import Organisation
    from oneclick.accounts.services import ensure_default_organisation, operator_label, operator_principal
    from oneclick.pipelines import services

    organisation = ensure_default_organisation(actor=operator_label())
    principal = operator_principal(organisation)
    assert isinstance(organisation, Organisation)
    flow = services.connect(
        principal, template_key="airbyte", warehouse=make_warehouse(organisation, f"bench{number}").id, given={},
        config={
            "connector": CONNECTOR, "version": VERSION, "config.count": str(ROWS), "config.seed": "1",
            "config.parallelism": "2", "config.always_updated": "false",
        },
    )  # fmt: skip
    wanted = [each for each in services.suggest(services.discover(principal, flow.id)) if each.stream == "users"]
    services.choose(principal, flow.id, wanted)
    services.schedule(principal, flow.id, kind="manual")
    return flow, _timed(flow, rows=ROWS)


def _timed(flow: object, *, rows: int) -> float:
    from oneclick.accounts.services import ensure_default_organisation, operator_label, operator_principal
    from oneclick.pipelines import engine, queries, services

    principal = operator_principal(ensure_default_organisation(actor=operator_label()))
    began = time.perf_counter()
    run = services.run_now(principal, flow.id)  # type: ignore[attr-defined]  # models are imported late
    engine.drive(run.id)
    took_s = time.perf_counter() - began
    run = queries.run(principal.organisation_id, run.id)
    assert (run.state, run.rows, run.rejected) == ("done", rows, 0), (run.state, run.rows, run.error_message)
    return took_s


class _Peak:
    """The most memory that our children took together while the body ran."""

    def __enter__(self) -> Self:
        self.bytes, self._ended = 0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        from oneclick.pipelines.templates.airbyte.process import resident_bytes

        while not self._ended.wait(LOOK_EVERY_S):
            self.bytes = max(self.bytes, resident_bytes(psutil.Process().pid))


if __name__ == "__main__":
    with UnsupervisedInstallation("bench", ONECLICK_LOG_LEVEL="WARNING") as installation:
        installation.adopt()
        show(measure())
