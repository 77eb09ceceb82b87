import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from oneclick.accounts.roles import NotAllowed, Principal
from oneclick.audit.models import AuditEvent
from oneclick.core.clock import utcnow
from oneclick.queries import outputs
from oneclick.queries.errors import (
    BadQueryLimit,
    NotARead,
    QueryCancelled,
    QueryFailed,
    QueryNotFound,
    QueryTimedOut,
    TooManyQueries,
)
from oneclick.queries.history import history
from oneclick.queries.models import QueryHistory, QueryState
from oneclick.queries.services import cancel, run, start
from oneclick.warehouses.contract.errors import InvalidConfig, NotFound
from oneclick.warehouses.models import Warehouse, WarehouseState
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reader_gets_rows_with_names_and_types(reader: Principal, warehouse: Warehouse) -> None:
    result = run(reader, warehouse.id, "select id, note, id::decimal(9, 2) price from raw.orders order by id", limit=2)
    assert result.columns == ("id", "note", "price")
    assert result.types == ("BIGINT", "VARCHAR", "DECIMAL(9,2)")
    assert list(result.rows()) == [(0, "text 0", Decimal("0.00")), (1, "text 1", Decimal("1.00"))]
    assert list(result.rows()) == list(result.rows())
    assert (result.row_count, result.is_truncated) == (2, True)


def test_a_query_leaves_a_line_in_history_and_audit_log(reader: Principal, warehouse: Warehouse) -> None:
    run(reader, warehouse.name, "select 1")
    with pytest.raises(NotARead):
        run(reader, warehouse.id, "drop table raw.orders")
    newest, oldest = history(reader.organisation_id, warehouse_id=warehouse.id)
    assert (oldest.state, oldest.rows, oldest.asked_by) == (QueryState.DONE, 1, reader.label)
    assert oldest.elapsed_ms
    assert (newest.state, newest.error_code, newest.sql) == (QueryState.FAILED, "not_a_read", "drop table raw.orders")
    event = AuditEvent.objects.filter(action="query.run").latest("id")
    assert "drop" not in str(event.detail)


def test_an_outsider_finds_neither_warehouse_nor_history(
    outsider: Principal, reader: Principal, warehouse: Warehouse
) -> None:
    run(reader, warehouse.id, "select 1")
    for reference in (warehouse.id, warehouse.name):
        with pytest.raises(NotFound):
            run(outsider, reference, "select 1")
    assert history(outsider.organisation_id) == []


def test_nobody_without_the_permission_may_ask(
    reader: Principal, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oneclick.accounts import roles

    monkeypatch.setitem(roles.GRANTS, roles.Role.READER, frozenset())
    with pytest.raises(NotAllowed):
        run(reader, warehouse.id, "select 1")


def test_a_warehouse_that_is_not_ready_is_told_from_one_that_fails(reader: Principal, warehouse: Warehouse) -> None:
    Warehouse.objects.filter(id=warehouse.id).update(state=WarehouseState.CREATING)
    with pytest.raises(InvalidConfig, match="isn't ready"):
        run(reader, warehouse.id, "select 1")


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": -1}, {"timeout_s": 0}, {"timeout_s": 1e9}])
def test_it_refuses_limits_that_cannot_be(reader: Principal, warehouse: Warehouse, wrong: dict[str, int]) -> None:
    with pytest.raises(BadQueryLimit):
        run(reader, warehouse.id, "select 1", **wrong)  # type: ignore[arg-type] # one of them at a time
    assert not QueryHistory.objects.exists()


def test_a_time_out_is_noted(reader: Principal, warehouse: Warehouse) -> None:
    with pytest.raises(QueryTimedOut):
        run(reader, warehouse.id, "select count(*) from range(1000000000) a, range(1000000000) b", timeout_s=1.5)
    assert history(reader.organisation_id)[0].error_code == "query_timeout"


def test_leaving_in_the_middle_counts_as_stopped(reader: Principal, warehouse: Warehouse) -> None:
    with start(reader, warehouse.id, "select range from range(100000000)", limit=None) as query:
        next(iter(query))
    assert history(reader.organisation_id)[0].state == QueryState.CANCELLED


def test_an_error_in_the_middle_reaches_whoever_writes_the_rows(reader: Principal, warehouse: Warehouse) -> None:
    sql = "select (case when range = 150000 then 'x' else '1' end)::int from range(200000)"
    with pytest.raises(QueryFailed, match="Conversion"), start(reader, warehouse.id, sql, limit=None) as query:
        list(outputs.csv_lines(query))
    assert history(reader.organisation_id)[0].error_code == "query_failed"


def test_a_query_whose_process_was_killed_is_noted_as_lost(reader: Principal, warehouse: Warehouse) -> None:
    run(reader, warehouse.id, "select 1")
    QueryHistory.objects.update(state=QueryState.RUNNING, must_end_by=utcnow() - dt.timedelta(seconds=1))
    run(reader, warehouse.id, "select 2")
    assert [line.state for line in history(reader.organisation_id)] == [QueryState.DONE, QueryState.LOST]


def test_a_query_is_stopped_from_elsewhere(cast: Cast, warehouse: Warehouse) -> None:
    def stop_it() -> None:
        running = QueryHistory.objects.get(state=QueryState.RUNNING)
        with pytest.raises(QueryNotFound):
            cancel(cast.outsider, running.id)
        with pytest.raises(NotAllowed):
            cancel(cast.member, running.id)
        cancel(cast.admin, running.id)
        connection.close()

    timer = threading.Timer(1.5, stop_it)
    timer.start()
    with pytest.raises(QueryCancelled):
        run(cast.reader, warehouse.id, "select count(*) from range(1000000000) a, range(1000000000) b", timeout_s=20)
    timer.join()
    assert QueryHistory.objects.get().state == QueryState.CANCELLED
    assert AuditEvent.objects.filter(action="query.cancelled", actor=cast.admin.label).exists()
    cancel(cast.reader, QueryHistory.objects.get().id)


@pytest.fixture
def one_at_a_time(settings: Any) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, queries_per_organisation=1)


def test_an_organisation_runs_only_so_many_at_once(
    reader: Principal, warehouse: Warehouse, one_at_a_time: None
) -> None:
    with start(reader, warehouse.id, "select 1"), pytest.raises(TooManyQueries):
        run(reader, warehouse.id, "select 2")
    assert run(reader, warehouse.id, "select 3").row_count == 1


def test_no_more_start_when_many_ask_at_the_same_moment(
    reader: Principal, warehouse: Warehouse, one_at_a_time: None
) -> None:
    together = threading.Barrier(8)

    def ask(_: int) -> bool:
        together.wait()
        try:
            with start(reader, warehouse.id, "select count(*) from range(300000000) a, range(9) b"):
                time.sleep(3)
        except TooManyQueries:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(ask, range(8))) == 1


def test_a_running_query_keeps_no_connection_to_our_database(reader: Principal, warehouse: Warehouse) -> None:
    with start(reader, warehouse.id, "select range from range(100000000)", limit=None) as query:
        next(iter(query))
        assert connection.connection is None
