"""Loading straight from what else is attached to a DuckDB connection."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from oneclick.duck import open_duckdb
from oneclick.duck.quoting import literal
from oneclick.warehouses.adapters.local import loading
from oneclick.warehouses.adapters.local.data_plane import LocalDataPlane
from oneclick.warehouses.contract.data_plane import Deletes, LoadMode, LoadResult, QueryLoad, TableName
from oneclick.warehouses.contract.errors import Conflict, InvalidConfig, PermissionDenied, TooFewRows
from oneclick.warehouses.contract.instance import AccessLevel, Instance
from oneclick.warehouses.testing.workbench import Workbench

CUSTOMERS, ORDERS = (TableName(schema="raw", name=name) for name in ("customers", "orders"))


@pytest.fixture
def instance(bench: Workbench) -> Instance:
    return bench.created()


@pytest.fixture
def plane(bench: Workbench, instance: Instance) -> LocalDataPlane:
    plane = bench.data_plane(instance)
    assert isinstance(plane, LocalDataPlane)
    return plane


@dataclass(frozen=True)
class Shop:
    """An application's database."""

    file: Path

    def execute(self, statement: str) -> None:
        with contextlib.closing(duckdb.connect(self.file)) as connection:
            connection.execute(statement)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path / "shop.duckdb")
    shop.execute("CREATE TABLE customers AS FROM (VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cyd')) v(id, name)")
    shop.execute("CREATE TABLE orders AS FROM (VALUES (1, 10.5), (2, 20.0)) v(id, total)")
    return shop


def query(name: str, table: TableName = CUSTOMERS, *, load_id: str, fence: int = 1, **more: object) -> QueryLoad:
    return QueryLoad(select=f"FROM shop.{name}", table=table, load_id=load_id, fence=fence, **more)  # type: ignore[arg-type] # each test names fields of the class


def bring(plane: LocalDataPlane, shop: Shop, *loads: QueryLoad) -> list[LoadResult]:
    with contextlib.closing(open_duckdb(home=plane._installation.home)) as duck:
        duck.execute(f"ATTACH {literal(str(shop.file))} AS shop (READ_ONLY)")
        return list(plane.load_queries(duck, loads))


def rows(bench: Workbench, instance: Instance, table: TableName = CUSTOMERS) -> list[tuple[object, ...]]:
    return list(bench.rows(instance, f"SELECT * FROM {table} ORDER BY id"))


