"""The pages of data flows, over HTTP and a real source."""

from typing import Any

import pytest
from django.test import Client

from oneclick.pipelines import engine, queries, services
from oneclick.pipelines.models import DataFlow, FlowRun, RunState
from oneclick.provisioning import services as provisioning
from oneclick.warehouses.models import Warehouse
from tests.accounts.conftest import signed_in
from tests.cast import Cast
from tests.pipelines.conftest import Rows
from tests.pipelines.sources import PASSWORD, SourceDatabase, make_flow, update

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def member_page(cast: Cast) -> Client:
    return signed_in(cast.member)


def post(client: Client, path: str, form: dict[str, Any], status: int = 302) -> Any:
    answer = client.post(path, form)
    assert answer.status_code == status, answer.content.decode()
    return answer


def test_from_nothing_to_rows(
    cast: Cast, member_page: Client, warehouse: Warehouse, shop: SourceDatabase, rows_in: Rows
) -> None:
    assert "Nothing flows in yet" in member_page.get("/flows").content.decode()
    assert "/flows/new/database_clone" in member_page.get("/flows/new").content.decode()
    form = {**shop.config(shop.make_reader()), "password": PASSWORD, "tls": "prefer", "engine": "PostgreSQL"}
    where = post(member_page, "/flows/new/database_clone", form)["Location"]
    flow = DataFlow.objects.get()
    assert where == f"/flows/{flow.id}/check"
    assert "All is well" in member_page.get(f"{where}?now=1").content.decode()

    page = member_page.get(f"/flows/{flow.id}/tables").content.decode()
    assert "public.orders" in page
    assert "1 delicate" in page or "2 delicate" in page
    typed = {
        "stream": ["public.customers", "public.orders"], "schema": "shop", "mode:public.orders": "full",
        "table:public.orders": "sales", "column:public.customers:email": "unreadable",
        "column:public.customers:password_hash": "leave out", "mode:public.customers": "delta",
    }  # fmt: skip
    where = post(member_page, f"/flows/{flow.id}/tables", typed)["Location"]
    assert where == f"/flows/{flow.id}/schedule"
    assert "The first rows come at once" in member_page.get(where).content.decode()
    typed = {"name": "Our shop", "kind": "every", "every": "30", "time_zone": "UTC", "on_drift": "follow"}
    where = post(member_page, where, typed)["Location"]
    run = FlowRun.objects.get()
    assert "Waiting to start" in member_page.get(where).content.decode()

    engine.drive(run.id)
    page = member_page.get(where).content.decode()
    assert "2,500 rows came" in page
    assert "hx-trigger" not in page.partition('id="update"')[2][:200]
    assert rows_in("shop.sales", "count(*)") == [(2000,)]
    assert rows_in("shop.customers", "count(*), min(length(email))") == [(500, 64)]
    page = member_page.get(f"/flows/{flow.id}").content.decode()
    assert "every 30 minutes" in page
    assert PASSWORD not in page
    assert "Our shop" in member_page.get("/overview").content.decode()


