"""The command line over the real database: in this process, or as a process of its own."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection, connections
from psycopg.conninfo import make_conninfo

from oneclick.cli import main
from oneclick.provisioning import engine
from oneclick.provisioning.models import UNFINISHED, ProvisioningJob

ONECLICK = Path(sys.executable).parent / "oneclick"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.err)["error"]
        return found


@pytest.fixture
def oneclick(db: None) -> Callable[..., Ran]:
    """Run a command in this process."""

    def run(*arguments: str) -> Ran:
        result = CliRunner().invoke(main, arguments)
        assert isinstance(result.exception, SystemExit | None), result.output
        return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)

    return run


@pytest.fixture
def environment(transactional_db: None) -> dict[str, str]:
    """What a process of its own needs to use the test's database."""
    database = connections["default"].settings_dict
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    assert make_conninfo(url)
    return own_environment() | {"DATABASE_URL": url}


def own_environment() -> dict[str, str]:
    """This process's, but with the product's own settings."""
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}


@pytest.fixture
def process(environment: dict[str, str]) -> Callable[..., Ran]:
    """Run a command as a process of its own, without a terminal."""

    def run(*arguments: str, **changed: str) -> Ran:
        ran = subprocess.run(
            [ONECLICK, *arguments], env=environment | changed, capture_output=True, text=True, check=False, timeout=60
        )
        return Ran(code=ran.returncode, out=ran.stdout, err=ran.stderr)

    return run


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """Drives whatever is asked for, as the worker process would."""
    stop = threading.Event()

    def work() -> None:
        try:
            while not stop.wait(0.02):
                for job in ProvisioningJob.objects.filter(state__in=UNFINISHED):
                    engine.drive(job.id)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()
