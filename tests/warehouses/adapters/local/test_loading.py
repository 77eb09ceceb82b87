"""Loads: what they do to a table, and that they happen once whatever happens to whoever runs them."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from oneclick.warehouses.adapters.local import loading
from oneclick.warehouses.adapters.local.data_plane import LocalDataPlane
from oneclick.warehouses.contract.data_plane import BulkLoad, LoadMode, LoadResult, SessionLimits, TableName
from oneclick.warehouses.contract.errors import Conflict, InvalidConfig, PermissionDenied
from oneclick.warehouses.contract.instance import AccessLevel, Instance
from oneclick.warehouses.testing.workbench import Workbench
from tests.warehouses.adapters.local.conftest import ParquetMaker

LOADER = """
import json, sys
from pathlib import Path
from uuid import UUID
from oneclick.core.secrets import SecretText
from oneclick.warehouses.adapters.local import LocalAdapter
from oneclick.warehouses.contract.data_plane import Access, BulkLoad, TableName
from oneclick.warehouses.contract.errors import ContractError
from oneclick.warehouses.contract.instance import FIRST_LOGINS, Installation, Instance, Spec

given = json.load(sys.stdin)
installation = Installation(
    id="contract-suite", home=Path(given["home"]), options={"catalog_url": SecretText(given["catalog_url"])}
)
instance = Instance(id=UUID(given["id"]), spec=Spec(name="x"))
access = Access(instance=instance, login=FIRST_LOGINS[0], secret=SecretText(given["secret"]))
plane = LocalAdapter(installation).data_plane(access)
print("ready", flush=True)
try:
    plane.bulk_load(
        BulkLoad(files=[Path(given["file"])], table=TableName(schema="raw", name=given["table"]),
                 load_id=given["load_id"], fence=given["fence"])
    )
    print("loaded", flush=True)
except ContractError as exc:
    print(exc.code, flush=True)
