from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from django.conf import settings

from oneclick.accounts.roles import NotAllowed, Principal
from oneclick.audit.models import AuditEvent
from oneclick.pipelines.models import FileLoad, LoadedTable, LoadState
from oneclick.pipelines.templates.file_import.errors import BadImportOption, FileEmpty, TableNotOurs, TooManyRejected
from oneclick.pipelines.templates.file_import.services import load_file
from oneclick.pipelines.templates.file_import.work import Options
from oneclick.warehouses import services
from oneclick.warehouses.adapters.local.data_plane import LocalDataPlane
from oneclick.warehouses.contract.data_plane import BulkLoad, TableName
from oneclick.warehouses.contract.errors import InvalidConfig, NotFound, Unavailable
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Rows

pytestmark = pytest.mark.django_db(transaction=True)

Write = Callable[[str, str | bytes], Path]


def test_a_member_loads_a_file_into_a_table_named_after_it(
    member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows
) -> None:
    report = load_file(member, warehouse.id, write("Sales 2024 (final).csv", "id,zip\n1,00123\n2,04567\n"))
    assert report.table == TableName(schema="raw", name="sales_2024_final")
    assert (report.rows, report.rejected, report.rejected_table) == (2, 0, None)
    assert (report.columns, report.types) == (("id", "zip"), ("BIGINT", "VARCHAR"))
    assert rows_in(report.table) == [(1, "00123"), (2, "04567")]
    noted = LoadedTable.objects.get()
    assert (noted.name, noted.rows, noted.last_load_id) == ("sales_2024_final", 2, report.load_id)
    assert AuditEvent.objects.filter(action="load.begun", actor=member.label).exists()


def test_rows_that_do_not_fit_are_set_aside_with_line_and_reason(
    member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows
) -> None:
    content = 'a,b,c\n1,"two\nlines",3\n4,5\n6,7,8,9\n10,11,12\n13,14,15\n'
    report = load_file(member, warehouse.id, write("ragged.csv", content))
    assert (report.rows, report.rejected) == (3, 2)
    assert report.rejected_table == TableName(schema="raw", name="ragged_rejected")
    assert rows_in(report.table, "a") == [(1,), (10,), (13,)]
    found = rows_in(report.rejected_table, "line_number, raw, reason")
    assert [(line, raw) for line, raw, _ in found] == [(4, "4,5"), (5, "6,7,8,9")]
    assert all("Expected Number of Columns: 3" in reason for _, _, reason in found)


def test_replace_replaces_and_append_appends(
    member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows
) -> None:
    first, second = write("one.csv", "a\n1\n2\n"), write("two.csv", "a\n3\n")
    load_file(member, warehouse.id, first, table="t")
    load_file(member, warehouse.id, second, table="t", mode="append")
    assert rows_in("raw.t") == [(1,), (2,), (3,)]
    assert LoadedTable.objects.get().rows == 3
    load_file(member, warehouse.id, second, table="t", mode="append")
    assert rows_in("raw.t") == [(1,), (2,), (3,), (3,)]
    load_file(member, warehouse.id, second, table="t", mode="replace")
    assert rows_in("raw.t") == [(3,)]
    load_file(member, warehouse.id, first, table="t", mode="replace")
    load_file(member, warehouse.id, second, table="t", mode="replace")
    assert rows_in("raw.t") == [(3,)]
    assert LoadedTable.objects.get().rows == 1


def test_a_clean_file_empties_the_table_of_rejected_rows(
    member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows
) -> None:
    load_file(member, warehouse.id, write("t.csv", "a,b\n1,2\n3,4\n5\n"))
    assert len(rows_in("raw.t_rejected")) == 1
    report = load_file(member, warehouse.id, write("t.csv", "a,b\n1,2\n"))
    assert report.rejected_table is None
    assert rows_in("raw.t_rejected") == []


@pytest.mark.parametrize(
    ("content", "error"), [("", FileEmpty), ("a,b\n", FileEmpty), ("Title\n\na,b\n1,2\n3,4\n", TooManyRejected)]
)
def test_a_bad_file_leaves_the_table_as_it_was(
    member: Principal, warehouse: Warehouse, rows_in: Rows, write: Write, *, content: str, error: type[Exception]
) -> None:
    load_file(member, warehouse.id, write("t.csv", "a,b\n1,2\n"))
    with pytest.raises(error):
        load_file(member, warehouse.id, write("t.csv", content))
    assert rows_in("raw.t") == [(1, 2)]
    assert not list((Path(settings.HOME) / "scratch").iterdir())


def test_rows_that_the_table_cannot_take_leave_it_as_it_was(
    member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows
) -> None:
    load_file(member, warehouse.id, write("t.csv", "a\n1\n"))
    with pytest.raises(InvalidConfig):
        load_file(member, warehouse.id, write("t2.csv", "a\nnot a number\n"), table="t", mode="append")
    assert rows_in("raw.t") == [(1,)]
    assert FileLoad.objects.latest("id").state == LoadState.FAILED