class TestLoadQueries:
    def test_several_tables_arrive_together(
        self, bench: Workbench, plane: LocalDataPlane, shop: Shop, instance: Instance
    ) -> None:
        loads = query("customers", load_id="a"), query("orders", ORDERS, load_id="b")
        assert [result.rows for result in bring(plane, shop, *loads)] == [3, 2]
        assert rows(bench, instance) == [(1, "Ann"), (2, "Bob"), (3, "Cyd")]

    def test_replacing_keeps_what_a_table_is_beside_its_rows(
        self, bench: Workbench, plane: LocalDataPlane, shop: Shop, instance: Instance, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(loading, "LARGE_ROWS", 1)
        bring(plane, shop, query("customers", load_id="a"))
        attachment = plane.duckdb_attach()
        table = f"{attachment.catalog}.{CUSTOMERS}"
        with contextlib.closing(open_duckdb(home=plane._installation.home)) as duck:
            for statement in attachment.statements:
                duck.execute(statement.reveal())
            duck.execute(f"COMMENT ON TABLE {table} IS 'Who buys'; ALTER TABLE {table} SET PARTITIONED BY (name)")
            shop.execute("DELETE FROM customers WHERE id = 2")
            bring(plane, shop, query("customers", load_id="b", mode=LoadMode.REPLACE))
            said = duck.execute("SELECT comment FROM duckdb_tables() WHERE table_name = 'customers'").fetchall()
            partitions = duck.execute(
                f"SELECT count(*) FROM __ducklake_metadata_{attachment.catalog}.lake.ducklake_partition_info "
                "WHERE end_snapshot IS NULL"
            ).fetchone()
        assert (said, partitions) == ([("Who buys",)], (1,))
        assert rows(bench, instance) == [(1, "Ann"), (3, "Cyd")]

    @pytest.mark.parametrize(("large_rows", "tables"), [(3, 2), (4, 1)])
    def test_replacing_a_large_plain_table_makes_it_anew(
        self, bench: Workbench, plane: LocalDataPlane, shop: Shop, instance: Instance,
        monkeypatch: pytest.MonkeyPatch, *, large_rows: int, tables: int,
    ) -> None:  # fmt: skip
        monkeypatch.setattr(loading, "LARGE_ROWS", large_rows)
        for load_id in ("a", "b"):
            bring(plane, shop, query("customers", load_id=load_id, mode=LoadMode.REPLACE))
        attachment = plane.duckdb_attach()
        with contextlib.closing(open_duckdb(home=plane._installation.home)) as duck:
            for statement in attachment.statements:
                duck.execute(statement.reveal())
            made = duck.execute(
                f"SELECT count(*) FROM __ducklake_metadata_{attachment.catalog}.lake.ducklake_table "
                "WHERE table_name = 'customers'"
            ).fetchone()
        assert made == (tables,)
        assert len(rows(bench, instance)) == 3

    def test_it_says_how_large_the_files_are_that_it_wrote(
        self, bench: Workbench, plane: LocalDataPlane, shop: Shop
    ) -> None:
        shop.execute("CREATE TABLE visits AS SELECT range AS id, hash(range) AS page FROM range(20000)")
        few, many = query("customers", load_id="a"), query("visits", ORDERS, load_id="b")

        written = [result.written_bytes for result in bring(plane, shop, few, many)]

        sizes = {info.table: info.size_bytes for info in plane.list_tables()}
        assert written == [0, sizes[ORDERS]]
        assert written[1] > 100_000
        assert bring(plane, shop, many)[0].written_bytes is None

    def test_of_several_tables_none_arrives_when_one_is_refused(
        self, bench: Workbench, plane: LocalDataPlane, shop: Shop
    ) -> None:
        loads = query("customers", load_id="a"), query("orders", ORDERS, load_id="b", least_rows=3)
        with pytest.raises(TooFewRows):
            bring(plane, shop, *loads)
        assert list(plane.list_tables()) == []

    def test_a_load_that_is_in_already_is_a_repeat(
        self, bench: Workbench, plane: LocalDataPlane, shop: Shop, instance: Instance
    ) -> None:
        results = [bring(plane, shop, query("customers", load_id="a"))[0] for _ in range(2)]
        assert [result.is_repeat for result in results] == [False, True]
        assert len(rows(bench, instance)) == 3

    def test_an_outdated_fence_is_refused(
        self, bench: Workbench, plane: LocalDataPlane, shop: Shop, instance: Instance
    ) -> None:
        bring(plane, shop, query("customers", load_id="a", fence=5))
        with pytest.raises(Conflict):
            bring(plane, shop, query("customers", load_id="b", fence=4))
        assert len(rows(bench, instance)) == 3

    def test_a_much_smaller_source_replaces_nothing(
        self, bench: Workbench, plane: LocalDataPlane, shop: Shop, instance: Instance
    ) -> None:
        bring(plane, shop, query("customers", load_id="a"))
        shop.execute("DELETE FROM customers")
        with pytest.raises(TooFewRows) as caught:
            bring(plane, shop, query("customers", load_id="b", mode=LoadMode.REPLACE, least_rows=2))
        assert caught.value.hint
        assert len(rows(bench, instance)) == 3

    def test_rows_that_are_gone_are_removed(
        self, bench: Workbench, plane: LocalDataPlane, shop: Shop, instance: Instance
    ) -> None:
        swept = {
            "mode": LoadMode.MERGE, "key": ("id",), "deletes": Deletes.REMOVE,
            "present_keys": "SELECT id FROM shop.customers",
        }  # fmt: skip
        bring(plane, shop, query("customers", load_id="a", **swept))
        shop.execute("DELETE FROM customers WHERE id = 2")
        (result,) = bring(plane, shop, query("customers", load_id="b", **swept))
        assert result.deleted == 1
        assert rows(bench, instance) == [(1, "Ann"), (3, "Cyd")]

    def test_rows_that_are_gone_are_marked_until_they_come_back(
        self, bench: Workbench, plane: LocalDataPlane, shop: Shop, instance: Instance
    ) -> None:
        swept = {
            "mode": LoadMode.MERGE, "key": ("id",), "deletes": Deletes.MARK,
            "present_keys": "SELECT id FROM shop.customers",
        }  # fmt: skip
        bring(plane, shop, query("customers", load_id="a", **swept))
        marked = []
        for load_id, change in (
            ("b", "DELETE FROM customers WHERE id = 2"),
            ("c", "INSERT INTO customers VALUES (2, 'Bob again')"),
        ):
            shop.execute(change)
            bring(plane, shop, query("customers", load_id=load_id, **swept))
            marked.append([row[0] for row in rows(bench, instance) if row[2] is not None])
        assert marked == [[2], []]
        assert rows(bench, instance)[1][:2] == (2, "Bob again")

    def test_all_rows_of_a_key_give_way_to_those_that_come(
        self, bench: Workbench, plane: LocalDataPlane, shop: Shop, instance: Instance
    ) -> None:
        shop.execute("CREATE TABLE lines AS FROM (VALUES (1, 'a'), (1, 'b'), (2, 'c'), (2, 'd'), (3, 'e')) v(id, name)")
        bring(plane, shop, query("lines", load_id="a"))
        shop.execute("CREATE OR REPLACE TABLE lines AS FROM (VALUES (1, 'x')) v(id, name)")
        replaced = {"key": ("id",), "replaced_keys": "SELECT * FROM (VALUES (1), (2), (9)) v(id)"}
        for _ in range(2):
            bring(plane, shop, query("lines", load_id="b", mode=LoadMode.APPEND, **replaced))
        assert rows(bench, instance) == [(1, "x"), (3, "e")]

    def test_a_column_that_is_new_is_told(self, bench: Workbench, plane: LocalDataPlane, shop: Shop) -> None:
        bring(plane, shop, query("customers", load_id="a"))
        shop.execute("ALTER TABLE customers ADD COLUMN city VARCHAR")
        (result,) = bring(plane, shop, query("customers", load_id="b", mode=LoadMode.REPLACE))
        assert result.changes == ("city was added (VARCHAR)",)

    def test_merging_needs_a_key(self, bench: Workbench, plane: LocalDataPlane, shop: Shop) -> None:
        with pytest.raises(InvalidConfig):
            bring(plane, shop, query("customers", load_id="a", mode=LoadMode.MERGE))

    def test_the_read_login_may_not(self, bench: Workbench, shop: Shop, instance: Instance) -> None:
        reading = bench.data_plane(instance, AccessLevel.READ)
        with contextlib.closing(duckdb.connect()) as duck, pytest.raises(PermissionDenied):
            reading.load_queries(duck, [query("customers", load_id="a")])