"""


@pytest.fixture
def table(bench: Workbench) -> TableName:
    return bench.table()


@pytest.fixture
def plane(bench: Workbench, lake: Instance) -> LocalDataPlane:
    plane = bench.data_plane(lake)
    assert isinstance(plane, LocalDataPlane)
    return plane


def load(table: TableName, *files: Path, load_id: str = "", fence: int = 1, **more: Any) -> BulkLoad:
    return BulkLoad(files=files, table=table, load_id=load_id or os.urandom(8).hex(), fence=fence, **more)


class TestShaping:
    def test_new_columns_are_added_and_missing_ones_are_null(
        self, bench: Workbench, lake: Instance, plane: LocalDataPlane, table: TableName, parquet: ParquetMaker
    ) -> None:
        plane.bulk_load(load(table, parquet("SELECT 1 AS id, 'a' AS old")))
        plane.bulk_load(load(table, parquet("SELECT DATE '2024-02-29' AS new, 2 AS ID")))
        rows = bench.rows(lake, f"SELECT id, old, new::VARCHAR FROM {table} ORDER BY id")
        assert rows == [(1, "a", None), (2, None, "2024-02-29")]

    @pytest.mark.parametrize(
        ("first", "second", "kept_as"),
        [
            ("1::INTEGER", "5000000000::BIGINT", "BIGINT"),
            ("5000000000::BIGINT", "1::INTEGER", "BIGINT"),
            ("1::FLOAT", "0.1::DOUBLE", "DOUBLE"),
            ("1.5::DECIMAL(4,2)", "123456.78::DECIMAL(10,2)", "DECIMAL(10,2)"),
            ("DATE '2024-01-01'", "TIMESTAMP '2024-01-01 10:00:00'", "TIMESTAMP"),
            ("1::INTEGER", "NULL::INTEGER", "INTEGER"),
            ("1::INTEGER", "0.5::DOUBLE", "DOUBLE"),
            ("9007199254740992::BIGINT", "0.5::DOUBLE", "DOUBLE"),
            ("0.5::DOUBLE", "(-9007199254740992)::BIGINT", "DOUBLE"),
        ],
    )
    def test_a_type_that_holds_more_is_taken_over(
        self, plane: LocalDataPlane, table: TableName, parquet: ParquetMaker, *, first: str, second: str, kept_as: str
    ) -> None:
        for value in (first, second):
            plane.bulk_load(load(table, parquet(f"SELECT {value} AS v")))
        [found] = [found for found in plane.list_tables() if found.table == table]
        assert (found.rows, found.columns) == (2, (("v", kept_as),))

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("1::INTEGER", "'x'"),
            ("'x'", "1::INTEGER"),
            ("1.5::DECIMAL(4,1)", "1.25::DECIMAL(4,2)"),
            ("9007199254740993::BIGINT", "0.5::DOUBLE"),
            ("0.5::DOUBLE", "9007199254740993::BIGINT"),
            ("1::INTEGER", "'1'"),
            ("[1]", "1"),
        ],
    )
    def test_a_type_that_would_lose_something_is_refused(
        self, plane: LocalDataPlane, table: TableName, parquet: ParquetMaker, first: str, second: str
    ) -> None:
        plane.bulk_load(load(table, parquet(f"SELECT {first} AS v")))
        with pytest.raises(InvalidConfig) as caught:
            plane.bulk_load(load(table, parquet(f"SELECT {second} AS v, 1 AS other")))
        assert "'v'" in caught.value.message
        [found] = [found for found in plane.list_tables() if found.table == table]
        assert (found.rows, [name for name, _ in found.columns]) == (1, ["v"])

    def test_replacing_all_rows_may_change_a_type(
        self, bench: Workbench, lake: Instance, plane: LocalDataPlane, table: TableName, parquet: ParquetMaker
    ) -> None:
        plane.bulk_load(load(table, parquet("SELECT 'x' AS v, 1 AS other")))
        plane.bulk_load(load(table, parquet("SELECT 7 AS v"), mode=LoadMode.REPLACE))
        assert bench.rows(lake, f"SELECT v + 1, other FROM {table}") == [(8, None)]

    def test_odd_names_and_nested_values_survive(
        self, bench: Workbench, lake: Instance, plane: LocalDataPlane, parquet: ParquetMaker
    ) -> None:
        odd = TableName(schema="o'dd \"schema", name="tab.le; --")
        plane.bulk_load(
            load(odd, parquet("""SELECT [1, NULL] AS "l'ist", {'a': {'b': 'x'}} AS "s""t", '{"j": 1}'::JSON AS j"""))
        )
        quoted = '"o\'dd ""schema"."tab.le; --"'
        assert bench.rows(lake, f"""SELECT "l'ist", "s""t", j->>'j' FROM {quoted}""") == [
            ([1, None], {"a": {"b": "x"}}, "1")
        ]
        assert odd in [found.table for found in plane.list_tables()]

    @pytest.mark.parametrize("mode", list(LoadMode))
    def test_files_with_wild_cards_in_their_names_are_taken_by_name(
        self, plane: LocalDataPlane, table: TableName, parquet: ParquetMaker, mode: LoadMode
    ) -> None:
        parquet("SELECT 2 AS id", "rows1")
        files = [parquet("SELECT 1 AS id", name) for name in ("rows[1]", "rows*", "row?1", "it's")]
        key = ("id",) if mode is LoadMode.MERGE else ()
        result = plane.bulk_load(load(table, *files, mode=mode, key=key))
        assert result.rows == (1 if mode is LoadMode.MERGE else 4)


class TestMerging:
    def test_the_last_of_several_rows_with_one_key_wins(
        self, bench: Workbench, lake: Instance, plane: LocalDataPlane, table: TableName, parquet: ParquetMaker
    ) -> None:
        first = parquet("FROM (VALUES (1, 'a'), (2, 'b'), (1, 'c')) t(id, v)", "z-first")
        second = parquet("FROM (VALUES (2, 'd'), (NULL, 'n')) t(id, v)", "a-second")
        for _ in range(2):
            result = plane.bulk_load(load(table, first, second, mode=LoadMode.MERGE, key=("ID",)))
            assert (result.rows, result.table_rows) == (3, 3)
        assert bench.rows(lake, f"SELECT id, v FROM {table} ORDER BY id NULLS LAST") == [
            (1, "c"),
            (2, "d"),
            (None, "n"),
        ]

    def test_columns_that_the_files_lack_stay_as_they_are(
        self, bench: Workbench, lake: Instance, plane: LocalDataPlane, table: TableName, parquet: ParquetMaker
    ) -> None:
        plane.bulk_load(load(table, parquet("SELECT 1 AS a, 2 AS b, 'old' AS kept")))
        plane.bulk_load(load(table, parquet("SELECT 1 AS a, 2 AS b, 3 AS c"), mode=LoadMode.MERGE, key=("a", "b")))
        assert bench.rows(lake, f"SELECT a, b, kept, c FROM {table}") == [(1, 2, "old", 3)]

    def test_a_table_of_keys_alone_is_merged_too(
        self, bench: Workbench, lake: Instance, plane: LocalDataPlane, table: TableName, parquet: ParquetMaker
    ) -> None:
        for query in ("SELECT 1 AS id", "FROM (VALUES (1), (2)) t(id)"):
            plane.bulk_load(load(table, parquet(query), mode=LoadMode.MERGE, key=("id",)))
        assert bench.rows(lake, f"SELECT id FROM {table} ORDER BY id") == [(1,), (2,)]

    @pytest.mark.parametrize("key", [(), ("nope",)])
    def test_a_key_that_is_not_there_is_refused(
        self, plane: LocalDataPlane, table: TableName, parquet: ParquetMaker, key: tuple[str, ...]
    ) -> None:
        with pytest.raises(InvalidConfig):
            plane.bulk_load(load(table, parquet("SELECT 1 AS id"), mode=LoadMode.MERGE, key=key))
        assert table not in [found.table for found in plane.list_tables()]


class TestRefusals:
    def test_our_books_are_not_for_loading(self, plane: LocalDataPlane, parquet: ParquetMaker) -> None:
        with pytest.raises(InvalidConfig, match="book-keeping"):
            plane.bulk_load(load(TableName(schema="_OneClick", name="loads"), parquet("SELECT 1 AS load_id")))

    def test_files_that_are_missing_broken_or_of_another_kind_are_named(
        self, plane: LocalDataPlane, table: TableName, tmp_path: Path
    ) -> None:
        text = tmp_path / "text.parquet"
        text.write_text("a,b\n1,2\n")
        for file in (tmp_path / "missing.parquet", tmp_path, text):
            with pytest.raises(InvalidConfig) as caught:
                plane.bulk_load(load(table, file))
            assert str(file) in caught.value.message
        with pytest.raises(InvalidConfig):
            plane.bulk_load(load(table))

    def test_a_view_is_no_table(
        self, bench: Workbench, lake: Instance, plane: LocalDataPlane, parquet: ParquetMaker
    ) -> None:
        with bench.data_plane(lake).connect() as session:
            session.query("CREATE VIEW raw.seen AS SELECT 1 AS id")
        with pytest.raises(InvalidConfig, match="view"):
            plane.bulk_load(load(TableName(schema="raw", name="seen"), parquet("SELECT 1 AS id")))

    def test_the_read_login_loads_nothing(
        self, bench: Workbench, lake: Instance, table: TableName, parquet: ParquetMaker
    ) -> None:
        with pytest.raises(PermissionDenied):
            bench.data_plane(lake, AccessLevel.READ).bulk_load(load(table, parquet("SELECT 1 AS id")))


class AtCommit:
    """A connection that does something else right before it commits."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, action: Callable[[], object]) -> None:
        self._connection = connection
        self._actions = [action]

    def execute(self, statement: str, *arguments: Any) -> duckdb.DuckDBPyConnection:
        if statement == "COMMIT" and self._actions:
            self._actions.pop()()
        return self._connection.execute(statement, *arguments)


