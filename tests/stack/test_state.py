import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from oneclick.stack.errors import StackRunning
from oneclick.stack.state import Condition, Phase, Presence, ServiceState, StackState

HOLD = """
import sys, time
from pathlib import Path
from oneclick.stack.state import Presence
presence = Presence(Path(sys.argv[1]))
presence.take()
print("taken", flush=True)
time.sleep(60)
"""


def _state(phase: Phase) -> StackState:
    web = ServiceState(name="web", condition=Condition.RUNNING, pid=1, restarts=2, since=3.0, cause="was killed")
    return StackState(
        pid=os.getpid(), phase=phase, url="https://dwh.example.com", local_url="http://127.0.0.1:1",
        started_at=time.time(), services=(web,),
    )  # fmt: skip


def test_what_is_published_is_read_by_others_while_it_is_true(tmp_path: Path) -> None:
    presence = Presence(tmp_path)
    presence.take()
    published = _state(Phase.READY)
    presence.publish(published)
    assert Presence(tmp_path).read() == published
    presence.leave()
    assert Presence(tmp_path).read() is None
    assert not Presence(tmp_path).is_taken()


@pytest.mark.parametrize(
    ("phase", "says"),
    [
        (Phase.READY, "already running: https://dwh.example.com"),
        (Phase.STARTING, "already starting"),
        (Phase.STOPPING, "just stopping"),
    ],
)
def test_a_second_supervisor_is_refused_and_told_of_the_first(tmp_path: Path, phase: Phase, says: str) -> None:
    first = Presence(tmp_path)
    first.take()
    first.publish(_state(phase))
    with pytest.raises(StackRunning, match=says) as refused:
        Presence(tmp_path).take()
    assert refused.value.is_ready == (phase is Phase.READY)
    first.leave()
    again = Presence(tmp_path)
    again.take()
    again.leave()


def test_what_a_killed_supervisor_left_behind_is_not_believed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        left = Presence(tmp_path)
        left.publish(_state(Phase.READY))
        assert left.read() is not None
        holder.kill()
    assert left.read() is None
    left.take()
    left.leave()


def test_a_damaged_state_is_no_state(tmp_path: Path) -> None:
    presence = Presence(tmp_path)
    presence.take()
    (tmp_path / "run" / "stack.json").write_text('{"pid": ')
    assert presence.read() is None
    presence.leave()
