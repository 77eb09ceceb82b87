"""Jobs from the command line."""

import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from oneclick.cli import watch
from oneclick.provisioning import engine
from oneclick.provisioning.models import JobState, ProvisioningJob
from tests.cli.conftest import ONECLICK, Ran
from tests.provisioning.folders import set_faults

Oneclick = Callable[..., Ran]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(oneclick: Oneclick, folders: Path) -> ProvisioningJob:
    """A job that waits for a worker."""
    oneclick("warehouse", "create", "sales", "--provider", "folders", "--no-wait")
    return ProvisioningJob.objects.get()


def test_the_newest_job_is_meant_where_none_is_named(oneclick: Oneclick, asked: ProvisioningJob) -> None:
    engine.drive(asked.id)

    assert str(asked.id) in oneclick("job", "show").out
    assert oneclick("job", "show", "--json").json["id"] == str(asked.id)
    assert oneclick("job", "watch").code == 0


def test_a_job_is_named_by_its_id_or_the_end_of_it(oneclick: Oneclick, asked: ProvisioningJob) -> None:
    for name in (str(asked.id), str(asked.id)[-12:]):
        assert oneclick("job", "show", name, "--json").json["id"] == str(asked.id)
    for name in ("x", "%", "____________", "0" * 12, "01a20519-f006-71bc-901f-398a3e57a707"):
        assert oneclick("job", "show", name).code == 3


def test_there_is_none_at_first(oneclick: Oneclick) -> None:
    assert oneclick("job", "list").err == "No jobs yet. Start with: oneclick warehouse create NAME\n"
    assert oneclick("job", "list", "--json").json == []
    assert oneclick("job", "show").code == 3


def test_lists_are_filtered(oneclick: Oneclick, asked: ProvisioningJob) -> None:
    assert len(oneclick("job", "list", "--state", "pending", "--warehouse", "sales", "--json").json) == 1
    assert oneclick("job", "list", "--state", "failed", "--json").json == []
    assert oneclick("job", "list", "--warehouse", "nothing").code == 3
    assert oneclick("job", "list", "--state", "sleeping").code == 2


def test_watching_as_json_gives_one_event_a_line(oneclick: Oneclick, asked: ProvisioningJob) -> None:
    engine.drive(asked.id)

    events = [json.loads(line) for line in oneclick("job", "watch", "--json").out.splitlines()]

    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["state"] == "success"


def test_watching_a_job_that_failed_ends_with_1(oneclick: Oneclick, folders: Path, asked: ProvisioningJob) -> None:
    set_faults(folders, deny="create")
    engine.drive(asked.id)

    assert oneclick("job", "watch").code == 1
    assert oneclick("job", "watch", "--json").code == 1
    assert "GRANT WRITE" in oneclick("job", "show").out


def test_a_cancelled_job_stops_and_can_go_on(oneclick: Oneclick, asked: ProvisioningJob) -> None:
    assert oneclick("job", "cancel", str(asked.id)).code == 0
    engine.drive(asked.id)

    watched = oneclick("job", "watch")
    assert watched.code == 1
    assert "oneclick warehouse destroy sales" in watched.err
    assert oneclick("job", "cancel", str(asked.id)).code == 5

    assert oneclick("job", "retry", str(asked.id), "--no-wait", "--json").json["state"] == "pending"
    assert oneclick("job", "retry", str(asked.id)).code == 5


def test_a_job_that_no_worker_takes_says_so(
    oneclick: Oneclick, asked: ProvisioningJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PATIENCE_S", 0.0)
    monkeypatch.setattr(watch.time, "sleep", lambda _: engine.drive(asked.id))

    assert "No worker has taken it yet. Does the stack run?" in oneclick("job", "watch").err


def on_a_terminal(environment: dict[str, str], *arguments: str) -> tuple["subprocess.Popen[bytes]", int]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [ONECLICK, *arguments],
        env={**environment, "TERM": "xterm-256color", "COLUMNS": "80"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    return process, ours


def read_until(terminal: int, wanted: str, *, for_s: float = 20.0) -> str:
    text = ""
    deadline = time.monotonic() + for_s
    while wanted not in text:
        assert time.monotonic() < deadline, text
        if select.select([terminal], [], [], 0.1)[0]:
            text += os.read(terminal, 65536).decode()
    return text


def test_on_a_terminal_the_resources_are_shown_live(asked: ProvisioningJob, environment: dict[str, str]) -> None:
    process, terminal = on_a_terminal(environment, "job", "watch")
    read_until(terminal, "Setting up sales")

    engine.drive(asked.id)

    shown = read_until(terminal, "sales is ready")
    assert "4 of 4" in shown
    assert "━" in shown
    assert process.wait(10) == 0


def test_ctrl_c_leaves_the_job_alone(asked: ProvisioningJob, environment: dict[str, str]) -> None:
    process, terminal = on_a_terminal(environment, "job", "watch")
    read_until(terminal, "Setting up sales")

    process.send_signal(signal.SIGINT)

    assert f"oneclick job watch {str(asked.id)[-12:]}" in read_until(terminal, "Stop it")
    assert process.wait(10) == 130
    asked.refresh_from_db()
    assert (asked.state, asked.cancel_asked_at) == (JobState.PENDING, None)
