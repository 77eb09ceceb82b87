"""Tables and queries, as people see them."""

import re
import threading
import time
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from playwright.sync_api import expect

from oneclick.audit.models import AuditEvent
from oneclick.core.ids import new_id
from oneclick.queries import services
from oneclick.queries.models import QueryHistory, QueryState
from oneclick.warehouses.contract.data_plane import TableInfo
from oneclick.warehouses.models import Warehouse, WarehouseState
from tests.accounts.conftest import signed_in
from tests.browser import Look, assert_presentable, browser, look
from tests.cast import Cast
from tests.queries.conftest import MakeTable
from tests.queries.test_excel import cells, sheet_in

__all__ = ["browser", "look"]
pytestmark = pytest.mark.django_db(transaction=True)

LONG = "select count(*) from range(1000000000) a, range(1000000000) b"
ODD = """
SELECT i AS id, ['<script>alert(1)</script>', 'مبيعات المتجر', '=1+1', NULL][1 + i % 4] AS note,
    i * 1234.5 AS amount, DATE '2024-01-01' + i::INTEGER AS day, repeat('long ', 100) AS text, '' AS empty_text
FROM range({rows}) r(i)
"""


@pytest.fixture
def reader(cast: Cast) -> Client:
    return signed_in(cast.reader)


@pytest.fixture
def odd(warehouse: Warehouse, make_table: MakeTable) -> TableInfo:
    return make_table("odd", ODD.format(rows=250))


def table_path(warehouse: Warehouse, name: str = "orders", **more: str) -> str:
    return f"/warehouses/{warehouse.id}/table?{urlencode({'schema': 'raw', 'name': name, **more})}"