def test_a_refused_address_goes_on_once_it_is_allowed(
    member_page: Client, warehouse: Warehouse, shop: SourceDatabase, settings: Any
) -> None:
    allowed, settings.ONECLICK_OUTBOUND_ALLOW = settings.ONECLICK_OUTBOUND_ALLOW, []
    form = {**shop.config(shop.make_reader()), "password": PASSWORD, "tls": "prefer", "engine": "PostgreSQL"}
    where = post(member_page, "/flows/new/database_clone", form)["Location"]
    page = member_page.get(f"{where}?now=1").content.decode()
    assert f"oneclick outbound allow {shop.destination}" in page
    assert "every 5s" in page
    settings.ONECLICK_OUTBOUND_ALLOW = allowed
    answer = member_page.get(f"{where}?now=1&again=1", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == where.replace("check", "tables")


def test_what_is_wrong_stays_on_the_page(
    member_page: Client, warehouse: Warehouse, shop: SourceDatabase, cast: Cast
) -> None:
    page = post(member_page, "/flows/new/database_clone", {"host": "db.example"}, 422).content.decode()
    assert "This field is required" in page
    assert "db.example" in page
    flow = make_flow(cast.member, warehouse, shop, "orders")
    page = post(member_page, f"/flows/{flow.id}/tables", {"schema": "raw"}, 422).content.decode()
    assert "No table was chosen" in page
    typed = {"name": flow.name, "kind": "cron", "cron": "61 * * * *", "time_zone": "UTC", "on_drift": "follow"}
    assert "isn&#x27;t a schedule" in post(member_page, f"/flows/{flow.id}/schedule", typed, 422).content.decode()


def test_a_secret_is_typed_again_only_to_change_it(
    member_page: Client, warehouse: Warehouse, shop: SourceDatabase, cast: Cast
) -> None:
    flow = make_flow(cast.member, warehouse, shop, "orders")
    page = member_page.get(f"/flows/{flow.id}/connection").content.decode()
    assert "It is kept" in page
    assert PASSWORD not in page
    post(member_page, f"/flows/{flow.id}/connection", {**flow.config, "tls": "prefer", "engine": "PostgreSQL"})
    assert services.discover(cast.member, flow.id)


def test_a_shrunken_source_asks_and_goes_on(
    member_page: Client, warehouse: Warehouse, shop: SourceDatabase, cast: Cast, rows_in: Rows
) -> None:
    flow = make_flow(cast.member, warehouse, shop, "orders")
    update(cast.member, flow)
    shop.execute("DELETE FROM orders WHERE id > 100")
    update(cast.member, flow)
    page = member_page.get(f"/flows/{flow.id}").content.decode()
    assert "It is right: bring fewer rows" in page
    assert f"{flow.name} brings nothing new" in member_page.get("/overview").content.decode()
    where = post(member_page, f"/flows/{flow.id}/run", {"allow_fewer": "yes"})["Location"]
    engine.drive(FlowRun.objects.order_by("-id")[0].id)
    assert "1,900 rows are gone" in member_page.get(where).content.decode()
    assert rows_in("raw.orders", "count(*) FILTER (_deleted_at IS NULL)") == [(100,)]


def test_pausing_resuming_stopping_and_forgetting(
    member_page: Client, warehouse: Warehouse, shop: SourceDatabase, cast: Cast
) -> None:
    flow = make_flow(cast.member, warehouse, shop, "orders")
    services.schedule(cast.member, flow.id, kind="every", every_minutes=5)
    post(member_page, f"/flows/{flow.id}/pause", {})
    assert queries.flow(cast.member.organisation_id, flow.id).next_due_at is None
    post(member_page, f"/flows/{flow.id}/resume", {})
    assert queries.flow(cast.member.organisation_id, flow.id).next_due_at is not None
    where = post(member_page, f"/flows/{flow.id}/run", {})["Location"]
    post(member_page, f"{where}/stop", {})
    engine.drive(FlowRun.objects.get().id)
    assert FlowRun.objects.get().state == RunState.STOPPED
    assert "It was stopped" in member_page.get(where).content.decode()
    post(member_page, f"/flows/{flow.id}/remove", {"confirmed_name": flow.name})
    assert not DataFlow.objects.exists()


def test_a_deleted_warehouse_takes_its_data_flows_along(cast: Cast, warehouse: Warehouse, shop: SourceDatabase) -> None:
    flow = make_flow(cast.member, warehouse, shop, "orders")
    job = provisioning.request_destroy(cast.admin, warehouse.id, confirm=warehouse.name)
    from oneclick.provisioning import engine as provisioning_engine

    while job.state not in ("success", "failed"):
        provisioning_engine.drive(job.id)
        job.refresh_from_db()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT args ->> 'warehouse_id' FROM procrastinate_jobs WHERE task_name = %s", [services.FORGET])
        assert (str(warehouse.id),) in cursor.fetchall()
    services.forget_of_warehouse(warehouse.id)
    assert not DataFlow.objects.filter(id=flow.id).exists()


def test_a_reader_sees_and_changes_nothing(cast: Cast, warehouse: Warehouse, shop: SourceDatabase) -> None:
    flow = make_flow(cast.member, warehouse, shop, "orders")
    page = signed_in(cast.reader).get(f"/flows/{flow.id}").content.decode()
    assert "Update now" not in page
    assert "/connection" not in page
