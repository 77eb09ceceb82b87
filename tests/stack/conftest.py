"""Homes for real processes: a template is set up once, each test works on a copy of it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from oneclick.stack.ports import free_port
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.stack.processes import is_alive, strays, sweep
from oneclick.stack.state import Presence
from tests.installations import environment, new_home

PATIENCE_S = 90


@dataclass
class Installation:
    """A home and the command line that works on it, as a user would call it."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    @property
    def environment(self) -> dict[str, str]:
        return environment(self.home, **{"ONECLICK_PORT": str(self.port), **self.settings})

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "oneclick.cli", *arguments],
            env=self.environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False, cwd="/",
        )  # fmt: skip

    def up(self) -> dict[str, Any]:
        done = self.run("up", "--detach")
        assert done.returncode == 0, done.stderr + done.stdout
        return self.status()

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return status

    def pid_of(self, part: str) -> int:
        pid: int = next(one["pid"] for one in self.status()["parts"] if one["name"] == part)
        return pid

    def clear(self) -> None:
        """Leave nothing behind, whatever the test did."""
        if state := Presence(self.home).read():
            os.kill(state.pid, signal.SIGKILL)
            Presence(self.home).wait_until_gone(10)
        sweep(self.home)
        EmbeddedPostgres(self.home).stop(5)
        assert not list(strays(self.home))
        shutil.rmtree(self.home)


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    installed = Installation(new_home("stack"))
    try:
        installed.up()
        assert installed.run("down").returncode == 0
        yield installed.home
    finally:
        installed.clear()


@contextmanager
def copy_of(template: Path) -> Iterator[Installation]:
    """An installation that was set up already."""
    home = new_home("stack")
    home.chmod(template.stat().st_mode & 0o777)
    for path in template.iterdir():
        if path.name == "postgres-binaries":
            (home / path.name).symlink_to(path)
        else:
            subprocess.run(["/bin/cp", "-a", path, home], check=True)
    installed = Installation(home)
    try:
        yield installed
    finally:
        installed.clear()


@pytest.fixture
def installation(template: Path) -> Iterator[Installation]:
    with copy_of(template) as installed:
        yield installed


@pytest.fixture
def empty_home() -> Iterator[Path]:
    home = new_home("stack")
    yield home
    sweep(home)
    EmbeddedPostgres(home).stop(5)
    shutil.rmtree(home)


def eventually(is_so: Callable[[], object], within_s: float = 20) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.1)
    return False


def is_gone(pid: int) -> bool:
    return not is_alive(pid)
