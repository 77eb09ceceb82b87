"""Maintenance makes a lake quick and small, and nothing that is in use is lost."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from oneclick.warehouses.adapters.local.data_plane import LocalDataPlane
from oneclick.warehouses.contract.data_plane import BulkLoad, LoadMode, TableName
from oneclick.warehouses.contract.errors import ContractError
from oneclick.warehouses.contract.instance import AccessLevel, Instance
from oneclick.warehouses.testing.workbench import Workbench
from tests.warehouses.adapters.local.conftest import ParquetMaker

SOURCES = Path(__file__).parents[4]
HOUR, LATER = timedelta(hours=1), timedelta(days=3)


def plane_of(bench: Workbench, instance: Instance, level: AccessLevel = AccessLevel.WRITE) -> LocalDataPlane:
    plane = bench.data_plane(instance, level)
    assert isinstance(plane, LocalDataPlane)
    return plane


def files_of(bench: Workbench, instance: Instance) -> int:
    return len(list((bench.adapter.installation.home / "lakes" / instance.tag / "data").rglob("*.parquet")))


def many_small_files(bench: Workbench, instance: Instance, table: str = "raw.t", count: int = 12) -> None:
    with bench.data_plane(instance).connect() as session:
        session.query(f"CREATE TABLE {table} (i BIGINT, load INTEGER)")
        for number in range(count):
            session.query(f"INSERT INTO {table} SELECT i, {number} FROM range(100) t(i)")
        session.query(f"DELETE FROM {table} WHERE i < 50")
        session.query(f"INSERT INTO {table} VALUES (7, -1)")


def test_small_files_become_one_and_the_old_ones_go_after_their_time(bench: Workbench, own_lake: Instance) -> None:
    plane, now = plane_of(bench, own_lake), datetime.now(UTC)
    many_small_files(bench, own_lake)
    before = files_of(bench, own_lake)
    rows = bench.rows(own_lake, "SELECT count(*), sum(i), sum(load) FROM raw.t")

    done = plane.maintain(now=now, longest_run=HOUR)
    assert (done["expired_snapshots"], done["removed_files"]) == (0, 0), "nothing is old enough yet"
    assert files_of(bench, own_lake) >= before
    assert bench.rows(own_lake, "SELECT count(*), sum(i), sum(load) FROM raw.t") == rows

    done = plane.maintain(now=now + LATER, longest_run=HOUR)
    assert done["expired_snapshots"] > 10
    done = plane.maintain(now=now + LATER, longest_run=HOUR)
    assert files_of(bench, own_lake) == 1
    assert bench.rows(own_lake, "SELECT count(*), sum(i), sum(load) FROM raw.t") == rows


@pytest.mark.parametrize(("age", "is_kept"), [(timedelta(hours=24), True), (timedelta(hours=26), False)])
def test_nothing_goes_before_the_longest_run_and_a_day(
    bench: Workbench, own_lake: Instance, age: timedelta, is_kept: bool
) -> None:
    many_small_files(bench, own_lake, count=3)
    time.sleep(0.05)
    done = plane_of(bench, own_lake).maintain(now=datetime.now(UTC) + age, longest_run=HOUR)
    assert (done["expired_snapshots"] == 0) == is_kept


def test_what_an_open_query_began_with_is_kept(bench: Workbench, own_lake: Instance) -> None:
    plane, now = plane_of(bench, own_lake), datetime.now(UTC)
    with bench.data_plane(own_lake).connect() as session:
        session.query("CREATE TABLE raw.t AS SELECT i, repeat('x', 100) AS s FROM range(400000) t(i)")
    with plane_of(bench, own_lake, AccessLevel.READ).connect() as reader:
        stream = reader.query("SELECT i, s FROM raw.t")
        rows = next(stream).num_rows
        with bench.data_plane(own_lake).connect() as session:
            session.query("DELETE FROM raw.t")
            session.query("INSERT INTO raw.t SELECT -1, 'new' FROM range(100)")
        for _ in range(2):
            plane.maintain(now=now + LATER, longest_run=HOUR)
        rows += sum(batch.num_rows for batch in stream)
    assert rows == 400_000
    assert bench.rows(own_lake, "SELECT count(*), min(i) FROM raw.t") == [(100, -1)]


def test_a_load_and_a_streaming_read_beside_maintenance_lose_nothing(
    bench: Workbench, own_lake: Instance, parquet: ParquetMaker
) -> None:
    """The clock of the maintenance is days ahead, so that only what is open keeps files and snapshots alive."""
    plane = plane_of(bench, own_lake)
    stop, errors = threading.Event(), []
    appended, replaced = TableName(schema="raw", name="appended"), TableName(schema="raw", name="replaced")
    batch = parquet("SELECT range AS i, 'text ' || range AS t FROM range(2000)")
    plane.bulk_load(BulkLoad(files=[batch], table=appended, load_id="first", fence=1))
    plane.bulk_load(BulkLoad(files=[batch], table=replaced, load_id="second", fence=1))
    with bench.data_plane(own_lake).connect() as session:
        session.query("CREATE TABLE raw.big AS SELECT i, md5(i::VARCHAR) AS s FROM range(2000000) t(i)")
    loads: list[str] = []

    def guarded(work: Any) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as exc:  # noqa: BLE001 - handed to the test
                errors.append(exc)
                stop.set()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def load() -> None:
        while not stop.is_set():
            for table, mode in ((appended, LoadMode.APPEND), (replaced, LoadMode.REPLACE)):
                load_id = f"{table}-{len(loads)}"
                plane.bulk_load(BulkLoad(files=[batch], table=table, load_id=load_id, fence=1, mode=mode))
            loads.append(load_id)

    def maintain() -> None:
        while not stop.is_set():
            plane.maintain(now=datetime.now(UTC) + LATER, longest_run=HOUR)

    with plane_of(bench, own_lake, AccessLevel.READ).connect() as reader:
        stream = reader.query("SELECT i, s FROM raw.big")
        rows = next(stream).num_rows
        with bench.data_plane(own_lake).connect() as session:
            session.query("DELETE FROM raw.big WHERE i % 2 = 0")
        threads = [guarded(load), guarded(maintain)]
        for batch_read in stream:
            rows += batch_read.num_rows
            time.sleep(0.15)
        stop.set()
        for thread in threads:
            thread.join(100)
    assert errors == []
    assert rows == 2_000_000
    assert len(loads) > 1
    counts = (
        f"SELECT (SELECT count(*) FROM {appended}), (SELECT count(*) FROM {replaced}), (SELECT count(*) FROM raw.big)"
    )
    assert bench.rows(own_lake, counts) == [(2000 * (len(loads) + 1), 2000, 1_000_000)]
    plane.maintain(now=datetime.now(UTC) + timedelta(days=9), longest_run=HOUR)
    assert bench.rows(own_lake, f"SELECT sum(i), count(DISTINCT t) FROM {appended}") == [
        (1_999_000 * (len(loads) + 1), 2000)
    ]


def test_the_read_login_maintains_nothing(bench: Workbench, own_lake: Instance) -> None:
    many_small_files(bench, own_lake, count=3)
    with pytest.raises(ContractError):
        plane_of(bench, own_lake, AccessLevel.READ).maintain(now=datetime.now(UTC) + LATER, longest_run=HOUR)


def test_no_code_of_ours_asks_for_the_clean_up_that_loses_data() -> None:
    """Beside an open load it deletes that load's files, whose commit then succeeds."""
    banned = "cleanup" + "_all"
    sources = [path for folder in ("src", "examples", "bench") for path in (SOURCES / folder).rglob("*.py")]
    assert len(sources) > 50
    assert [path for path in sources if banned in path.read_text(encoding="utf-8")] == []
