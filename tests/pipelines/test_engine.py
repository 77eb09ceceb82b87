"""An update of a data flow, from a real PostgreSQL server into a real lake."""

import dataclasses
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections

from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Principal
from oneclick.pipelines import engine, queries, services, sweeper
from oneclick.pipelines.contract.errors import FlowBusy, TableTaken
from oneclick.pipelines.contract.sources import Mode, Wanted
from oneclick.pipelines.models import DataFlow, FlowRun, LoadedTable, RunState, StreamRun, StreamState
from oneclick.pipelines.templates.file_import.services import load_file
from oneclick.provisioning import services as provisioning
from oneclick.queries.services import run as run_query
from oneclick.warehouses.contract.data_plane import Deletes
from oneclick.warehouses.models import Warehouse
from tests.lake import make_postgresql_warehouse
from tests.pipelines.conftest import Rows
from tests.pipelines.sources import Choose, SourceDatabase, drive, make_flow, update

pytestmark = pytest.mark.django_db(transaction=True)


def with_fields(**fields: Any) -> Choose:
    def choose(each: Wanted) -> Wanted:
        return dataclasses.replace(each, **fields)

    return choose


exact = with_fields(look_back=0)
full = with_fields(mode=Mode.FULL, key=(), cursor="", look_back=0, deletes=Deletes.KEEP)


