"""Data flows in a browser: from the empty page to rows, refused and then allowed, wide and narrow."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, expect

from oneclick.outbound import services as outbound
from oneclick.pipelines import engine
from oneclick.pipelines.models import DataFlow, FlowRun, LoadedTable
from oneclick.warehouses.models import Warehouse
from tests.accounts.conftest import signed_in
from tests.browser import NARROW, WIDE, Look, assert_presentable, browser, follow, look
from tests.cast import Cast
from tests.pipelines.sources import PASSWORD, SourceDatabase, make_flow, update
from tests.pipelines.templates.airbyte.conftest import TOKEN, put
from tests.pipelines.templates.api_ingestion.conftest import orders, serve, stub
from tests.pipelines.templates.api_ingestion.stub import Stub

__all__ = ["browser", "look", "orders", "serve", "stub"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def origin(live_server: Any, settings: Any) -> str:
    settings.ONECLICK_ORIGIN = live_server.url
    return str(live_server)


def settled(page: Page) -> None:
    """Wait until htmx listens to what it has just put in: it takes 20 ms, and nobody chooses so quickly."""
    expect(page.locator(".htmx-swapping, .htmx-settling, .htmx-added, .htmx-request")).to_have_count(0)


def connect(page: Page, shop: SourceDatabase) -> None:
    """The form of the database, filled in."""
    # Another kind of database asks for other things, and back.
    page.get_by_label("Kind of database").select_option("SQLite")
    expect(page.get_by_label("File")).to_be_visible()
    settled(page)
    page.get_by_label("Kind of database").select_option("PostgreSQL")
    expect(page.get_by_label("Password")).to_be_visible()
    settled(page)
    for name, value in shop.config(shop.make_reader()).items():
        page.locator(f"#id_{name}").fill(value)
    page.get_by_label("Password").fill(PASSWORD)
    follow(page.get_by_role("button", name="Connect"))


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_refused_database_is_allowed_and_cloned(
    cast: Cast, warehouse: Warehouse, shop: SourceDatabase, look: Look, *, origin: str, settings: Any, width: int
) -> None:
    settings.ONECLICK_OUTBOUND_ALLOW = []
    page = look(f"{origin}/flows", width=width, client=signed_in(cast.member))
    assert_presentable(page, "flows-empty")
    follow(page.get_by_role("link", name="Bring in data"))
    assert_presentable(page, "flows-new")
    follow(page.get_by_role("link", name="Database").first)
    assert_presentable(page, "flows-connect")
    connect(page, shop)

    expect(page.get_by_text("Something is in the way")).to_be_visible()
    assert_presentable(page, "flows-refused")
    outbound.allow(shop.destination, actor="operator:test", sitting=outbound.From.COMMAND_LINE)
    page.wait_for_url("**/tables", timeout=30_000)
    expect(page.get_by_label("public.orders").first).to_be_checked()
    assert_presentable(page, "flows-tables")
    follow(page.get_by_role("button", name="Go on"))
    assert_presentable(page, "flows-schedule")
    follow(page.get_by_role("button", name="Start"))
    page.wait_for_url("**/updates/**")
    assert_presentable(page, "flows-waiting")

    engine.drive(FlowRun.objects.get().id)
    expect(page.get_by_text("2,500 rows came")).to_be_visible(timeout=10_000)
    assert_presentable(page, "flows-done")
    flow = DataFlow.objects.get()
    page.goto(f"{origin}/flows/{flow.id}")
    assert_presentable(page, "flows-overview")
    shop.execute("DROP TABLE orders")
    update(cast.member, flow)
    page.goto(f"{origin}/flows/{flow.id}")
    expect(page.get_by_text("isn't there any more").first).to_be_visible()
    assert_presentable(page, "flows-failed")
    page.goto(f"{origin}/flows/{flow.id}/updates")
    assert_presentable(page, "flows-updates")
    page.goto(f"{origin}/flows")
    assert_presentable(page, "flows-list")
    page.goto(f"{origin}/warehouses/{warehouse.id}/tables")
    expect(page.get_by_text("orders").first).to_be_visible()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_columns_of_a_table_are_chosen(
    cast: Cast, warehouse: Warehouse, shop: SourceDatabase, look: Look, *, origin: str, width: int
) -> None:
    flow = make_flow(cast.member, warehouse, shop, "customers")
    page = look(f"{origin}/flows", width=width, client=signed_in(cast.member))
    page.goto(f"{origin}/flows/{flow.id}/tables")
    page.get_by_text("delicate").click()
    page.get_by_label("Column email").select_option("unreadable")
    assert_presentable(page, "flows-columns")
    follow(page.get_by_role("button", name="Keep"))
    page.wait_for_url(f"**/flows/{flow.id}")
    flow.refresh_from_db()
    assert [(each["stream"], each["hashed"], each["left_out"]) for each in flow.streams] == [
        ("public.customers", ["email"], ["password_hash"])
    ]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_an_api_is_looked_at_and_brought_in(
    cast: Cast, warehouse: Warehouse, stub: Stub, look: Look, *, origin: str, width: int
) -> None:
    page = look(f"{origin}/flows", width=width, client=signed_in(cast.member))
    page.goto(f"{origin}/flows/new")
    follow(page.get_by_role("link", name="HTTP API"))
    page.get_by_label("Sign-in").select_option("bearer token")
    expect(page.get_by_label("Token", exact=True)).to_be_visible()
    settled(page)
    page.get_by_label("Sign-in").select_option("none")
    expect(page.get_by_label("Token", exact=True)).to_have_count(0)
    settled(page)
    page.locator("#id_pagination").select_option("page number")
    expect(page.get_by_label("First page")).to_be_visible()
    settled(page)
    page.get_by_label("URL", exact=True).fill(f"{stub.url}/orders")
    assert_presentable(page, "api-connect")
    follow(page.get_by_role("button", name="Connect"))
    follow(page.get_by_role("link", name="Choose tables"))
    expect(page.get_by_text("The first records, as they would come")).to_be_visible()
    assert_presentable(page, "api-tables")
    follow(page.get_by_role("button", name="Go on"))
    page.get_by_label("When somebody asks").check()
    follow(page.get_by_role("button", name="Start"))
    page.wait_for_url("**/updates/**")
    engine.drive(FlowRun.objects.get().id)
    expect(page.get_by_text("120 rows came")).to_be_visible(timeout=10_000)
    follow(page.get_by_role("link", name="See the tables"))
    expect(page.get_by_role("link", name="records", exact=True)).to_be_visible()


def test_a_connector_is_found_used_and_run(cast: Cast, warehouse: Warehouse, look: Look, *, origin: str) -> None:
    put(Path(django_settings.HOME))
    page = look(f"{origin}/flows/new", client=signed_in(cast.member))
    follow(page.get_by_role("link", name="Airbyte connector"))
    page.get_by_role("searchbox").fill("hardcoded")
    follow(page.get_by_role("button", name="Filter"))
    follow(page.get_by_role("link", name="Use Hardcoded"))
    assert_presentable(page, "connector-form")
    for field in page.locator("#connect input[required]").all():
        field.fill("5" if "count" in (field.get_attribute("name") or "") else TOKEN)
    follow(page.get_by_role("button", name="Connect"))
    leading = page.get_by_role("link", name="Choose tables")
    leading.wait_for(timeout=30_000)
    follow(leading)
    assert_presentable(page, "connector-tables")
    follow(page.get_by_role("button", name="Go on"))
    page.get_by_label("When somebody asks").check()
    follow(page.get_by_role("button", name="Start"))
    page.wait_for_url("**/updates/**")
    engine.drive(FlowRun.objects.get().id)
    expect(page.get_by_text("rows came")).to_be_visible(timeout=10_000)
    assert LoadedTable.objects.exclude(loaded_at=None).exists()
