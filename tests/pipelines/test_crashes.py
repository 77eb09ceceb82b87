"""A load that is killed, at any moment, and done again: every row is there once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from oneclick.accounts.roles import Principal
from oneclick.pipelines.models import FileLoad, LoadedTable, LoadState
from oneclick.pipelines.templates.file_import.services import load_file
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Rows

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 150_000

LOADER = """
import os, sys
from uuid import UUID
os.environ["DJANGO_SETTINGS_MODULE"] = "oneclick.project.settings"
import django
django.setup()
from pathlib import Path
from oneclick.accounts.roles import Principal, PrincipalKind, Role
from oneclick.pipelines.templates.file_import.services import load_file
principal = Principal(kind=PrincipalKind.OPERATOR, id="t", organisation_id=UUID(sys.argv[1]), role=Role.MEMBER)
def tell(what, share):
    print(what, flush=True)
load_file(principal, sys.argv[2], Path(sys.argv[3]), table="t", mode=sys.argv[4], on_progress=tell)
print("finished", flush=True)
"""

Loader = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("id,text\n" + "".join(f"{number},row {number}\n" for number in range(ROWS)) + "broken\n")
    return path


@pytest.fixture
def start_load(warehouse: Warehouse, file: Path) -> Loader:
    """Starts loading the file in a process of its own."""
    database = connections["default"].settings_dict
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    environment = os.environ | {"DATABASE_URL": url, "ONECLICK_HOME": str(settings.HOME)}

    def start(mode: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", LOADER, str(warehouse.organisation_id), str(warehouse.id), str(file), mode],
            env=environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    return start


def kill_at(process: "subprocess.Popen[str]", stage: str, *, after_s: float) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == stage:
            time.sleep(after_s)
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_a_killed_load_is_done_again_without_losing_or_doubling_rows(
    member: Principal, warehouse: Warehouse, rows_in: Rows, start_load: Loader, *, file: Path, mode: str
) -> None:
    first = file.with_name("first.csv")
    first.write_text("id,text\n-1,before\n")
    load_file(member, warehouse.id, first, table="t", mode=mode)
    for stage, after_s in (("Converting", 0.0), ("Loading", 0.0), ("Loading", 0.2), ("Loading", 0.4)):
        kill_at(start_load(mode), stage, after_s=after_s)
    load_file(member, warehouse.id, file, table="t", mode=mode)

    # One of those that were to be killed may have been faster; in append mode it counts as a load of its own.
    done = FileLoad.objects.filter(file_name=file.name, state=LoadState.DONE).count() if mode == "append" else 1
    before = 1 if mode == "append" else 0
    expected = (ROWS * done + before, -before, ROWS - 1)
    assert rows_in("raw.t", "count(*), min(id), max(id)") == [expected]
    assert rows_in("raw.t_rejected", "line_number") == [(ROWS + 2,)] * done
    assert FileLoad.objects.filter(state=LoadState.RUNNING).count() == 0
    assert {table.name: table.rows for table in LoadedTable.objects.all()} == {"t": expected[0], "t_rejected": done}
    assert not list((Path(settings.HOME) / "scratch").iterdir())


def test_the_same_file_loaded_twice_at_once_arrives_once(
    warehouse: Warehouse, rows_in: Rows, start_load: Loader
) -> None:
    both = [start_load("append"), start_load("append")]
    outs = [process.communicate(timeout=60)[0] for process in both]
    ((rows,),) = rows_in("raw.t", "count(*)")
    finished = sum("finished" in out for out in outs)
    assert finished >= 1
    # The second one is the same load while the first one runs, and a load of its own after that.
    assert rows == ROWS * FileLoad.objects.filter(state=LoadState.DONE).count()


def test_a_full_disk_changes_nothing(warehouse: Warehouse, member: Principal, rows_in: Rows, file: Path) -> None:
    first = file.with_name("first.csv")
    first.write_text("id,text\n-1,before\n")
    load_file(member, warehouse.id, first, table="t")
    database = connections["default"].settings_dict
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    limited = "import resource, signal; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
    who, where = str(warehouse.organisation_id), str(warehouse.id)
    process = subprocess.run(
        [sys.executable, "-c", limited + LOADER, who, where, str(file), "replace"],
        env=os.environ | {"DATABASE_URL": url, "ONECLICK_HOME": str(settings.HOME)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "ScratchUnavailable" in process.stderr, process.stderr
    assert rows_in("raw.t", "id") == [(-1,)]
    assert not list((Path(settings.HOME) / "scratch").iterdir())
