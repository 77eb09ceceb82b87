"""Records of an API, from a real server at the wire into a real lake."""

import pytest

from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Principal
from oneclick.pipelines import queries, services
from oneclick.pipelines.contract.sources import Mode
from oneclick.pipelines.models import RunState, StreamState
from oneclick.queries.services import run as run_query
from oneclick.warehouses.contract.data_plane import Deletes
from oneclick.warehouses.models import Warehouse
from tests.lake import make_postgresql_warehouse
from tests.pipelines.conftest import Rows
from tests.pipelines.sources import update
from tests.pipelines.templates.api_ingestion.stub import SHOP, Reply, Shop, Stub, make_flow, record
from tests.pipelines.test_engine import full, with_fields

pytestmark = pytest.mark.django_db(transaction=True)

DELTA = with_fields(look_back=0)
APPEND = with_fields(mode=Mode.APPEND, look_back=0, key=(), cursor="updated_at", deletes=Deletes.KEEP)


def test_all_records_come_typed_with_their_lists_as_a_table(
    member: Principal, warehouse: Warehouse, stub: Stub, rows_in: Rows
) -> None:
    run = update(member, make_flow(member, warehouse, stub, choose=full, **SHOP))
    assert (run.state, run.rows, run.error_message) == (RunState.DONE, 120, "")
    kinds = dict(rows_in("(DESCRIBE raw.orders)", "column_name, column_type"))
    assert kinds == {
        "id": "BIGINT", "name": "VARCHAR", "total": "DOUBLE", "customer_id": "BIGINT", "customer_vip": "BOOLEAN",
        "tags": "VARCHAR[]", "updated_at": "TIMESTAMP WITH TIME ZONE",
    }  # fmt: skip
    assert rows_in("raw.orders", "count(*), count(DISTINCT id), sum(total)") == [(120, 120, 10890.0)]
    assert rows_in("(FROM raw.orders_lines WHERE _parent_id = 7)") == [(7, 0, "s7", 1), (7, 1, "t", 2)]
    assert rows_in("raw.orders_lines", "count(*)") == [(240,)]


def test_what_changed_is_merged_and_lists_follow(
    member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows
) -> None:
    flow = make_flow(member, warehouse, stub, choose=DELTA, **SHOP)
    assert update(member, flow).rows == 120
    orders.records[4] = record(5, total=-1, lines=[{"sku": "only", "count": 9}], updated_at="2024-01-02T00:00:00Z")
    orders.records[5] = record(6, lines=[], updated_at="2024-01-02T00:00:00Z")
    orders.records.append(record(121, note="new", updated_at="2024-01-02T00:00:01Z"))
    stub.requests.clear()
    second = update(member, flow)
    assert (second.state, second.rows, second.error_message) == (RunState.DONE, 4, "")  # the last of before, too
    assert set(stub.asked("since")) == {"2024-01-01T00:02:00Z"}
    assert rows_in("raw.orders", "count(*), count(DISTINCT id), min(total), count(note)") == [(121, 121, -1, 1)]
    assert rows_in("(FROM raw.orders_lines WHERE _parent_id IN (5, 6))") == [(5, 0, "only", 9)]
    assert rows_in("raw.orders_lines", "count(*)") == [(120 * 2 - 3 + 2,)]


def test_rows_are_added_once_though_the_api_gives_the_last_ones_again(
    member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows
) -> None:
    flow = make_flow(member, warehouse, stub, choose=APPEND, **(dict(SHOP) | {"primary_key": ""}))
    assert update(member, flow).rows == 120
    last = orders.records[-1]["updated_at"]
    orders.records.append(record(121, updated_at=last))
    orders.records.append(record(122))
    assert [update(member, flow).rows for _ in range(3)] == [2, 0, 0]
    orders.records.append(record(123, updated_at=orders.records[-1]["updated_at"]))
    assert update(member, flow).rows == 1
    assert rows_in("raw.orders", "count(*), count(DISTINCT id)") == [(123, 123)]
    assert rows_in("raw.orders_lines", "count(*), count(DISTINCT _parent_row_id)") == [(246, 123)]


def test_a_look_back_is_asked_for_in_the_apis_own_writing(member: Principal, warehouse: Warehouse, stub: Stub) -> None:
    flow = make_flow(member, warehouse, stub, choose=with_fields(look_back=60), **SHOP)
    update(member, flow)
    stub.requests.clear()
    assert update(member, flow).rows == 61
    assert set(stub.asked("since")) == {"2024-01-01T00:01:00Z"}


def test_a_moment_in_the_future_hides_nothing(
    member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows
) -> None:
    orders.records[0] = record(1, updated_at="2999-01-01T00:00:00Z")
    flow = make_flow(member, warehouse, stub, choose=DELTA, **SHOP)
    update(member, flow)
    orders.records[1] = record(2, total=7, updated_at="2024-06-01T00:00:00Z")
    update(member, flow)
    assert rows_in("(FROM raw.orders WHERE id = 2)", "total") == [(7,)]


def test_columns_are_left_out_or_made_unreadable(
    member: Principal, warehouse: Warehouse, stub: Stub, rows_in: Rows
) -> None:
    choose = with_fields(left_out=("tags", "lines"), hashed=("name",))
    assert update(member, make_flow(member, warehouse, stub, choose=choose, **SHOP)).state == RunState.DONE
    columns = {name for (name,) in rows_in("(DESCRIBE raw.orders)", "column_name")}
    assert columns == {"id", "name", "total", "customer_id", "customer_vip", "updated_at"}
    assert rows_in("raw.orders", "count(DISTINCT name), min(length(name)), max(length(name))") == [(120, 64, 64)]
    assert rows_in("duckdb_tables()", "count(*) FILTER (table_name = 'orders_lines')") == [(0,)]