def test_a_table_that_somebody_made_is_not_replaced(
    member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows, tmp_path: Path
) -> None:
    file = tmp_path / "made.parquet"
    duckdb.sql("SELECT 7::BIGINT AS a").write_parquet(str(file))
    services.data_plane(warehouse, AccessLevel.WRITE).bulk_load(
        BulkLoad(files=[file], table=TableName(schema="raw", name="t"), load_id="by hand", fence=1)
    )
    with pytest.raises(TableNotOurs):
        load_file(member, warehouse.id, write("t.csv", "a\n1\n"))
    load_file(member, warehouse.id, write("t.csv", "a\n1\n"), mode="append")
    assert rows_in("raw.t") == [(1,), (7,)]
    assert not LoadedTable.objects.exists()


def test_a_reader_may_not_load(reader: Principal, warehouse: Warehouse, write: Write) -> None:
    with pytest.raises(NotAllowed):
        load_file(reader, warehouse.id, write("t.csv", "a\n1\n"))


def test_an_outsider_finds_no_warehouse(outsider: Principal, warehouse: Warehouse, write: Write) -> None:
    with pytest.raises(NotFound):
        load_file(outsider, warehouse.id, write("t.csv", "a\n1\n"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"table": "a b"}, {"table": "__x"}, {"table": "x_rejected"}, {"table": "1x"}, {"table": "x" * 60},
        {"schema": 'a"b'}, {"mode": "merge"},
    ],
)  # fmt: skip
def test_it_refuses_options_that_cannot_be(
    member: Principal, warehouse: Warehouse, write: Write, wrong: dict[str, str]
) -> None:
    with pytest.raises(BadImportOption):
        load_file(member, warehouse.id, write("t.csv", "a\n1\n"), **wrong)  # type: ignore[arg-type] # all are texts


@pytest.fixture
def load_unacknowledged(
    monkeypatch: pytest.MonkeyPatch, member: Principal, warehouse: Warehouse
) -> Callable[..., None]:
    """Loads a file, and loses the warehouse's answer: the rows are in, and nobody knows."""

    def load(path: Path, **options: str) -> None:
        def acknowledge_nothing(plane: LocalDataPlane, load: BulkLoad) -> None:
            bulk_load(plane, load)
            raise Unavailable

        bulk_load = LocalDataPlane.bulk_load
        with monkeypatch.context() as patched:
            patched.setattr(LocalDataPlane, "bulk_load", acknowledge_nothing)
            with pytest.raises(Unavailable):
                load_file(member, warehouse.id, path, **options)  # type: ignore[arg-type] # all are texts

    return load


def test_a_load_that_broke_off_is_taken_up_under_its_old_id(
    member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows, load_unacknowledged: Callable[..., None]
) -> None:
    load_file(member, warehouse.id, write("t.csv", "a\n1\n"), mode="append")
    file = write("more.csv", "a\n2\n3\n")
    load_unacknowledged(file, table="t", mode="append")
    report = load_file(member, warehouse.id, file, table="t", mode="append")
    assert report.is_repeat
    assert rows_in("raw.t") == [(1,), (2,), (3,)]
    assert LoadedTable.objects.get().rows == 3
    assert not load_file(member, warehouse.id, file, table="t", mode="append").is_repeat
    assert len(rows_in("raw.t")) == 5


def test_a_file_that_is_read_in_another_way_is_another_load(
    member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows, load_unacknowledged: Callable[..., None]
) -> None:
    file = write("t.csv", "a\n1\n")
    load_unacknowledged(file)
    report = load_file(member, warehouse.id, file, options=Options(types={"a": "TEXT"}))
    assert not report.is_repeat
    assert rows_in("raw.t") == [("1",)]


def test_a_replace_that_broke_off_is_not_taken_for_done_after_another_file(
    member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows, load_unacknowledged: Callable[..., None]
) -> None:
    first, second = write("first.csv", "a\n1\n"), write("second.csv", "a\n2\n")
    load_unacknowledged(first, table="t")
    load_file(member, warehouse.id, second, table="t")
    load_file(member, warehouse.id, first, table="t")
    assert rows_in("raw.t") == [(1,)]


def test_a_broken_off_append_survives_another_append(
    member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows, load_unacknowledged: Callable[..., None]
) -> None:
    first, second = write("first.csv", "a\n1\n"), write("second.csv", "a\n2\n")
    load_unacknowledged(first, table="t", mode="append")
    load_file(member, warehouse.id, second, table="t", mode="append")
    load_file(member, warehouse.id, first, table="t", mode="append")
    assert rows_in("raw.t") == [(1,), (2,)]