def text_of(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content
    return words_of(answer)


def words_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


# -- the tables of a warehouse ---------------------------------------------------------------------------------------


def test_the_tables_are_a_part_of_the_warehouse_for_every_role(cast: Cast, warehouse: Warehouse) -> None:
    for principal in (cast.admin, cast.member, cast.reader):
        page = text_of(signed_in(principal), f"/warehouses/{warehouse.id}/tables")
        assert re.search(r'aria-current="page"\s*>Tables', page)
        assert "orders" in page
        assert "5,000" in page
        assert "not by us" in page
    assert signed_in(cast.outsider).get(f"/warehouses/{warehouse.id}/tables").status_code == 404
    assert signed_in(cast.outsider).get(table_path(warehouse)).status_code == 404


def test_the_list_is_narrowed_by_name(reader: Client, warehouse: Warehouse) -> None:
    path = f"/warehouses/{warehouse.id}/tables"

    assert "1 table with “ORD” in their name" in text_of(reader, f"{path}?q=ORD")
    nothing = text_of(reader, f"{path}?q=<script>alert(1)</script>")
    assert "No table with that name" in nothing
    assert "<script>alert" not in nothing
    assert text_of(reader, f"{path}?{urlencode({'q': 'ش' * 5000})}")


def test_a_warehouse_without_tables_says_how_to_fill_it(cast: Cast, empty_lake: Warehouse) -> None:
    path = f"/warehouses/{empty_lake.id}/tables"

    assert path.replace("/tables", "/load") in text_of(signed_in(cast.member), path)
    page = text_of(signed_in(cast.reader), path)
    assert "No table yet" in page
    assert "A member or an admin of your organisation can bring one in." in page


def test_many_tables_come_in_pages(
    reader: Client, warehouse: Warehouse, make_table: MakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_table("a table", "SELECT 1 AS id")
    monkeypatch.setattr("oneclick.queries.views_tables.PER_PAGE", 1)
    path = f"/warehouses/{warehouse.id}/tables"

    first = text_of(reader, path)
    more = re.search(r'href="(\?[^"]+after=[^"]+)"', first)

    assert more is not None
    assert "orders" not in first
    second = text_of(reader, path + unescape(more[1]))
    assert "orders" in second
    assert "after=" not in second


@pytest.mark.parametrize("state", [WarehouseState.CREATING, WarehouseState.FAILED, WarehouseState.DELETED])
def test_what_is_not_ready_says_so(reader: Client, warehouse: Warehouse, state: WarehouseState) -> None:
    Warehouse.objects.filter(id=warehouse.id).update(state=state)

    page = text_of(reader, f"/warehouses/{warehouse.id}/tables")
    assert ("It is deleted" if state == WarehouseState.DELETED else "It isn't ready yet") in unescape(page)
    assert reader.get(table_path(warehouse))["Location"] == f"/warehouses/{warehouse.id}/tables"


def test_a_warehouse_that_cannot_be_reached_says_what_to_do(cast: Cast, reader: Client) -> None:
    """Its database is gone, or its password: nothing of it exists but our own row."""
    gone = Warehouse.objects.create(
        organisation=cast.organisation, provider="local", name="gone", spec={"name": "gone"}, state="active"
    )

    for path in (f"/warehouses/{gone.id}/tables", table_path(gone)):
        page = text_of(reader, path)
        assert "just now" in page
        assert "Try again" in page
        assert "Check the warehouse" in page


# -- one table -------------------------------------------------------------------------------------------------------


def test_a_table_shows_its_columns_and_first_rows(reader: Client, warehouse: Warehouse, odd: TableInfo) -> None:
    page = text_of(reader, table_path(warehouse, "odd"))

    assert "250 rows, 6 columns" in page
    assert "The first 100 rows of 250." in page
    assert page.count("<tr>") == 101
    assert '<td class="is-null">NULL</td>' in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "مبيعات المتجر" in page
    assert "1,000,000 in CSV, 100,000 in Excel and 1,000,000 in Parquet" in page


def test_rows_are_narrowed_by_text_and_column(reader: Client, warehouse: Warehouse, odd: TableInfo) -> None:
    assert "63 rows fit." in text_of(reader, table_path(warehouse, "odd", q="مبيعات"))
    assert "1 row fits." in text_of(reader, table_path(warehouse, "odd", q="7", column="id", match="whole"))
    assert "No row fits." in text_of(reader, table_path(warehouse, "odd", q="nowhere"))
    wrong = text_of(reader, table_path(warehouse, "odd", q="7", column="<b>"))
    assert "Select a valid choice" in wrong
    assert "<b>" not in wrong
    assert text_of(reader, table_path(warehouse, "odd", q="x" * 9000))


def test_an_empty_table_has_columns_and_says_that_it_is_empty(
    reader: Client, warehouse: Warehouse, make_table: MakeTable
) -> None:
    make_table("nothing", "SELECT 1 AS id WHERE false")

    page = text_of(reader, table_path(warehouse, "nothing"))
    assert "The table is empty" in page
    assert "<bdi>id</bdi>" in page


@pytest.mark.parametrize("name", ["nothing", "", "x" * 3000, "../../etc/passwd", "<script>", "orders;drop", "\0"])
def test_an_unknown_table_is_not_found(reader: Client, warehouse: Warehouse, name: str) -> None:
    page = text_of(reader, table_path(warehouse, name), 404)
    assert "There is no table" in page
    assert "<script>" not in page
    assert reader.get(f"/warehouses/{warehouse.id}/table").status_code == 404


def test_a_table_is_had_as_a_file_with_the_rows_that_fit(reader: Client, warehouse: Warehouse, odd: TableInfo) -> None:
    csv = reader.get(table_path(warehouse, "odd", q="3", column="id", match="whole", format="csv"))
    assert csv["Content-Disposition"] == 'attachment; filename="odd.csv"'
    assert body_of(csv).decode().splitlines()[1].startswith("3,,3703.5,2024-01-04,long ")

    excel = reader.get(table_path(warehouse, "odd", format="xlsx"))
    assert excel["Content-Disposition"] == 'attachment; filename="odd.xlsx"'
    rows = cells(sheet_in(body_of(excel)))
    assert len(rows) == 251
    assert rows[3][1] == ("inlineStr", "=1+1")
    assert {kind for row in rows for kind, _ in row} == {"n", "inlineStr"}

    assert body_of(reader.get(table_path(warehouse, "odd", format="parquet"))).startswith(b"PAR1")


def test_the_name_of_a_file_says_that_it_is_not_all(
    reader: Client, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oneclick.queries import downloads

    small = replace(downloads.CSV, max_rows=10)
    monkeypatch.setattr(downloads, "FOR_PEOPLE", (small,))

    answer = reader.get(table_path(warehouse, format="csv"))

    assert answer["Content-Disposition"] == 'attachment; filename="orders (first 10 rows).csv"'
    assert len(body_of(answer).splitlines()) == 11


def test_too_many_at_once_leave_a_page_and_a_file_that_say_so(
    cast: Cast, reader: Client, warehouse: Warehouse, settings: Any
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, queries_per_organisation=1)
    with services.start(cast.admin, warehouse.id, "select 1"):
        page = text_of(reader, table_path(warehouse))
        file = reader.get(table_path(warehouse, format="csv"), follow=True)

    assert "1 queries under way" in page
    assert "<bdi>shop</bdi>" in page
    assert "1 queries under way" in words_of(file)


# -- the SQL page ----------------------------------------------------------------------------------------------------


def ask(client: Client, warehouse: Warehouse, sql: str, status: int = 200, **more: str) -> str:
    answer = client.post("/sql", {"warehouse": str(warehouse.id), "sql": sql, **more})
    assert answer.status_code == status, answer.content
    return words_of(answer)


def test_a_query_is_answered_for_every_role(cast: Cast, warehouse: Warehouse) -> None:
    sql = "select id, null as n,\r\n note from raw.orders order by id limit 2"
    for principal in (cast.admin, cast.member, cast.reader):
        page = ask(signed_in(principal), warehouse, sql)
        assert "2 rows." in page
        assert re.search(r"Answered in (less than )?[\d.]+ s", page)
        assert '<td class="is-null">NULL</td>' in page
        assert "text 1" in page
    asked = QueryHistory.objects.latest("id")
    assert asked.sql == sql.replace("\r\n", "\n")
    assert AuditEvent.objects.filter(organisation_id=cast.organisation.id, action="query.run").count() == 3


def test_an_outsider_reaches_neither_warehouse_nor_query(cast: Cast, warehouse: Warehouse, reader: Client) -> None:
    ask(reader, warehouse, "select 'confidential'")
    line = QueryHistory.objects.get()
    outsider = signed_in(cast.outsider)

    answer = outsider.post("/sql", {"warehouse": str(warehouse.id), "sql": "select 1"})
    assert answer.status_code == 422
    assert QueryHistory.objects.count() == 1
    assert outsider.get(f"/sql?query={line.id}").status_code == 404
    assert outsider.post(f"/sql/{line.id}/stop").status_code == 404
    assert "confidential" not in text_of(outsider, "/sql/history")
    assert "No warehouse to ask" in text_of(outsider, "/sql")


@pytest.mark.parametrize(
    ("sql", "status", "words"),
    [
        ("drop table raw.orders", 422, "queries read and change nothing"),
        ("from read_csv('/etc/passwd')", 422, "can't read from read_csv()"),
        ("select * from nowhere", 422, "The warehouse says"),
        ("select 1; select 2", 422, "The text holds 2 statements"),
        ("selec 1", 422, "The query can't be understood"),
        ("   ", 422, "Write a query first"),
        ("", 422, "Write a query first"),
        ("select '" + "x" * 100_001 + "'", 422, "at most 100000 characters"),
        ("select '</textarea><script>alert(1)</script>", 422, "The query can't be understood"),
        ("select '\0'", 422, "Null characters"),
    ],
)
def test_what_is_wrong_is_said_beside_the_editor_which_keeps_what_was_typed(
    reader: Client, warehouse: Warehouse, sql: str, status: int, words: str
) -> None:
    page = ask(reader, warehouse, sql, status)

    assert words in unescape(page)
    assert 'id="id_sql_error"' in page
    assert 'aria-invalid="true"' in page
    assert "<script>alert" not in page
    typed = re.search(r"<textarea[^>]*data-sql[^>]*>(.*?)</textarea>", page)
    assert typed is not None
    assert unescape(typed[1]).strip() == re.sub(r"\s+", " ", sql).strip()


def test_a_warehouse_that_is_not_ready_cannot_be_chosen(reader: Client, warehouse: Warehouse) -> None:
    Warehouse.objects.filter(id=warehouse.id).update(state=WarehouseState.CREATING)

    assert "No warehouse to ask" in text_of(reader, "/sql")
    assert ask(reader, warehouse, "select 1", 422)


def test_ten_thousand_rows_are_cut_and_no_rows_are_said(reader: Client, warehouse: Warehouse) -> None:
    many = ask(reader, warehouse, "select range, 'x' from range(10000)")
    assert "The first 500 rows; there are more." in many
    assert many.count("<tr>") == 501
    assert "The query found no rows." in ask(reader, warehouse, "select 1 as one where false")


def test_a_very_wide_result_shows_its_first_columns(reader: Client, warehouse: Warehouse) -> None:
    columns = ", ".join(f"{number} as c{number}" for number in range(150))

    page = ask(reader, warehouse, f"select {columns}")

    assert page.count("<th ") - page.count('role="columnheader"') == 100
    assert "files have the other 50 as well" in page


def test_a_result_is_had_as_a_file(reader: Client, warehouse: Warehouse) -> None:
    for ending in ("csv", "xlsx", "parquet"):
        sql = "select id from raw.orders order by id"
        answer = reader.post("/sql", {"warehouse": str(warehouse.id), "sql": sql, "format": ending})
        assert answer["Content-Disposition"] == f'attachment; filename="query.{ending}"'
        body = body_of(answer)
        if ending == "csv":
            assert body.decode().split() == ["id", *map(str, range(5000))]
        elif ending == "xlsx":
            assert len(cells(sheet_in(body))) == 5001
        else:
            assert body.startswith(b"PAR1")
    assert "can't be understood" in unescape(ask(reader, warehouse, "selec", 422, format="csv"))
    assert "Answered in" in ask(reader, warehouse, "select 1", format="exe")


def test_earlier_queries_are_listed_in_pages_and_can_be_run_again(
    cast: Cast, reader: Client, warehouse: Warehouse
) -> None:
    for number in range(60):
        QueryHistory.objects.create(
            organisation=cast.organisation, warehouse=warehouse, asked_by=cast.admin.label,
            sql=f"select {number} -- <script>", state=QueryState.DONE, must_end_by="2026-01-01T00:00Z",
        )  # fmt: skip
    reader.get(table_path(warehouse))

    first = text_of(reader, "/sql/history")
    assert "select 59 -- &lt;script&gt;" in first
    assert "orders" not in first
    older = re.search(r'href="(/sql/history\?before=[^"]+)"', first)
    assert older is not None
    assert "select 9 -- &lt;script&gt;" in text_of(reader, older[1])

    again = re.search(r'href="/sql\?query=([^"]+)"', first)
    assert again is not None
    page = text_of(reader, f"/sql?query={again[1]}")
    assert re.search(r"<textarea[^>]*>\s*select 59 -- &lt;script&gt;</textarea>", page)
    for nonsense in ("x", str(new_id())):
        assert reader.get(f"/sql?query={nonsense}").status_code == 404


def test_a_link_fills_the_editor_and_runs_nothing(reader: Client, warehouse: Warehouse) -> None:
    page = text_of(reader, f"/sql?{urlencode({'warehouse': str(warehouse.id), 'sql': 'select 42'})}")

    assert "select 42</textarea>" in page
    assert not QueryHistory.objects.exists()


def test_a_running_query_is_stopped_by_who_may(cast: Cast, warehouse: Warehouse) -> None:
    stopped: list[int] = []

    def stop() -> None:
        line = wait_for_running()
        member, admin = signed_in(cast.member), signed_in(cast.admin)
        assert f"/sql/{line.id}/stop" not in text_of(member, "/sql/history")
        stopped.append(member.post(f"/sql/{line.id}/stop").status_code)
        assert f"/sql/{line.id}/stop" in text_of(admin, "/sql/history")
        stopped.append(admin.post(f"/sql/{line.id}/stop").status_code)

    thread = threading.Thread(target=closing(stop))
    thread.start()
    page = ask(signed_in(cast.reader), warehouse, LONG, 422)
    thread.join()

    assert stopped == [403, 302]
    assert "The query was stopped." in page


def closing(act: Any) -> Any:
    def acted() -> None:
        from django.db import connection

        try:
            act()
        finally:
            connection.close()

    return acted


def wait_for_running() -> QueryHistory:
    for _ in range(100):
        if found := QueryHistory.objects.filter(state=QueryState.RUNNING).first():
            return found
        time.sleep(0.1)
    raise AssertionError("nothing runs")


# -- in a browser ----------------------------------------------------------------------------------------------------


PRESS_STOP_ONCE_IT_IS_THERE = """() => {
  const button = document.querySelector("[data-sql-stop]");
  const look = setInterval(() => button.checkVisibility() && (clearInterval(look), button.click()), 100);
}"""
"""Playwright's own clicks wait until the answer is there, which a person needn't."""


@pytest.fixture
def origin(live_server: Any, settings: Any) -> str:
    settings.ONECLICK_ORIGIN = live_server.url
    return str(live_server.url)


def test_ctrl_enter_runs_and_the_stop_button_stops(look: Look, cast: Cast, warehouse: Warehouse, origin: str) -> None:
    page = look(f"{origin}/sql", client=signed_in(cast.reader), tolerated=422)
    editor = page.get_by_label("Query")
    editor.fill("select 6 * 7 as answer")
    editor.press("Control+Enter")
    expect(page.get_by_role("cell", name="42")).to_be_visible()

    page.get_by_label("Query").fill(LONG)
    page.evaluate(PRESS_STOP_ONCE_IT_IS_THERE)
    page.get_by_role("button", name="Run query").click(no_wait_after=True)
    expect(page.get_by_text("The query was stopped.")).to_be_visible(timeout=20_000)
    expect(page.get_by_label("Query")).to_have_value(LONG)


def test_files_come_without_leaving_the_page(look: Look, cast: Cast, warehouse: Warehouse, origin: str) -> None:
    page = look(f"{origin}/sql", client=signed_in(cast.reader))
    page.get_by_label("Query").fill("select id from raw.orders\nwhere id < 3")
    page.get_by_role("button", name="Run query").click()
    for name in ("CSV", "Excel"):
        with page.expect_download() as awaited:
            page.get_by_role("button", name=name).click()
        assert awaited.value.suggested_filename == f"query.{'csv' if name == 'CSV' else 'xlsx'}"
    expect(page.get_by_role("heading", name="Result")).to_be_visible()


def test_it_works_without_a_script(look: Look, cast: Cast, warehouse: Warehouse, origin: str) -> None:
    page = look(f"{origin}/sql", client=signed_in(cast.reader), script=False)
    page.get_by_label("Query").fill("select 6 * 7 as answer")
    page.get_by_role("button", name="Run query").click()
    expect(page.get_by_role("cell", name="42")).to_be_visible()
    page.goto(f"{origin}{table_path(warehouse)}")
    page.get_by_label("Text in a row").fill("text 4999")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("1 row fits.")).to_be_visible()


@pytest.fixture
def long_name(make_table: MakeTable) -> str:
    return make_table("sales_of_all_shops_in_all_countries_since_the_beginning", ODD.format(rows=250)).table.name


@pytest.fixture
def places(warehouse: Warehouse, empty_lake: Warehouse, long_name: str) -> list[str]:
    """Pages that a GET shows; the editor is the last of them."""
    tables = [f"/warehouses/{each.id}/tables" for each in (warehouse, empty_lake)]
    return [*tables, table_path(warehouse, long_name), table_path(warehouse, q="nowhere"), "/sql"]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.timeout(300)
def test_the_pages_are_presentable(look: Look, cast: Cast, places: list[str], origin: str, width: int) -> None:
    page = look(f"{origin}/sql", width=width, client=signed_in(cast.admin))
    for number, path in enumerate(places):
        page.goto(origin + path)
        assert_presentable(page, f"-{number}")
    page.get_by_label("Query").fill(ODD.format(rows=10_000))
    page.get_by_role("button", name="Run query").click()
    expect(page.locator(".grid-frame")).to_be_visible()
    assert_presentable(page, "-rows")
    page.goto(f"{origin}/sql/history")
    assert_presentable(page)


@pytest.mark.parametrize("width", [1440, 390])
def test_an_error_beside_the_editor_is_presentable(
    look: Look, cast: Cast, warehouse: Warehouse, origin: str, width: int
) -> None:
    page = look(f"{origin}/sql", width=width, client=signed_in(cast.reader), tolerated=422)
    page.get_by_label("Query").fill("select * from nowhere")
    page.get_by_role("button", name="Run query").click()
    expect(page.locator(".error")).to_be_visible()
    assert_presentable(page, "-error")