def interleaved(plane: LocalDataPlane, sleeper: BulkLoad, action: Callable[[], object]) -> LoadResult:
    """Load `sleeper`, which falls asleep right before its commit while `action` happens."""
    connection = plane._open(SessionLimits())
    try:
        return loading.bulk_load(AtCommit(connection, action), sleeper)  # type: ignore[arg-type] # the same but for commits
    finally:
        connection.close()


class TestZombies:
    """Two workers that both believe that they hold the lease."""

    @pytest.mark.parametrize("is_new", [True, False])
    def test_a_zombie_that_wakes_up_after_its_successor_has_loaded_loses(
        self,
        bench: Workbench,
        lake: Instance,
        plane: LocalDataPlane,
        table: TableName,
        parquet: ParquetMaker,
        *,
        is_new: bool,
    ) -> None:
        rows = parquet("SELECT range AS id FROM range(100)")
        if not is_new:
            plane.bulk_load(load(table, parquet("SELECT 1000 AS id")))
        successor, zombie = (load(table, rows, fence=fence) for fence in (6, 5))
        with pytest.raises(Conflict, match="fence 6"):
            interleaved(plane, zombie, lambda: plane.bulk_load(successor))
        assert bench.rows(lake, f"SELECT count(*) FROM {table} WHERE id < 1000") == [(100,)]

    @pytest.mark.parametrize("mode", list(LoadMode))
    def test_two_zombies_with_one_load_and_one_fence_load_it_once(
        self,
        bench: Workbench,
        lake: Instance,
        plane: LocalDataPlane,
        table: TableName,
        parquet: ParquetMaker,
        *,
        mode: LoadMode,
    ) -> None:
        plane.bulk_load(load(table, parquet("SELECT -1 AS id")))
        key = ("id",) if mode is LoadMode.MERGE else ()
        same = load(table, parquet("SELECT range AS id FROM range(100)"), load_id=f"{table}", mode=mode, key=key)
        result = interleaved(plane, same, lambda: plane.bulk_load(same))
        assert (result.rows, result.is_repeat) == (100, True)
        assert bench.rows(lake, f"SELECT count(*) FROM {table} WHERE id >= 0") == [(100,)]
        assert bench.rows(lake, f"SELECT count(*) FROM _oneclick.loads WHERE load_id = '{table}'") == [(1,)]

    def test_loads_of_different_tables_do_not_stop_each_other(
        self, plane: LocalDataPlane, bench: Workbench, parquet: ParquetMaker
    ) -> None:
        file, here, there = parquet("SELECT 1 AS id"), bench.table(), bench.table()
        for table in (here, there):
            plane.bulk_load(load(table, file))
        commits: list[str] = []
        connection = plane._open(SessionLimits())

        def elsewhere() -> None:
            commits.append("elsewhere")
            plane.bulk_load(load(there, file))

        counted = AtCommit(connection, elsewhere)
        loading._attempt(counted, [loading.of_files(load(here, file))])  # type: ignore[arg-type] # one attempt only: no retry hides a conflict
        connection.close()
        assert commits == ["elsewhere"]

    def test_many_loads_of_one_table_at_once_all_arrive(
        self, bench: Workbench, lake: Instance, plane: LocalDataPlane, table: TableName, parquet: ParquetMaker
    ) -> None:
        file, errors = parquet("SELECT range AS id FROM range(1000)"), []

        def work(number: int) -> None:
            try:
                plane.bulk_load(load(table, file, load_id=f"{table}-{number}"))
            except Exception as exc:  # noqa: BLE001 - handed to the test
                errors.append(exc)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(100)
        assert errors == []
        assert bench.rows(lake, f"SELECT count(*), count(DISTINCT id) FROM {table}") == [(4000, 1000)]


