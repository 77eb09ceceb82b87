"""What there is in a warehouse, and the first rows of it."""

from collections.abc import Callable
from datetime import UTC, datetime

import duckdb
import pytest
from arro3.core import RecordBatchReader

from oneclick.accounts.roles import NotAllowed, Permission, Principal
from oneclick.accounts.services import issue_token
from oneclick.accounts.tokens import principal_for_token
from oneclick.pipelines.models import LoadedTable
from oneclick.queries import tables
from oneclick.queries.errors import ColumnNotFound, QueryTooComplex, TableNotFound
from oneclick.queries.history import history
from oneclick.queries.models import QueryPurpose
from oneclick.queries.tables import Narrowing
from oneclick.warehouses import services as warehouses
from oneclick.warehouses.contract.data_plane import TableInfo, TableName
from oneclick.warehouses.contract.errors import NotFound
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse
from tests.cast import Cast
from tests.lake import make_postgresql_warehouse
from tests.queries.conftest import MakeTable

pytestmark = pytest.mark.django_db(transaction=True)
Found = Callable[..., list[tuple[object, ...]]]

ODD = """
SELECT * FROM (VALUES
    (1, '100% sure', 'a\\b', NULL, TIMESTAMP '2024-05-01 10:00:00'),
    (2, '<script>alert(1)</script>', 'it''s', 1.5, NULL),
    (3, 'مبيعات', 'under_score', -2, NULL),
    (10, '=1+1', 'STRASSE!', 0, NULL)
) r(id, "text %", back, number, moment)
"""


@pytest.fixture
def odd(warehouse: Warehouse, make_table: MakeTable) -> TableInfo:
    return make_table("odd", ODD)


@pytest.fixture
def find(reader: Principal, warehouse: Warehouse, odd: TableInfo) -> Found:
    """The ids of the rows that fit."""

    def found(text: str, column: str = "", *, is_whole: bool = False) -> list[tuple[object, ...]]:
        narrowing = Narrowing(text=text, column=column, is_whole=is_whole)
        return sorted(row[0] for row in tables.rows(reader, warehouse.id, odd, narrowing).rows())

    return found


def test_tables_are_listed_with_rows_columns_and_when_we_loaded_them(cast: Cast, warehouse: Warehouse) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    LoadedTable.objects.create(
        organisation=cast.organisation, warehouse=warehouse, schema="raw", name="orders", loaded_at=at
    )

    (orders,) = tables.tables(cast.reader, warehouse.name, "RAW.ORD")

    assert orders.info.rows == 5000
    assert orders.info.columns == (("id", "BIGINT"), ("shop", "BIGINT"), ("note", "VARCHAR"))
    assert orders.loaded_at == at
    assert tables.tables(cast.reader, warehouse.id, "nothing like it") == []


def test_an_outsider_and_a_token_without_the_scope_see_no_table(cast: Cast, warehouse: Warehouse) -> None:
    with pytest.raises(NotFound):
        tables.tables(cast.outsider, warehouse.id)
    _, raw = issue_token(cast.admin, name="t", role=cast.admin.role, days=1, scopes=[Permission.VIEW_WAREHOUSES])
    narrow = principal_for_token(raw)
    assert narrow is not None
    with pytest.raises(NotAllowed):
        tables.tables(narrow, warehouse.id)


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "orders; drop table raw.orders",
        'orders" --',
        "x" * 5000,
        "ORDERS",
        "",
        "__ducklake_metadata_lake",
        "\0",
    ],
)
def test_a_table_that_is_not_there_is_not_found(reader: Principal, warehouse: Warehouse, name: str) -> None:
    with pytest.raises(TableNotFound) as refused:
        tables.table(reader, warehouse.id, TableName(schema="raw", name=name))
    assert len(refused.value.message) < 300