def test_a_source_that_became_empty_replaces_nothing_unless_somebody_says_so(
    member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows
) -> None:
    flow = make_flow(member, warehouse, stub, choose=full, **SHOP)
    update(member, flow)
    orders.records.clear()
    refused = update(member, flow)
    assert (refused.state, refused.error_code) == (RunState.FAILED, "too_few_rows")
    assert rows_in("raw.orders", "count(*)") == [(120,)]
    assert update(member, flow, allow_fewer=True).state == RunState.DONE
    assert rows_in("raw.orders", "count(*)") == [(0,)]
    assert rows_in("raw.orders_lines", "count(*)") == [(0,)]


def test_an_api_that_has_nothing_yet_makes_no_table_and_then_one(
    member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows
) -> None:
    records, orders.records = orders.records, []
    flow = make_flow(member, warehouse, stub, choose=full, **SHOP)
    first = update(member, flow)
    assert (first.state, first.rows, first.error_message) == (RunState.DONE, 0, "")
    assert not StreamState.objects.exists()
    orders.records = records
    assert update(member, flow).rows == 120


def test_nothing_new_changes_nothing(member: Principal, warehouse: Warehouse, stub: Stub, rows_in: Rows) -> None:
    flow = make_flow(member, warehouse, stub, choose=DELTA, **SHOP)
    update(member, flow)
    stub.answer = lambda request: Reply(body={"data": []})
    second = update(member, flow)
    assert (second.state, second.rows, second.error_message) == (RunState.DONE, 0, "")
    assert rows_in("raw.orders", "count(*)") == [(120,)]
    assert rows_in("raw.orders_lines", "count(*)") == [(240,)]


def test_records_that_moved_between_pages_come_once(
    member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows
) -> None:
    flow = make_flow(member, warehouse, stub, choose=full, **SHOP)
    orders.records += [record(n, total=0.5) for n in range(1, 11)]
    assert update(member, flow).rows == 120
    assert rows_in("raw.orders", "count(*), count(DISTINCT id)") == [(120, 120)]


class TestDrift:
    def test_new_fields_are_followed(
        self, member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, stub, choose=DELTA, **SHOP)
        update(member, flow)
        orders.records.append(record(121, note="new", parts=[{"a": 1}], updated_at="2024-01-02T00:00:00Z"))
        run = update(member, flow)
        assert run.state == RunState.DONE, run.error_message
        assert queries.stream_runs(run)[0].changes == ["note was added (VARCHAR)"]
        assert rows_in("raw.orders_parts") == [(121, 0, 1)]

    def test_new_fields_are_left_away_where_the_columns_are_frozen(
        self, member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, on_drift="freeze", **SHOP)
        update(member, flow)
        orders.records[0] |= {"note": "new", "parts": [{"a": 1}]}
        assert update(member, flow).state == RunState.DONE
        assert rows_in("(SELECT count(*) FILTER (column_name = 'note') n FROM (DESCRIBE raw.orders))", "n") == [(0,)]
        assert rows_in("duckdb_tables()", "count(*) FILTER (table_name = 'orders_parts')") == [(0,)]
        assert rows_in("raw.orders_lines", "count(*)") == [(240,)]

    def test_somebody_is_asked_where_that_is_wanted(
        self, member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, on_drift="ask", **SHOP)
        update(member, flow)
        orders.records[0]["note"] = "new"
        asked = update(member, flow)
        assert (asked.state, asked.error_code) == (RunState.FAILED, "source_changed")
        assert "note is new" in asked.error_message
        services.accept_columns(member, flow.id)
        assert update(member, flow).state == RunState.DONE
        assert rows_in("(FROM raw.orders WHERE id = 1)", "note") == [("new",)]

    def test_a_type_that_no_longer_holds_what_comes_is_told_and_comes_afresh(
        self, member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, stub, choose=DELTA, **SHOP)
        update(member, flow)
        orders.records.append(record(121, total="much", updated_at="2024-01-02T00:00:00Z"))
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.FAILED, "source_changed")
        assert "total held numbers and now holds text" in run.error_message
        assert update(member, flow, afresh=True).state == RunState.DONE
        assert rows_in("(FROM raw.orders WHERE id = 121)", "total") == [("much",)]

    def test_a_field_that_becomes_null_is_emptied(
        self, member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows
    ) -> None:
        orders.records[0]["note"] = "there"
        flow = make_flow(member, warehouse, stub, choose=DELTA, **SHOP)
        update(member, flow)
        orders.records[0] |= {"note": None, "updated_at": "2024-01-02T00:00:00Z"}
        update(member, flow)
        assert rows_in("raw.orders", "count(note)") == [(0,)]

    def test_a_key_that_is_gone_is_told(
        self, member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop
    ) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, **SHOP)
        orders.records = [{"number": each["id"]} for each in orders.records]
        stub.answer = lambda request: Reply(body={"data": orders.records if request.query["page"] == "1" else []})
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.FAILED, "source_changed")
        assert "No record has the field id" in run.error_message


def test_a_warehouse_that_duckdb_cannot_write_to_gets_files(
    organisation: Organisation, admin: Principal, member: Principal, reader: Principal, stub: Stub
) -> None:
    elsewhere = make_postgresql_warehouse(organisation, admin)
    run = update(member, make_flow(member, elsewhere, stub, choose=full, **SHOP))
    assert (run.state, run.rows, run.error_message) == (RunState.DONE, 120, "")
    found = run_query(reader, elsewhere.id, "SELECT count(*) FROM raw.orders_lines")
    assert list(found.rows()) == [(240,)]
