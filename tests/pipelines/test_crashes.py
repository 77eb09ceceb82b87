"""A load that is killed, at any moment, and done again: every row is there once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from oneclick.accounts.roles import Principal
from oneclick.pipelines.models import FileLoad, LoadedTable, LoadState
from oneclick.pipelines.templates.file_import import turns
from oneclick.pipelines.templates.file_import.errors import TableBusy, WarehouseLeaving
from oneclick.pipelines.templates.file_import.services import load_file
from oneclick.pipelines.templates.file_import.work import Options
from oneclick.provisioning import engine
from oneclick.provisioning import services as provisioning
from oneclick.warehouses.adapters.local.resources import lake_folder
from oneclick.warehouses.contract.data_plane import TableName
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
from oneclick.pipelines.templates.file_import.work import Options
from oneclick.warehouses.adapters.local.data_plane import LocalDataPlane

def dying(plane, load, bulk_load=LocalDataPlane.bulk_load):
    what = "rejected" if load.table.name.endswith("_rejected") else "rows"
    die_at(f"before the {what}")
    result = bulk_load(plane, load)
    die_at(f"after the {what}")
    return result

def die_at(moment):
    if os.environ.get("DIE") == moment:
        os.kill(os.getpid(), 9)

LocalDataPlane.bulk_load = dying
principal = Principal(kind=PrincipalKind.OPERATOR, id="t", organisation_id=UUID(sys.argv[1]), role=Role.MEMBER)
def tell(what, share):
    print(what, flush=True)
options = Options(key=("id",) if sys.argv[4] == "merge" else ())
load_file(principal, sys.argv[2], Path(sys.argv[3]), table="t", mode=sys.argv[4], options=options, on_progress=tell)
print("finished", flush=True)
"""

Loader = Callable[..., "subprocess.Popen[str]"]


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

    def start(mode: str, *, path: Path = file, die: str = "") -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", LOADER, str(warehouse.organisation_id), str(warehouse.id), str(path), mode],
            env=environment | {"DIE": die}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
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
    if process.stderr:
        process.stderr.close()


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


@pytest.mark.parametrize("mode", ["append", "replace", "merge"])
@pytest.mark.parametrize("moment", ["before the rows", "after the rows", "before the rejected", "after the rejected"])
def test_a_load_killed_at_each_commit_arrives_exactly_once(
    member: Principal,
    warehouse: Warehouse,
    rows_in: Rows,
    start_load: Loader,
    tmp_path: Path,
    *,
    mode: str,
    moment: str,
) -> None:
    first, file = tmp_path / "first.csv", tmp_path / "few.csv"
    first.write_text("id,text\n-1,before\nbroken\n")
    file.write_text("id,text\n1,x\n2,y\nbroken too\n")
    options = Options(key=("id",) if mode == "merge" else ())
    load_file(member, warehouse.id, first, table="t", mode=mode, options=options)
    process = start_load(mode, path=file, die=moment)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    kept = [-1] if mode != "replace" or moment == "before the rows" else []
    assert rows_in("raw.t", "id") == [(number,) for number in (*kept, *(() if moment == "before the rows" else (1, 2)))]

    report = load_file(member, warehouse.id, file, table="t", mode=mode, options=options)

    assert report.is_repeat == (moment != "before the rows")
    assert rows_in("raw.t", "id") == [(number,) for number in ((1, 2) if mode == "replace" else (-1, 1, 2))]
    assert rows_in("raw.t_rejected", "raw") == ([] if mode == "replace" else [("broken",)]) + [("broken too",)]
    assert FileLoad.objects.filter(state=LoadState.RUNNING).count() == 0
    assert FileLoad.objects.filter(file_name="few.csv").count() == 1


def test_two_files_replacing_a_table_at_once_leave_one_of_them_whole(
    warehouse: Warehouse, rows_in: Rows, start_load: Loader, tmp_path: Path
) -> None:
    """With the rejected rows of the same file beside its rows."""
    started = []
    for number in range(3):
        path = tmp_path / f"{number}.csv"
        path.write_text("id,text\n" + f"{number},x\n" * 20_000 + f"broken {number}\n")
        started.append(start_load("replace", path=path))
    for process in started:
        out, err = process.communicate(timeout=120)
        assert "finished" in out, err
    ((number, _, count),) = rows_in("raw.t", "min(id), max(id), count(*)")
    assert count == 20_000
    assert rows_in("raw.t_rejected", "raw") == [(f"broken {number}",)]
    assert FileLoad.objects.filter(state=LoadState.RUNNING).count() == 0


def test_a_load_waits_for_its_turn_and_says_when_it_takes_too_long(
    member: Principal, warehouse: Warehouse, rows_in: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "few.csv"
    file.write_text("id\n1\n")
    monkeypatch.setattr(turns, "WAIT_S", 0.2)
    key = turns.key_of(warehouse, TableName(schema="raw", name="t"))
    other = psycopg.connect(
        "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connections["default"].settings_dict)
    )
    with other:
        other.execute("SELECT pg_advisory_lock(%s)", [key])
        with pytest.raises(TableBusy):
            load_file(member, warehouse.id, file, table="t")
        load_file(member, warehouse.id, file, table="another")
    other.close()
    load_file(member, warehouse.id, file, table="t")
    assert rows_in("raw.t") == [(1,)]


@pytest.mark.parametrize("stage", ["Converting", "Loading"])
def test_a_load_beside_a_deletion_is_told_so_and_leaves_nothing(
    admin: Principal, warehouse: Warehouse, start_load: Loader, stage: str
) -> None:
    process = start_load("replace")
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == stage:
            break
    job = provisioning.request_destroy(admin, warehouse.id, confirm=warehouse.name)
    while job.state not in ("success", "failed"):
        engine.drive(job.id)
        job.refresh_from_db()
    out, err = process.communicate(timeout=60)

    assert job.state == "success", job.error_message
    assert "WarehouseLeaving" in err, (out, err)
    assert not lake_folder(Path(settings.HOME), warehouse.instance).exists()
    assert {load.state for load in FileLoad.objects.all()} <= {LoadState.FAILED}


def test_a_warehouse_that_is_being_deleted_takes_no_load(
    admin: Principal, member: Principal, warehouse: Warehouse, tmp_path: Path
) -> None:
    file = tmp_path / "few.csv"
    file.write_text("id\n1\n")
    provisioning.request_destroy(admin, warehouse.id, confirm=warehouse.name)
    with pytest.raises(WarehouseLeaving) as refused:
        load_file(member, warehouse.id, file)
    assert (refused.value.code, bool(refused.value.hint)) == ("warehouse_being_deleted", True)


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
