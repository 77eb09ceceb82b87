"""Maintenance makes a lake quick and small, and nothing that is in use is lost."""

import itertools
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from oneclick.warehouses.adapters.local.data_plane import LocalDataPlane
from oneclick.warehouses.contract.data_plane import BulkLoad, LoadMode, TableName
from oneclick.warehouses.contract.errors import ContractError
from oneclick.warehouses.contract.instance import AccessLevel, Instance
from oneclick.warehouses.testing.workbench import Workbench, persist
from tests.warehouses.adapters.local.conftest import ParquetMaker

SOURCES = Path(__file__).parents[4]
FILES, ROWS_PER_FILE = 20, 100_000
LARGE = FILES * ROWS_PER_FILE
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


def make_large(bench: Workbench, instance: Instance, table: str) -> None:
    """Of many files, so that whoever reads it slowly opens the last ones late."""
    with bench.data_plane(instance).connect() as session:
        session.query(f"CREATE TABLE {table} (i BIGINT, s VARCHAR)")
        for number in range(FILES):
            of_file = f"range({number} * {ROWS_PER_FILE}, {number + 1} * {ROWS_PER_FILE})"
            session.query(f"INSERT INTO {table} SELECT range, md5(range::VARCHAR) FROM {of_file}")


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
    make_large(bench, own_lake, "raw.t")
    with plane_of(bench, own_lake, AccessLevel.READ).connect() as reader:
        stream = reader.query("SELECT i, s FROM raw.t")
        rows = next(stream).num_rows
        with bench.data_plane(own_lake).connect() as session:
            session.query("DELETE FROM raw.t")
            session.query("INSERT INTO raw.t SELECT -1, 'new' FROM range(100)")
        for _ in range(2):
            plane.maintain(now=now + LATER, longest_run=HOUR)
        rows += sum(batch.num_rows for batch in stream)
    assert rows == LARGE
    assert bench.rows(own_lake, "SELECT count(*), min(i) FROM raw.t") == [(100, -1)]


class Background:
    """Work that is repeated in a thread until the block ends or something raises."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def repeat(self, work: Callable[[], object]) -> None:
        def run() -> None:
            try:
                while not self._stop.is_set():
                    work()
            except BaseException as exc:  # noqa: BLE001 - handed to the test
                self.errors.append(exc)

        thread = threading.Thread(target=run)
        thread.start()
        self._threads.append(thread)

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(100)


def test_a_load_and_a_streaming_read_beside_maintenance_lose_nothing(
    bench: Workbench, own_lake: Instance, parquet: ParquetMaker
) -> None:
    """The clock of the maintenance is days ahead, so that only what is open keeps files and snapshots alive."""
    plane, background = plane_of(bench, own_lake), Background()
    appended, replaced = TableName(schema="raw", name="appended"), TableName(schema="raw", name="replaced")
    file = parquet("SELECT range AS i, 'text ' || range AS t FROM range(2000)")
    numbers = itertools.count()

    def load() -> None:
        number = next(numbers)
        for table, mode in ((appended, LoadMode.APPEND), (replaced, LoadMode.REPLACE)):
            bulk = BulkLoad(files=[file], table=table, load_id=f"{table}-{number}", fence=1, mode=mode)
            # Between its first look and its lock a load may meet a file that is just removed: it is tried again.
            persist(partial(plane.bulk_load, bulk))

    load()
    make_large(bench, own_lake, "raw.big")
    readers = plane_of(bench, own_lake, AccessLevel.READ)
    with readers.connect() as reader, readers.connect() as slow:
        stream = reader.query("SELECT i, s FROM raw.big")
        rows = next(stream).num_rows
        # Open until all else has ended: with that clock, and nothing open when the maintenance looks, it would remove
        # the file of a load that begins a moment later. By the real clock such a file is a day too young.
        next(slow.query("SELECT i, s FROM raw.big"))
        with bench.data_plane(own_lake).connect() as session:
            session.query("DELETE FROM raw.big WHERE i % 2 = 0")
        background.repeat(load)
        background.repeat(lambda: plane.maintain(now=datetime.now(UTC) + LATER, longest_run=HOUR))
        for batch in stream:
            rows += batch.num_rows
            time.sleep(0.1)
        background.end()
    loads = next(numbers)
    assert background.errors == []
    assert rows == LARGE
    assert loads > 2, "something must have happened meanwhile"
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in (appended, replaced, "raw.big"))
    assert bench.rows(own_lake, f"SELECT {counts}") == [(2000 * loads, 2000, LARGE // 2)]
    plane.maintain(now=datetime.now(UTC) + 3 * LATER, longest_run=HOUR)
    assert bench.rows(own_lake, f"SELECT sum(i), count(DISTINCT t) FROM {appended}") == [(1_999_000 * loads, 2000)]


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
