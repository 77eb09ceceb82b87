"""The command line run in this process, over the real database, with a worker in a thread."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import connection

from oneclick.cli import main
from oneclick.provisioning import engine
from oneclick.provisioning.models import ProvisioningJob
from oneclick.provisioning.states import UNFINISHED
from oneclick.warehouses import registry
from tests.provisioning.folders import root_of


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> Iterator[Path]:
    """The provider `folders` with an empty account, whose folder this is."""
    monkeypatch.setitem(registry.BUILT_IN, "folders", "tests.provisioning.folders:FolderAdapter")
    registry._locations.cache_clear()
    settings.HOME = tmp_path
    yield root_of(tmp_path)
    registry._locations.cache_clear()


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


@dataclass(frozen=True, kw_only=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def oneclick(db: None) -> Callable[..., Ran]:
    def run(*arguments: str, stdin: str = "") -> Ran:
        result: Result = CliRunner().invoke(main, arguments, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)

    return run


def eventually(check: Callable[[], bool], *, for_s: float = 10.0) -> None:
    deadline = time.monotonic() + for_s
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.02)
