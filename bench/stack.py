"""What the whole stack costs: help, start, memory."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from tests.installations import environment as newcomers_environment

from bench.figures import Figure, percentile

HELPS = 10
IDLE_S = 10
BEFORE_FLOWS = 5
"""Stages of the demo before its data flows."""
ONECLICK = str(Path(sys.executable).with_name("oneclick"))


def measure() -> Iterator[Figure]:
    """Needs that nothing else runs: it starts a stack of its own and stops it again."""
    yield _help()
    with TemporaryDirectory(prefix="oneclick-bench-", dir="/tmp") as home:
        environment = newcomers_environment(Path(home))
        try:
            yield _start(environment, "first start (databases made, migrations run)")
            yield _memory(environment)
            _oneclick(environment, "down")
            yield _start(environment, "warm start")
            _oneclick(environment, "down")
            yield from _warm_chain(environment, Path(home))
        finally:
            _oneclick(environment, "down")


def _help() -> Figure:
    took = []
    for _ in range(HELPS):
        began = time.perf_counter()
        subprocess.run([ONECLICK, "--help"], check=True, capture_output=True)
        took.append(time.perf_counter() - began)
    median = percentile(took, 0.5)
    return Figure(
        name=f"oneclick --help, median of {HELPS}", value=f"{median:.2f} s", bound="under 0.5 s", is_met=median < 0.5
    )


def _start(environment: dict[str, str], name: str) -> Figure:
    began = time.perf_counter()
    _oneclick(environment, "up", "--detach")
    return Figure(name=f"oneclick up, {name}", value=f"{time.perf_counter() - began:.1f} s")


def _memory(environment: dict[str, str]) -> Figure:
    """Proportional set size, so that what processes share counts once."""
    time.sleep(IDLE_S)
    status = json.loads(_oneclick(environment, "status", "--json"))
    started = [psutil.Process(part["pid"]) for part in status["parts"]]
    processes = {process for one in started for process in (one, *one.children(recursive=True))}
    size = sum(process.memory_full_info().pss for process in processes)
    return Figure(
        name=f"idle stack, memory of its {len(processes)} processes (PSS)",
        value=f"{size / 1e6:.0f} MB",
        bound="under 450 MB",
        is_met=size < 450e6,
    )


def _warm_chain(environment: dict[str, str], home: Path) -> Iterator[Figure]:
    """The whole chain where its samples are still to be made; then again, where they are there, up to its answer."""
    took_s, _ = _demo(environment, home)
    yield _bounded("oneclick demo --exit on a warm installation, its samples made anew", took_s, 20)
    took_s, flows_s = _demo(environment, home)
    yield _bounded("the same a second time", took_s, 20)
    yield _bounded("the same a second time, but for its data flows", took_s - flows_s, 8)


def _demo(environment: dict[str, str], home: Path) -> tuple[float, float]:
    """How long it took, and how long of that its data flows, in seconds."""
    summary = home / "summary.json"
    began = time.perf_counter()
    _oneclick(environment, "demo", "--exit", "--json", str(summary))
    took_s = time.perf_counter() - began
    stages = json.loads(summary.read_text())["stages"]
    return took_s, sum(stage["seconds"] for stage in stages[BEFORE_FLOWS:])


def _bounded(name: str, seconds: float, most_s: float) -> Figure:
    return Figure(name=name, value=f"{seconds:.1f} s", bound=f"at most {most_s:g} s", is_met=seconds <= most_s)


def _oneclick(environment: dict[str, str], *arguments: str) -> str:
    return subprocess.run([ONECLICK, *arguments], env=environment, check=True, capture_output=True, text=True).stdout