class TestModes:
    def test_all_rows_come_and_then_what_changed(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, shop, "customers", "orders", choose=exact)
        first = update(member, flow)
        assert (first.state, first.rows, first.error_message) == (RunState.DONE, 2500, "")
        assert rows_in("raw.orders", "count(*), sum(total)") == [(2000, 3001500)]

        shop.execute("UPDATE orders SET total = 0, updated_at = now() WHERE id <= 10")
        shop.execute("DELETE FROM orders WHERE id BETWEEN 1000 AND 1009")
        shop.execute("INSERT INTO customers VALUES (501, 'new@example.com', 'x', 'calm', NULL, now())")
        second = update(member, flow)
        assert (second.state, second.error_message) == (RunState.DONE, "")
        assert rows_in("raw.orders", "count(*), count(_deleted_at), count(*) FILTER (total = 0)") == [(2000, 10, 10)]
        assert rows_in("raw.customers", "count(*)") == [(501,)]
        # The newest rows of before come again, as others may have the same moment.
        assert second.rows == 10 + 1 + 1 + 1
        assert {each.stream: each.deleted for each in queries.stream_runs(second)} == {
            "public.customers": 0, "public.orders": 10,
        }  # fmt: skip

    def test_rows_that_are_gone_are_removed_where_that_is_wanted(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, shop, "orders", choose=with_fields(deletes=Deletes.REMOVE))
        update(member, flow)
        shop.execute("DELETE FROM orders WHERE id <= 10")
        update(member, flow)
        assert rows_in("raw.orders", "count(*), min(id)") == [(1990, 11)]

    def test_rows_are_added_once(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        shop.execute(
            "CREATE TABLE events (id bigint, name text); INSERT INTO events SELECT n, 'a' FROM generate_series(1, 50) n"
        )
        appended = with_fields(mode=Mode.APPEND, cursor="id", look_back=0, key=(), deletes=Deletes.KEEP)
        flow = make_flow(member, warehouse, shop, "events", choose=appended)
        update(member, flow)
        shop.execute("INSERT INTO events SELECT n, 'b' FROM generate_series(51, 60) n")
        again = [update(member, flow).rows for _ in range(2)]
        assert again == [10, 0]
        assert rows_in("raw.events", "count(*), count(DISTINCT id)") == [(60, 60)]

    def test_rows_without_a_cursor_are_not_lost(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        shop.execute("ALTER TABLE orders ALTER updated_at DROP NOT NULL")
        flow = make_flow(member, warehouse, shop, "orders", choose=exact)
        update(member, flow)
        shop.execute("INSERT INTO orders VALUES (3000, 1, 1, NULL, NULL); UPDATE orders SET total = 9 WHERE id = 3000")
        update(member, flow)
        assert rows_in("(FROM raw.orders WHERE id = 3000)", "total") == [(9,)]

    def test_a_moment_in_the_future_hides_nothing(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        shop.execute("UPDATE orders SET updated_at = '2999-01-01' WHERE id = 1")
        flow = make_flow(member, warehouse, shop, "orders", choose=exact)
        update(member, flow)
        shop.execute("UPDATE orders SET total = 7, updated_at = now() WHERE id = 2")
        update(member, flow)
        assert rows_in("(FROM raw.orders WHERE id = 2)", "total") == [(7,)]

    def test_columns_are_left_out_or_made_unreadable(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, shop, "customers", choose=with_fields(hashed=("email",)))
        update(member, flow)
        ((columns,),) = rows_in("(SELECT list(column_name ORDER BY column_name) c FROM (DESCRIBE raw.customers))", "c")
        assert columns == ["email", "id", "joined", "mood", "updated_at"]
        ((email,),) = rows_in("(FROM raw.customers WHERE id = 1)", "email")
        assert len(email) == 64
        assert rows_in("raw.customers", "count(DISTINCT email)") == [(500,)]

    def test_a_warehouse_that_duckdb_cannot_write_to_gets_files(
        self, organisation: Organisation, admin: Principal, member: Principal, reader: Principal, shop: SourceDatabase
    ) -> None:
        elsewhere = make_postgresql_warehouse(organisation, admin)
        flow = make_flow(member, elsewhere, shop, "orders", choose=with_fields(deletes=Deletes.KEEP, look_back=0))
        update(member, flow)
        shop.execute("UPDATE orders SET total = 0, updated_at = now() WHERE id <= 10")
        again = update(member, flow)
        assert (again.state, again.rows, again.error_message) == (RunState.DONE, 11, "")
        found = run_query(reader, elsewhere.id, "SELECT count(*), count(*) FILTER (WHERE total = 0) FROM raw.orders")
        assert list(found.rows()) == [(2000, 10)]


class TestGuards:
    def test_an_empty_source_replaces_nothing_unless_somebody_says_so(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, shop, "orders", choose=full)
        update(member, flow)
        shop.execute("DELETE FROM orders WHERE id > 500")
        refused = update(member, flow)
        assert (refused.state, refused.error_code) == (RunState.FAILED, "too_few_rows")
        assert rows_in("raw.orders", "count(*)") == [(2000,)]
        allowed = update(member, flow, allow_fewer=True)
        assert (allowed.state, allowed.rows) == (RunState.DONE, 500)
        assert rows_in("raw.orders", "count(*)") == [(500,)]

    def test_many_deletes_at_once_are_refused(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, shop, "orders")
        update(member, flow)
        shop.execute("TRUNCATE orders")
        refused = update(member, flow)
        assert (refused.state, refused.error_code) == (RunState.FAILED, "too_few_rows")
        assert rows_in("raw.orders", "count(*)") == [(2000,)]

    def test_two_data_flows_never_load_one_table(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase
    ) -> None:
        first = make_flow(member, warehouse, shop, "orders", choose=full)
        second = make_flow(member, warehouse, shop, "orders", choose=full)
        update(member, first)
        assert update(member, second).error_code == "table_taken"
        with pytest.raises(TableTaken):
            make_flow(member, warehouse, shop, "orders", choose=full)
        services.remove(member, first.id)
        assert update(member, second).state == RunState.DONE

    def test_a_table_from_a_file_is_not_replaced(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, write: Callable[[str, str], Path]
    ) -> None:
        load_file(member, warehouse.id, write("orders.csv", "a\n1\n"))
        with pytest.raises(TableTaken):
            make_flow(member, warehouse, shop, "orders")

    def test_one_update_at_a_time(self, member: Principal, warehouse: Warehouse, shop: SourceDatabase) -> None:
        flow = make_flow(member, warehouse, shop, "orders")
        run = services.run_now(member, flow.id)
        with pytest.raises(FlowBusy):
            services.run_now(member, flow.id)
        assert drive(member, run).state == RunState.DONE
        assert update(member, flow).state == RunState.DONE

    def test_who_may_no_longer_bring_in_data_starts_nothing(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase
    ) -> None:
        flow = make_flow(member, warehouse, shop, "orders")
        run = services.run_now(member, flow.id)
        from oneclick.accounts.models import Membership

        Membership.objects.filter(user_id=member.id).delete()
        engine.drive(run.id)
        run.refresh_from_db()
        assert (run.state, run.error_code) == (RunState.FAILED, "not_allowed")

    def test_a_deleted_warehouse_gets_nothing(
        self, admin: Principal, member: Principal, warehouse: Warehouse, shop: SourceDatabase
    ) -> None:
        flow = make_flow(member, warehouse, shop, "orders")
        run = services.run_now(member, flow.id)
        provisioning.request_destroy(admin, warehouse.id, confirm=warehouse.name)
        assert drive(member, run).error_code == "warehouse_being_deleted"


class TestDrift:
    def test_new_columns_are_followed(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, shop, "orders")
        update(member, flow)
        shop.execute("ALTER TABLE orders ADD note text; UPDATE orders SET note = 'x', updated_at = now() WHERE id = 1")
        shop.execute("ALTER TABLE orders DROP customer_id")
        run = update(member, flow)
        assert run.state == RunState.DONE, run.error_message
        assert rows_in("(FROM raw.orders WHERE id = 1)", "note") == [("x",)]
        assert queries.stream_runs(run)[0].changes == ["note was added (VARCHAR)"]

    def test_new_columns_are_left_away_where_the_columns_are_frozen(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, shop, "orders", on_drift="freeze")
        update(member, flow)
        shop.execute("ALTER TABLE orders ADD note text; UPDATE orders SET updated_at = now() WHERE id = 1")
        assert update(member, flow).state == RunState.DONE
        assert rows_in("(SELECT count(*) FILTER (column_name = 'note') n FROM (DESCRIBE raw.orders))", "n") == [(0,)]

    def test_somebody_is_asked_where_that_is_wanted(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, shop, "orders", on_drift="ask")
        update(member, flow)
        shop.execute("ALTER TABLE orders ADD note text; UPDATE orders SET note = 'x', updated_at = now() WHERE id = 1")
        asked = update(member, flow)
        assert (asked.state, asked.error_code) == (RunState.FAILED, "source_changed")
        assert "note is new" in asked.error_message
        services.accept_columns(member, flow.id)
        assert update(member, flow).state == RunState.DONE
        assert rows_in("(FROM raw.orders WHERE id = 1)", "note") == [("x",)]

    @pytest.mark.parametrize(
        "change", ["DROP TABLE orders", "ALTER TABLE orders RENAME TO purchases", "ALTER TABLE orders DROP updated_at"]
    )
    def test_what_is_gone_is_told(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows, change: str
    ) -> None:
        flow = make_flow(member, warehouse, shop, "orders")
        update(member, flow)
        shop.execute(change)
        run = update(member, flow)
        assert (run.state, run.error_code, bool(run.error_hint)) == (RunState.FAILED, "source_changed", True)
        assert rows_in("raw.orders", "count(*)") == [(2000,)]

    def test_a_type_that_does_not_fit_is_told(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, shop, "orders")
        update(member, flow)
        shop.execute(
            "ALTER TABLE orders ALTER total TYPE text;UPDATE orders SET total = 'much', updated_at = now() WHERE id = 1"
        )
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.FAILED, "invalid_config")
        assert "total" in run.error_message
        assert update(member, flow, afresh=True).state == RunState.DONE
        assert rows_in("(FROM raw.orders WHERE id = 1)", "total") == [("much",)]


class TestFaults:
    def test_a_server_that_is_away_is_tried_again(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, shop, "orders")
        shop.server.postgres.stop()
        try:
            run = update(member, flow)
            assert (run.state, run.error_code) == (RunState.WAITING, "source_unavailable")
        finally:
            shop.server.postgres.start()
        FlowRun.objects.update(wake_at=None)
        assert drive(member, run).state == RunState.DONE
        assert rows_in("raw.orders", "count(*)") == [(2000,)]

    def test_a_server_that_restarts_while_rows_are_read_loses_and_doubles_none(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        shop.execute("INSERT INTO orders SELECT n, 1, 1, '{}', now() FROM generate_series(2001, 400000) n; ANALYZE")
        flow = make_flow(member, warehouse, shop, "orders", choose=full)
        run = services.run_now(member, flow.id)
        bounce = threading.Thread(target=lambda: [at_phase(run, "load"), shop.execute(END_OTHERS)])
        bounce.start()
        engine.drive(run.id)
        bounce.join()
        run.refresh_from_db()
        if run.state == RunState.WAITING:
            assert run.error_code == "source_unavailable", run.error_message
            FlowRun.objects.update(wake_at=None)
            run = drive(member, run)
        assert run.state == RunState.DONE, run.error_message
        assert rows_in("raw.orders", "count(*), count(DISTINCT id)") == [(400_000, 400_000)]

    def test_a_run_is_stopped(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
    ) -> None:
        shop.execute("INSERT INTO orders SELECT n, 1, 1, '{}', now() FROM generate_series(2001, 600000) n; ANALYZE")
        flow = make_flow(member, warehouse, shop, "orders", choose=full)
        run = services.run_now(member, flow.id)
        stopper = threading.Thread(
            target=lambda: [at_phase(run, "load"), services.stop(member, run.id), connections.close_all()]
        )
        stopper.start()
        engine.drive(run.id)
        stopper.join()
        run.refresh_from_db()
        assert (run.state, run.error_code) == (RunState.STOPPED, "run_stopped")
        assert not LoadedTable.objects.filter(loaded_at__isnull=False).exists()
        assert update(member, flow).rows == 600_000

    def test_a_worker_that_comes_back_late_writes_nothing(
        self,
        member: Principal,
        warehouse: Warehouse,
        shop: SourceDatabase,
        rows_in: Rows,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        flow = make_flow(member, warehouse, shop, "orders", choose=full)
        run = services.run_now(member, flow.id)
        parcels = engine._parcels

        def late(*args: Any) -> Any:
            """Somebody else takes over, and is done, while this worker sleeps."""
            monkeypatch.setattr(engine, "_parcels", parcels)
            DataFlow.objects.update(lease_holder="", lease_until=None)
            engine.drive(run.id)
            shop.execute("UPDATE orders SET total = -1")
            yield from parcels(*args)

        monkeypatch.setattr(engine, "_parcels", late)
        engine.drive(run.id)
        run.refresh_from_db()
        assert run.state == RunState.DONE
        assert rows_in("raw.orders", "count(*), min(total)") == [(2000, 1.5)]

    def test_a_forgotten_update_is_woken(self, member: Principal, warehouse: Warehouse, shop: SourceDatabase) -> None:
        flow = make_flow(member, warehouse, shop, "orders")
        run = services.run_now(member, flow.id)
        assert sweeper.sweep() == 0
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
        assert sweeper.sweep() == 1
        assert drive(member, run).state == RunState.DONE

    def test_a_folder_that_was_left_behind_is_removed(
        self, member: Principal, warehouse: Warehouse, shop: SourceDatabase
    ) -> None:
        run = update(member, make_flow(member, warehouse, shop, "orders"))
        sweeper.remove_folders()
        folder = Path(django_settings.HOME) / "runs" / str(run.id)
        assert not folder.exists()
        folder.mkdir(parents=True)
        assert sweeper.remove_folders() == 1
        assert not folder.exists()


def test_a_data_flow_that_is_removed_leaves_its_table_and_no_secret(
    member: Principal, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
) -> None:
    from oneclick.secret_store.models import Secret

    before = Secret.objects.count()
    flow = make_flow(member, warehouse, shop, "orders")
    update(member, flow)
    assert Secret.objects.count() == before + 2
    services.remove(member, flow.id)
    assert Secret.objects.count() == before
    assert not FlowRun.objects.exists()
    assert not StreamRun.objects.exists()
    assert not StreamState.objects.exists()
    assert rows_in("raw.orders", "count(*)") == [(2000,)]


END_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'app'"


def at_phase(run: FlowRun, phase: str) -> None:
    """Wait until the update has come to a phase, and to reading rows."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = FlowRun.objects.get(id=run.id)
        if found.phase == phase:
            time.sleep(0.1)
            break
        time.sleep(0.005)
    connections.close_all()
