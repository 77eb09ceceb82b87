"""The stack as a user meets it: real processes, real signals."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.stack.processes import strays
from tests.stack.conftest import Installation, eventually, is_gone


def test_it_comes_up_answers_says_so_and_goes(installation: Installation) -> None:
    status = installation.up()
    assert status["running"]
    assert status["phase"] == "ready"
    assert {part["name"] for part in status["parts"]} == {"supervisor", "postgres", "web", "worker"}
    assert status["url"] == f"http://127.0.0.1:{installation.port}"
    assert _healthy(status["url"])
    assert status["memory_bytes"] < 450e6
    assert _listening(status) == {"127.0.0.1"}

    again = installation.run("up")
    assert again.returncode == 0
    assert status["url"] in again.stdout

    unknown = installation.run("logs", "wep")
    assert unknown.returncode == 1
    assert "There is no log of wep." in unknown.stderr
    assert "web, worker" in unknown.stderr

    pids = [part["pid"] for part in status["parts"]]
    assert installation.run("down").returncode == 0
    assert all(is_gone(pid) for pid in pids)
    assert installation.run("status").returncode == 6
    assert installation.run("down").returncode == 0


def _listening(status: dict[str, Any]) -> set[str]:
    """The addresses on which any process of the stack takes connections."""
    parts = [psutil.Process(part["pid"]) for part in status["parts"]]
    processes = {process for part in parts for process in (part, *part.children(recursive=True))}
    sockets = [found for process in processes for found in process.net_connections("inet")]
    return {found.laddr.ip for found in sockets if found.status == psutil.CONN_LISTEN}


def test_after_kill_9_of_the_supervisor_the_next_up_recovers(installation: Installation) -> None:
    before = installation.up()
    _write_a_row(installation)
    postgres = installation.pid_of("postgres")
    services = [part["pid"] for part in before["parts"] if part["name"] in ("web", "worker")]

    os.kill(installation.pid_of("supervisor"), signal.SIGKILL)

    assert eventually(lambda: all(is_gone(pid) for pid in services), within_s=5), "services outlived the supervisor"
    assert installation.run("status").returncode == 6
    after = installation.up()
    assert installation.pid_of("postgres") == postgres, "the running server was not taken over"
    assert _healthy(after["url"])
    assert _rows(installation) == 1


def test_a_killed_service_and_a_killed_server_come_back(installation: Installation) -> None:
    status = installation.up()
    _write_a_row(installation)
    for part in ("web", "worker", "postgres"):
        pid = installation.pid_of(part)
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda part=part, pid=pid: installation.pid_of(part) not in (pid, None)), part
    assert eventually(lambda: _healthy(status["url"]))
    assert _rows(installation) == 1
    restarts = {part["name"]: part["restarts"] for part in installation.status()["parts"]}
    assert restarts["web"] == restarts["worker"] == 1
    assert "was killed by SIGKILL" in installation.run("logs", "supervisor").stdout


def test_a_taken_port_is_named_and_another_one_printed(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", installation.port)):
        done = installation.run("up", "--detach")
    assert done.returncode == 0
    assert f"ONECLICK_PORT {installation.port} is taken by another program" in done.stderr
    url = re.search(r"http://\S+", done.stdout)
    assert url is not None
    assert str(installation.port) not in url[0]
    assert _healthy(url[0])


def test_ctrl_c_in_the_foreground_stops_everything(installation: Installation) -> None:
    command = [sys.executable, "-m", "oneclick.cli", "up"]
    with subprocess.Popen(command, env=installation.environment, stdout=subprocess.PIPE, text=True, cwd="/") as up:
        assert up.stdout is not None
        assert "One-Click DWH is ready: http://127.0.0.1" in up.stdout.readline()
        pids = [part["pid"] for part in installation.status()["parts"]]
        asked = time.monotonic()
        up.send_signal(signal.SIGINT)
        assert up.wait(timeout=20) == 0
    assert time.monotonic() - asked < 10
    assert all(is_gone(pid) for pid in pids)
    assert not list(strays(installation.home))


def test_interrupted_while_it_starts_it_leaves_nothing(installation: Installation) -> None:
    command = [sys.executable, "-m", "oneclick.cli", "up"]
    with subprocess.Popen(command, env=installation.environment, stderr=subprocess.PIPE, text=True, cwd="/") as up:
        assert up.stderr is not None
        assert "PostgreSQL answers" in up.stderr.readline()
        up.send_signal(signal.SIGTERM)
        assert up.wait(timeout=20) == 130
    assert not list(strays(installation.home))
    assert not EmbeddedPostgres(installation.home).is_running()


def test_a_secret_that_can_not_be_read_is_named_before_anything_starts(empty_home: Path) -> None:
    done = Installation(empty_home, {"ONECLICK_SECRET_KEY_FILE": "/nowhere/key"}).run("up")
    assert done.returncode == 1
    assert "ONECLICK_SECRET_KEY_FILE: /nowhere/key can't be read" in done.stderr
    assert not any(empty_home.iterdir())


def test_an_unknown_setting_is_refused_with_a_suggestion(empty_home: Path) -> None:
    done = Installation(empty_home, {"ONECLICK_PROT": "9000"}).run("up")
    assert done.returncode == 1
    assert "ONECLICK_PROT is not a setting of One-Click DWH." in done.stderr
    assert "Did you mean ONECLICK_PORT?" in done.stderr


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://me:hunter2@127.0.0.1:1/db", "the server can't be reached"),
        ("mysql://me:hunter2@127.0.0.1/db", "it must look like postgresql://"),
        ("postgresql://me:hunter2@127.0.0.1:port/db", "DATABASE_URL"),
    ],
)
def test_an_unusable_database_is_named_without_its_password(empty_home: Path, url: str, says: str) -> None:
    done = Installation(empty_home, {"DATABASE_URL": url}).run("up")
    assert done.returncode in (1, 6)
    assert says in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_home_that_can_not_be_written_is_named(empty_home: Path) -> None:
    (empty_home / "file").write_text("")
    done = Installation(empty_home / "file" / "home").run("up")
    assert done.returncode == 1
    assert f"The folder {empty_home}/file/home can't be used: Not a directory." in done.stderr


def _healthy(url: str) -> bool:
    host = urlsplit(url).netloc
    with contextlib.closing(http.client.HTTPConnection(host, timeout=10)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def _write_a_row(installation: Installation) -> None:
    with psycopg.connect(EmbeddedPostgres(installation.home).url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")


def _rows(installation: Installation) -> int:
    with psycopg.connect(EmbeddedPostgres(installation.home).url()) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    return int(row[0]) if row else 0
