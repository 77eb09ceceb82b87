"""Services under supervision: real processes that crash, don't listen, and leave children behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oneclick.stack.child import environment
from oneclick.stack.processes import strays, sweep
from oneclick.stack.state import Condition
from oneclick.stack.supervisor import Service, Supervisor
from tests.stack.conftest import eventually, is_gone

PROJECT = Path(__file__).parents[2]
Supervise = Callable[..., Supervisor]


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture
def supervise(tmp_path: Path, reports: list[str]) -> Iterator[Supervise]:
    started = []

    def start(name: str, **options: float) -> Supervisor:
        service = Service(
            name=name, target=f"tests.stack.services:{name}", settings={"PYTHONPATH": str(PROJECT)}, **options
        )
        supervisor = Supervisor(tmp_path, [service], postgres=None, report=reports.append, changed=lambda _: None)
        supervisor.start()
        started.append(supervisor)
        return supervisor

    yield start
    for supervisor in started:
        supervisor.hurry()
        supervisor.stop()
    assert not list(strays(tmp_path))


def test_a_service_that_crashes_is_started_again_ever_later(supervise: Supervise, reports: list[str]) -> None:
    supervisor = supervise("crashing")
    assert eventually(lambda: supervisor.states()[0].restarts >= 2)
    assert supervisor.states()[0].cause == "ended with exit code 3"
    pauses = [report.split("starts again in ")[1].split(" s")[0] for report in reports if "starts again in" in report]
    assert pauses[:2] == ["0.5", "1"]


def test_a_killed_service_comes_back_as_another_process(supervise: Supervise) -> None:
    supervisor = supervise("steady")
    assert eventually(lambda: supervisor.states()[0].pid)
    pid = supervisor.states()[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: supervisor.states()[0].pid not in (pid, None))
    assert supervisor.states()[0].condition is Condition.RUNNING
    assert supervisor.states()[0].cause == "was killed by SIGKILL"


def test_a_service_that_does_not_listen_is_killed_when_its_patience_is_over(
    supervise: Supervise, tmp_path: Path
) -> None:
    supervisor = supervise("deaf", patience_s=1.0)
    assert eventually(lambda: "ready" in (tmp_path / "logs" / "deaf.log").read_text())
    asked = time.monotonic()
    supervisor.stop()
    assert 0.9 < time.monotonic() - asked < 5
    assert supervisor.states()[0].condition is Condition.STOPPED


def test_hurry_ends_the_patience(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise("deaf", patience_s=300.0)
    assert eventually(lambda: "ready" in (tmp_path / "logs" / "deaf.log").read_text())
    asked = time.monotonic()
    supervisor.hurry()
    supervisor.stop()
    assert time.monotonic() - asked < 5


def test_children_of_a_service_end_with_it_even_in_a_session_of_their_own(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise("parent")
    assert eventually((tmp_path / "grandchild").exists)
    child = int((tmp_path / "grandchild").read_text())
    supervisor.stop()
    assert is_gone(child)


def test_after_kill_9_of_the_supervisor_services_end_and_a_sweep_finds_their_children(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "from tests.stack.services import supervising; supervising()"]
    settings = {**environment(tmp_path, {}), "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(program, env=settings) as supervisor:
        assert eventually((tmp_path / "grandchild").exists)
        child = int((tmp_path / "grandchild").read_text())
        supervisor.kill()
    assert eventually(lambda: [process.pid for process in strays(tmp_path)] == [child], within_s=5)
    assert sweep(tmp_path) == [child]
    assert is_gone(child)


def test_a_sweep_spares_the_processes_of_other_homes(tmp_path: Path) -> None:
    settings = environment(tmp_path / "other", {})
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=settings) as other:
        assert eventually(lambda: [process.pid for process in strays(tmp_path / "other")] == [other.pid])
        assert sweep(tmp_path) == []
        assert other.poll() is None
        other.kill()


def test_logs_keep_every_line_within_their_size(supervise: Supervise, tmp_path: Path) -> None:
    supervise("talkative")
    log = tmp_path / "logs" / "talkative.log"
    assert eventually(lambda: log.read_text().endswith("line 019999\n"))
    assert log.read_text().splitlines() == [f"line {number:06}" for number in range(20_000)]
    assert log.stat().st_mode & 0o077 == 0