def test_the_first_rows_come_by_the_runner_and_are_told_from_what_people_wrote(
    reader: Principal, warehouse: Warehouse
) -> None:
    orders = tables.table(reader, warehouse.id, TableName(schema="raw", name="orders"))

    found = tables.rows(reader, warehouse.id, orders.info)

    assert (found.row_count, found.is_truncated) == (100, True)
    (line,) = history(reader.organisation_id)
    assert (line.purpose, line.sql) == (QueryPurpose.LOOKED, 'SELECT * FROM "raw"."orders"')
    assert history(reader.organisation_id, purpose=QueryPurpose.ASKED) == []


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("%", [1]), ("100%", [1]), ("\\", [1]), ("\\b", [1]), ("_", [3]), ("!", [10]), ("'", [2]), ("strasse", [10]),
        ("مبيعات", [3]), ("<SCRIPT>", [2]), ("=1+1", [10]), ("2024-05", [1]), ("1", [1, 2, 10]), ("' OR ''='", []),
        ("\\' OR 1=1 --", []), ("z" * 300, []),
    ],
)  # fmt: skip
def test_a_text_is_found_in_any_column_as_it_is_written(find: Found, text: str, ids: list[int]) -> None:
    assert find(text) == ids


def test_a_column_narrows_further_and_so_does_the_whole_value(find: Found) -> None:
    assert find("1", "id") == [1, 10]
    assert find("1", "id", is_whole=True) == [1]
    assert find("100% sure", "text %", is_whole=True) == [1]
    assert find("0.0", "number", is_whole=True) == [10]
    with pytest.raises(ColumnNotFound, match="no column 'nowhere'"):
        find("1", "nowhere")


def test_odd_names_are_quoted(reader: Principal, warehouse: Warehouse, make_table: MakeTable) -> None:
    name = 'we "quote"; drop table x'
    info = make_table(name, 'SELECT 1 AS "a""b", 2 AS "select"')

    assert tables.table(reader, warehouse.id, info.table).info.rows == 1
    assert list(tables.rows(reader, warehouse.id, info, Narrowing(text="2", column="select")).rows()) == [(1, 2)]


def test_a_text_in_more_columns_than_one_statement_holds_is_refused_in_words() -> None:
    columns = tuple((f"column_{number}", "VARCHAR") for number in range(3000))
    info = TableInfo(table=TableName(schema="raw", name="wide"), columns=columns)

    with pytest.raises(QueryTooComplex, match="3,000 columns") as refused:
        tables.statement(info, Narrowing(text="x"))
    assert refused.value.hint == "Choose the column to look in."
    assert duckdb.extract_statements(tables.statement(info, Narrowing(text="x", column="column_7")))


def test_another_kind_of_warehouse_reads_the_same_statements(cast: Cast) -> None:
    elsewhere = make_postgresql_warehouse(cast.organisation, cast.admin)
    plane = warehouses.data_plane(elsewhere, AccessLevel.WRITE)
    with plane.connect() as session:
        for statement in (
            'CREATE TABLE raw."odd ""one" (id integer, "text %" text, tags jsonb)',
            """INSERT INTO raw."odd ""one" VALUES (1, 'a\\b 100%', '{"x": 1}'), (2, 'Straße''s', NULL)""",
        ):
            list(RecordBatchReader.from_stream(session.query(statement)))
    info = tables.table(cast.reader, elsewhere.id, TableName(schema="raw", name='odd "one')).info

    def ids(narrowing: Narrowing) -> list[object]:
        return [row[0] for row in tables.rows(cast.reader, elsewhere.id, info, narrowing).rows()]

    assert ids(Narrowing()) == [1, 2]
    assert ids(Narrowing(text="\\B 100%")) == [1]
    assert ids(Narrowing(text="STRASSE")) == []
    assert ids(Narrowing(text="'", column="text %")) == [2]
    assert ids(Narrowing(text="2", column="id", is_whole=True)) == [2]
    assert ids(Narrowing(text='"x"')) == [1]
    assert ids(Narrowing(text="\\' OR 1=1 --")) == []
