"""From a file to rows in the tables tab, in a real browser: with a script and without one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from oneclick.pipelines.models import Upload, UploadState
from oneclick.warehouses.models import Warehouse
from tests.accounts.conftest import signed_in
from tests.browser import NARROW, WIDE, Look, assert_presentable, browser, follow, look
from tests.cast import Cast
from tests.pipelines.test_sheets import book
from tests.pipelines.test_uploads import asked_for, work

__all__ = ["browser", "look"]
pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = (
    "order;day;customer;zip;amount;paid\n"
    + "".join(
        f"{number};{number % 28 + 1:02}.{number % 12 + 1:02}.2026;Customer {number % 17};{number:05};"
        f"{number % 9 + 1}.{number % 900 + 100},50 €;{'true' if number % 3 else 'false'}\n"
        for number in range(1, 1_204)
    )
    + "1204;soon;Customer 3;01204;5,00 €;true\n7;7\n"
)

Open = Callable[..., Page]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Orders 2026.csv"
    path.write_text(ORDERS, encoding="cp1252")
    return path


@pytest.fixture
def open_tables(look: Look, cast: Cast, warehouse: Warehouse, live_server: Any, settings: Any) -> Open:
    """The tables tab of the warehouse, as a member sees it."""
    settings.ONECLICK_ORIGIN = live_server.url

    def show(**options: Any) -> Page:
        page = look(f"{live_server.url}/", client=signed_in(cast.member), **options)
        page.goto(f"{live_server.url}/warehouses/{warehouse.id}/tables")
        return page

    return show


@pytest.mark.parametrize("script", [True, False])
def test_a_file_becomes_a_table_that_is_seen(open_tables: Open, file: Path, script: bool) -> None:
    page = open_tables(script=script)
    page.get_by_role("link", name="Load a file").click()
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders 2026.csv")
    wait_for_worker(page, script=script)

    expect(page.get_by_text("1,203 rows in 6 columns")).to_be_visible()
    expect(page.get_by_text("2 rows don't fit and would be set aside")).to_be_visible()
    page.get_by_label("Type of zip").select_option("Whole number")
    page.get_by_role("button", name="Look again").click()
    wait_for_worker(page, script=script)
    expect(page.get_by_label("Type of zip")).to_have_value("BIGINT")
    page.get_by_label("Table", exact=True).fill("orders")
    page.get_by_role("button", name="Load file").click()
    wait_for_worker(page, script=script)

    expect(page.get_by_text("1,203 rows loaded into orders")).to_be_visible()
    page.get_by_role("link", name="See the rows we set aside").click()
    expect(page.get_by_text("'soon' isn't a date (DATE).")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Ask in SQL").click()
    expect(page.get_by_label("Query")).to_have_value("SELECT * FROM raw.orders")
    page.go_back()
    page.get_by_role("link", name="See the table").click()
    expect(page.get_by_text("The first 100 rows of 1,203.")).to_be_visible()
    expect(page.get_by_role("cell", name="2101.5", exact=True).first).to_be_visible()


def wait_for_worker(page: Page, *, script: bool) -> None:
    """The page of something that is under way; then the worker does it, and the page finds out by itself."""
    expect(page.locator("#work")).to_be_visible()
    work()
    if not script:
        page.reload()
    expect(page.locator("#work")).to_have_count(0)


def test_a_file_is_dropped_onto_the_page(open_tables: Open, file: Path) -> None:
    page = open_tables()
    page.get_by_role("link", name="Load a file").click()
    expect(page.get_by_text("Drop a file here")).to_be_visible()
    page.wait_for_load_state()
    page.evaluate(
        """() => {
          const dragged = new DataTransfer();
          dragged.items.add(new File(["a,b\\n1,x\\n"], "dropped.csv"));
          for (const kind of ["dragenter", "dragover", "drop"])
            document.querySelector("[data-drop]").dispatchEvent(
              new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: dragged }));
        }"""
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("dropped.csv")
    assert Upload.objects.get().file_name == "dropped.csv"
    assert len(asked_for()) == 1


def test_what_is_wrong_with_a_file_is_said_where_it_is_chosen(open_tables: Open, tmp_path: Path, settings: Any) -> None:
    page = open_tables(status=200, tolerated=422)
    page.get_by_role("link", name="Load a file").click()
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_text("Choose a file first.")).to_be_visible()
    (empty := tmp_path / "empty.csv").touch()
    page.get_by_label("File", exact=True).set_input_files(empty)
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_text("The file is empty.")).to_be_visible()
    page.get_by_label("File", exact=True).evaluate("input => (input.dataset.mostBytes = 1)")
    (large := tmp_path / "large.csv").write_text("a\n1\n")
    page.get_by_label("File", exact=True).set_input_files(large)
    expect(page.get_by_text("This file is too large")).to_be_visible()
    assert not Upload.objects.exists()


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.timeout(300)
def test_every_state_is_presentable(open_tables: Open, tmp_path: Path, file: Path, width: int) -> None:
    page = open_tables(width=width)
    assert_presentable(page, "-empty")
    follow(page.get_by_role("link", name="Load a file"))
    assert_presentable(page)
    page.get_by_label("File", exact=True).set_input_files(file)
    follow(page.get_by_role("button", name="Look at the file"))
    expect(page.locator("#work")).to_be_visible()
    Upload.objects.update(stage="Looking at every value", share=0.4)
    page.reload()
    assert_presentable(page, "-looking")
    wait_for_worker(page, script=True)
    assert_presentable(page, "-preview")
    page.get_by_label("Update rows that are there already, add the others").check()
    assert_presentable(page, "-merge")
    page.get_by_label("Take their place: the table then holds the rows of this file").check()
    follow(page.get_by_role("button", name="Load file"))
    wait_for_worker(page, script=True)
    assert_presentable(page, "-done")
    follow(page.get_by_role("link", name="Load another file"))
    (sheets := tmp_path / "Orders 2026.xlsx").write_bytes(
        book([("id", "day"), (1, "04.05.2026"), (2, "05.06.2026")], [("x",), (1,)], names=["Orders", "Notes"])
    )
    page.get_by_label("File", exact=True).set_input_files(sheets)
    follow(page.get_by_role("button", name="Look at the file"))
    wait_for_worker(page, script=True)
    assert_presentable(page, "-sheet")
    follow(page.get_by_role("button", name="Load file"))
    expect(page.locator("#work")).to_be_visible()
    asked_for()
    Upload.objects.exclude(state=UploadState.DONE).update(
        state=UploadState.FAILED, error_message="Another load of raw.orders is under way.", error_hint="Load it again."
    )
    expect(page.locator("#work")).to_have_count(0)
    assert_presentable(page, "-failed")
    (bad := tmp_path / "damaged.xlsx").write_bytes(b"PK\x03\x04")
    page.goto(page.url.rsplit("/", 1)[0])
    page.get_by_label("File", exact=True).set_input_files(bad)
    follow(page.get_by_role("button", name="Look at the file"))
    wait_for_worker(page, script=True)
    assert_presentable(page, "-damaged")
