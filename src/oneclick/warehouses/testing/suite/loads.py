"""Loads: all or nothing, once, and never by a run that has lost its lease."""

import datetime as dt
import threading
from dataclasses import replace
from decimal import Decimal

import pytest
from arro3.core import DataType

from oneclick.warehouses.contract.capabilities import Capability
from oneclick.warehouses.contract.data_plane import DELETED_AT, BulkLoad, Deletes, LoadMode
from oneclick.warehouses.contract.errors import Conflict, ContractError, TooFewRows
from oneclick.warehouses.contract.instance import AccessLevel, Instance
from oneclick.warehouses.testing.suite.base import SuiteBase, needs
from oneclick.warehouses.testing.workbench import Workbench, persist

WRITERS = 4


class LoadSuite(SuiteBase):
    """`bulk_load` and `list_tables`."""

    def test_a_load_brings_every_row(self, bench: Workbench, ready: Instance) -> None:
        table = bench.table()
        result = bench.data_plane(ready).bulk_load(bench.load(table, range(1000)))
        assert (result.rows, result.is_repeat) == (1000, False)
        assert result.table_rows in (1000, None)
        assert bench.rows(ready, f"SELECT count(*), sum(n) FROM {table}") == [(1000, 499_500)]

    def test_a_load_keeps_values_as_they_are(self, bench: Workbench, ready: Instance) -> None:
        table, day = bench.table(), dt.date(2024, 2, 29)
        noon = dt.datetime(2024, 2, 29, 12, 0, 0, 5, tzinfo=dt.UTC)
        micros = (noon - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
        columns: dict[str, tuple[DataType, list[object]]] = {
            "n": (DataType.int64(), [2**53 + 1, None]),
            "t": (DataType.string(), ["ä\n\"quoted\", 'single'\\N", ""]),
            "u": (DataType.string(), [r"\N", None]),
            "f": (DataType.float64(), [0.1, None]),
            "b": (DataType.bool(), [True, None]),
            "d": (DataType.date32(), [(day - dt.date(1970, 1, 1)).days, None]),
            "m": (DataType.timestamp("us", tz="UTC"), [micros, None]),
            "e": (DataType.decimal128(12, 2), ["1234567890.12", None]),
            "Odd Name": (DataType.int32(), [1, None]),
        }
        load = BulkLoad(files=[bench.parquet(columns)], table=table, load_id=str(table), fence=1)
        bench.data_plane(ready).bulk_load(load)
        rows = bench.rows(ready, f'SELECT n, t, u, f, b, d, m, e, "Odd Name" FROM {table} ORDER BY n NULLS LAST')
        first = (2**53 + 1, "ä\n\"quoted\", 'single'\\N", r"\N", 0.1, True, day, noon, Decimal("1234567890.12"), 1)
        assert rows == [first, (None, "", *[None] * 7)]

    def test_several_files_are_one_load(self, bench: Workbench, ready: Instance) -> None:
        table = bench.table()
        first, second = bench.load(table, range(3)), bench.load(table, range(3, 5))
        load = BulkLoad(files=[*first.files, *second.files], table=table, load_id="two-files", fence=1)
        assert bench.data_plane(ready).bulk_load(load).rows == 5
        assert bench.rows(ready, f"SELECT count(*) FROM {table}") == [(5,)]

    def test_a_load_happens_once(self, bench: Workbench, ready: Instance) -> None:
        needs(bench, Capability.EXACTLY_ONCE_LOAD)
        table = bench.table()
        load = replace(bench.load(table, range(10)), note="up to 9")
        results = [bench.data_plane(ready).bulk_load(each) for each in (load, replace(load, note="up to 10"))]
        assert [result.is_repeat for result in results] == [False, True]
        assert [result.note for result in results] == ["up to 9", "up to 9"]
        assert bench.rows(ready, f"SELECT count(*) FROM {table}") == [(10,)]

    def test_a_load_that_several_workers_try_at_once_happens_once(self, bench: Workbench, ready: Instance) -> None:
        needs(bench, Capability.EXACTLY_ONCE_LOAD)
        table = bench.table()
        load = bench.load(table, range(10))

        def work() -> None:
            persist(lambda: bench.data_plane(ready).bulk_load(load))

        threads = [threading.Thread(target=work, daemon=True) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert bench.rows(ready, f"SELECT count(*) FROM {table}") == [(10,)]

    def test_a_run_that_lost_its_lease_loads_nothing(self, bench: Workbench, ready: Instance) -> None:
        table = bench.table()
        plane = bench.data_plane(ready)
        plane.bulk_load(bench.load(table, range(10), fence=5))
        for mode in LoadMode:
            if mode is LoadMode.MERGE and not bench.adapter.facts.capabilities[Capability.MERGE].is_usable:
                continue
            with pytest.raises(Conflict):
                plane.bulk_load(bench.load(table, range(10), fence=4, mode=mode))
        assert bench.rows(ready, f"SELECT count(*) FROM {table}") == [(10,)]
        plane.bulk_load(bench.load(table, range(10, 12), fence=5))
        assert bench.rows(ready, f"SELECT count(*) FROM {table}") == [(12,)]

    def test_replace_leaves_the_new_rows_alone(self, bench: Workbench, ready: Instance) -> None:
        table = bench.table()
        plane = bench.data_plane(ready)
        plane.bulk_load(bench.load(table, range(10)))
        plane.bulk_load(bench.load(table, range(3), text="b", mode=LoadMode.REPLACE))
        assert bench.rows(ready, f"SELECT count(*), min(t), max(t) FROM {table}") == [(3, "b", "b")]

    def test_append_adds_rows(self, bench: Workbench, ready: Instance) -> None:
        table = bench.table()
        plane = bench.data_plane(ready)
        for text in ("a", "b"):
            plane.bulk_load(bench.load(table, range(3), text=text))
        rows = bench.rows(ready, f"SELECT t, count(*) FROM {table} GROUP BY t ORDER BY t")
        assert rows == [("a", 3), ("b", 3)]

    def test_merge_updates_by_key(self, bench: Workbench, ready: Instance) -> None:
        needs(bench, Capability.MERGE)
        table = bench.table()
        plane = bench.data_plane(ready)
        plane.bulk_load(bench.load(table, range(4), mode=LoadMode.MERGE))
        plane.bulk_load(bench.load(table, range(2, 6), text="b", mode=LoadMode.MERGE))
        rows = bench.rows(ready, f"SELECT n, t FROM {table} ORDER BY n")
        assert rows == [(0, "a"), (1, "a"), (2, "b"), (3, "b"), (4, "b"), (5, "b")]

    def test_rows_that_are_gone_are_removed(self, bench: Workbench, ready: Instance) -> None:
        needs(bench, Capability.MERGE)
        table = bench.table()
        plane = bench.data_plane(ready)
        plane.bulk_load(bench.load(table, range(6), mode=LoadMode.MERGE))
        gone = replace(
            bench.load(table, [1], text="b", mode=LoadMode.MERGE), present_keys=bench.keys([0, 1, 4]),
            deletes=Deletes.REMOVE,
        )  # fmt: skip
        assert plane.bulk_load(gone).deleted == 3
        assert bench.rows(ready, f"SELECT n, t FROM {table} ORDER BY n") == [(0, "a"), (1, "b"), (4, "a")]

    def test_rows_that_are_gone_are_marked_until_they_come_back(self, bench: Workbench, ready: Instance) -> None:
        needs(bench, Capability.MERGE)
        table = bench.table()
        plane = bench.data_plane(ready)
        plane.bulk_load(bench.load(table, range(3), mode=LoadMode.MERGE))
        for number, present, deleted in ((0, [0, 2], 1), (0, [0, 2], 0), (1, [0, 1, 2], 0)):
            load = bench.load(table, [number], text="b", mode=LoadMode.MERGE)
            load = replace(load, present_keys=bench.keys(present), deletes=Deletes.MARK)
            assert plane.bulk_load(load).deleted == deleted
            marked = bench.rows(ready, f"SELECT n FROM {table} WHERE {DELETED_AT} IS NOT NULL")
            assert marked == ([] if number else [(1,)])
        assert bench.rows(ready, f"SELECT count(*) FROM {table}") == [(3,)]

    def test_more_deletes_than_usual_are_refused(self, bench: Workbench, ready: Instance) -> None:
        needs(bench, Capability.MERGE)
        table = bench.table()
        plane = bench.data_plane(ready)
        plane.bulk_load(bench.load(table, range(6), mode=LoadMode.MERGE))
        load = replace(
            bench.load(table, [9], mode=LoadMode.MERGE), present_keys=bench.keys([9]), deletes=Deletes.REMOVE,
            most_deleted=5,
        )  # fmt: skip
        with pytest.raises(TooFewRows) as caught:
            plane.bulk_load(load)
        assert caught.value.hint
        assert bench.rows(ready, f"SELECT count(*) FROM {table}") == [(6,)]

    def test_all_rows_of_a_key_give_way_together(self, bench: Workbench, ready: Instance) -> None:
        needs(bench, Capability.MERGE)
        table = bench.table()
        plane = bench.data_plane(ready)
        plane.bulk_load(bench.load(table, [1, 1, 2, 2, 3]))
        plane.bulk_load(
            replace(bench.load(table, [1, 2, 2, 2], text="b"), key=("n",), replaced_keys=bench.keys([1, 2, 4]))
        )
        rows = bench.rows(ready, f"SELECT n, t, count(*) FROM {table} GROUP BY n, t ORDER BY n")
        assert rows == [(1, "b", 1), (2, "b", 3), (3, "a", 1)]

    def test_a_load_that_fails_leaves_the_table_as_it_was(self, bench: Workbench, ready: Instance) -> None:
        table = bench.table()
        plane = bench.data_plane(ready)
        plane.bulk_load(bench.load(table, range(3)))
        broken = bench.folder() / "broken.parquet"
        broken.write_bytes(b"PAR1 this is no Parquet file PAR1")
        good = bench.load(table, range(5))
        for mode in (LoadMode.APPEND, LoadMode.REPLACE):
            load = BulkLoad(files=[*good.files, broken], table=table, load_id=f"broken-{mode}", fence=1, mode=mode)
            with pytest.raises(ContractError) as caught:
                plane.bulk_load(load)
            assert caught.value.hint
        assert bench.rows(ready, f"SELECT count(*) FROM {table}") == [(3,)]

    def test_tables_are_listed_without_our_book_keeping(self, bench: Workbench, instance: Instance) -> None:
        bench.create(instance)
        assert list(bench.data_plane(instance).list_tables()) == []
        table = bench.table()
        bench.data_plane(instance).bulk_load(bench.load(table, range(7)))
        for level in AccessLevel:
            [found] = bench.data_plane(instance, level).list_tables()
            assert found.table == table
            assert found.rows in (7, None)
            assert [name for name, _ in found.columns] == ["n", "t"]
