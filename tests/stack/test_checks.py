"""What `oneclick doctor` says of installations that aren't all right."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from oneclick.stack.checks import Verdict, check_home, check_keys, check_port, check_services
from oneclick.stack.files import write_private
from oneclick.stack.ports import free_port
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.stack.state import Condition, Phase, Presence, ServiceState, StackState
from oneclick.stack.supervisor import DatabaseWatch
from tests.stack.conftest import Installation

PUT = """
from oneclick.cli import django
django.setup()
from oneclick.core.secrets import SecretText
from oneclick.secret_store.services import put
put(SecretText("a secret"), organisation_id=None, owner="test")
"""


def test_before_the_first_start_nothing_has_failed(empty_home: Path) -> None:
    empty_home.chmod(0o755)
    done = Installation(empty_home / "home").run("doctor", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["healthy"]
    assert {check["verdict"] for check in report["checks"]} <= {"passed", "skipped", "warning"}
    assert any(check["cure"] == "Run: oneclick up" for check in report["checks"])
    assert not (empty_home / "home").exists(), "looking must not make anything"


def test_a_wrong_master_key_and_readable_keys_are_found(installation: Installation) -> None:
    installation.up()
    subprocess.run([sys.executable, "-c", PUT], env=installation.environment, cwd="/", check=True)
    (installation.home / "keys" / "django.key").chmod(0o644)
    installation.settings["ONECLICK_MASTER_KEY"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    done = installation.run("doctor", "--json")
    failed = {check["name"]: check for check in json.loads(done.stdout)["checks"] if check["verdict"] == "failed"}
    assert done.returncode == 1
    assert set(failed) == {"Keys", "Master key"}
    assert "django.key" in failed["Keys"]["found"]
    assert failed["Keys"]["cure"].startswith("chmod 600")
    assert failed["Master key"]["cure"]


def test_keys_that_only_their_owner_can_read_pass(tmp_path: Path) -> None:
    write_private(tmp_path / "keys" / "master.key", "key")
    assert check_keys(tmp_path).verdict is Verdict.PASSED
    (tmp_path / "keys").chmod(0o755)
    assert check_keys(tmp_path).cure.startswith("chmod 700")


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_a_home_that_can_not_be_written_fails(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    (check,) = check_home(tmp_path)
    assert check.verdict is Verdict.FAILED


def test_services_that_fall_over_are_named_with_their_last_words(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "web.log").write_text("ImportError: no module\n")
    presence = Presence(tmp_path)
    presence.take()
    web = ServiceState(
        name="web",
        condition=Condition.RESTARTING,
        pid=None,
        restarts=4,
        since=time.time(),
        cause="ended with exit code 1",
    )
    worker = ServiceState(
        name="worker", condition=Condition.RUNNING, pid=1, restarts=9, since=time.time(), cause="was killed by SIGKILL"
    )
    presence.publish(
        StackState(pid=1, phase=Phase.READY, url="u", local_url="u", started_at=0.0, services=(web, worker))
    )
    first, second = check_services(tmp_path)
    presence.leave()
    assert first.verdict is Verdict.FAILED
    assert "ended with exit code 1. It last said: ImportError: no module" in first.found
    assert second.verdict is Verdict.WARNING
    assert "9 times" in second.found


def test_a_taken_port_is_a_warning(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = check_port(tmp_path, other.getsockname()[1])
    assert taken is not None
    assert taken.verdict is Verdict.WARNING
    free = check_port(tmp_path, free_port())
    assert free is not None
    assert free.verdict is Verdict.PASSED


def test_a_server_that_comes_back_at_another_port_is_noticed(empty_home: Path) -> None:
    reports: list[str] = []
    postgres = EmbeddedPostgres(empty_home)
    postgres.start()
    watch = DatabaseWatch(postgres, reports.append)
    assert not watch.tend()
    postgres.stop()
    with socket.create_server(("127.0.0.1", postgres.port() or 0)):
        assert watch.tend()
    assert reports == ["PostgreSQL has ended; it is being started again."]
    assert postgres.is_running()


def test_a_server_whose_home_has_gone_is_not_begun_anew(empty_home: Path) -> None:
    reports: list[str] = []
    watch = DatabaseWatch(EmbeddedPostgres(empty_home), reports.append)

    assert not watch.tend()

    assert reports == [
        "PostgreSQL has ended; it is being started again.",
        f"{empty_home} has gone. Mount its disk again, or restore a backup.",
    ]
    assert not (empty_home / "postgres").exists()