class TestKills:
    ROWS = 600_000

    def test_a_load_killed_at_any_moment_leaves_no_part_and_is_repeated_exactly(
        self, bench: Workbench, lake: Instance, plane: LocalDataPlane, parquet: ParquetMaker
    ) -> None:
        file = parquet(f"SELECT range AS id, 'text ' || range AS t FROM range({self.ROWS})")
        moments = random.Random(7)  # noqa: S311 - moments, no secrets
        killed = 0
        for number in range(6):
            table = TableName(schema="raw", name=f"killed_{number}")
            with loader(bench, lake, file, table) as process:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n"
                time.sleep(moments.uniform(0.05, 0.6))
                process.kill()
            killed += process.returncode == -signal.SIGKILL
            there = table in [found.table for found in plane.list_tables()]
            rows = bench.rows(lake, f"SELECT count(*) FROM {table}") if there else [(0,)]
            assert rows in ([(0,)], [(self.ROWS,)]), "all or nothing"
            result = plane.bulk_load(load(table, file, load_id=f"{table}"))
            assert result.is_repeat == (rows == [(self.ROWS,)])
            assert bench.rows(lake, f"SELECT count(*), max(id) FROM {table}") == [(self.ROWS, self.ROWS - 1)]
        assert killed >= 3, "most must die before they are done"


class TestFullDisk:
    def test_a_load_that_fills_the_disk_says_so_and_leaves_the_lake_as_it_was(
        self, bench: Workbench, own_lake: Instance, parquet: ParquetMaker
    ) -> None:
        table = bench.table()
        bench.data_plane(own_lake).bulk_load(bench.load(table, range(10)))
        file = parquet("SELECT range AS n, md5(range::VARCHAR) AS t FROM range(400000)")
        data = bench.adapter.installation.home / "lakes" / own_lake.tag / "data"
        small = ["unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size=2m tmpfs {data} && exec "$@"', "sh"]
        if subprocess.run([*small, "true"], capture_output=True, check=False).returncode:
            pytest.skip("no small disk can be mounted here (unshare -rm)")
        with loader(bench, own_lake, file, table, within=small) as process:
            assert process.stdout is not None
            assert process.stdout.read() == "ready\nlimit_exceeded\n"
        assert bench.rows(own_lake, f"SELECT count(*) FROM {table}") == [(10,)]
        assert bench.data_plane(own_lake).bulk_load(load(table, file, load_id=f"{table}")).table_rows == 400_010


def loader(
    bench: Workbench, lake: Instance, file: Path, table: TableName, *, within: Sequence[str] = ()
) -> "subprocess.Popen[str]":
    """Another process that loads the file."""
    given = {
        "home": str(bench.harness.adapter.installation.home),
        "catalog_url": bench.harness.catalog_url.reveal(),
        "id": str(lake.id),
        "secret": bench.vault(lake).get("login-write-1").reveal(),
        "file": str(file),
        "table": table.name,
        "load_id": f"{table}",
        "fence": 1,
    }
    process = subprocess.Popen(
        [*within, sys.executable, "-c", LOADER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(given))
    process.stdin.close()
    return process
