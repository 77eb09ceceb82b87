"""From sign-in to a ready warehouse on the stack of `make demo`: by mouse, by keyboard, without scripts."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from oneclick.project.stub import port_file
from oneclick.stack.ports import free_port
from tests.browser import Look, browser, follow, look
from tests.stack.conftest import Installation, copy_of

__all__ = ["browser", "look"]
pytestmark = pytest.mark.timeout(240)
PATIENCE_MS = 30_000
TABS = 80


@pytest.fixture(scope="module")
def stack(template: Path) -> Iterator[Installation]:
    """The demo, up and waiting, with its stub identity provider."""
    with copy_of(template) as installed, tempfile.TemporaryDirectory() as folder:
        # The usual port may be another demo's, beside us.
        port_file(installed.home).parent.mkdir(mode=0o700, exist_ok=True)
        port_file(installed.home).write_text(str(free_port()))
        (file := Path(folder) / "sales.csv").write_text("day,amount\n2024-07-01,10.5\n")
        with subprocess.Popen(
            [sys.executable, "-m", "oneclick.cli", "demo", "--file", str(file)],
            env=installed.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd="/",
        ) as demo:  # fmt: skip
            assert demo.stderr is not None
            assert any("It stays up" in line for line in iter(demo.stderr.readline, ""))
            yield installed
            demo.send_signal(signal.SIGTERM)
            demo.communicate(timeout=60)


@pytest.fixture
def signed_in_page(stack: Installation, look: Look) -> Callable[..., Page]:
    """The first question, after a sign-in as the admin of the demo that led there."""

    def open_page(**options: object) -> Page:
        page = look(f"http://127.0.0.1:{stack.port}/sign-in/?next=/start", **options)
        sign_in_as_admin(page)
        page.wait_for_url("**/start", timeout=PATIENCE_MS)
        if (again := page.get_by_role("button", name="Start over")).is_visible():
            again.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Which plan?", timeout=PATIENCE_MS)
        return page

    return open_page


def sign_in_as_admin(page: Page) -> None:
    """By the stub, whose own page asks for a style sheet from elsewhere, and for an icon that it lacks."""
    for theirs in ("**/pico.min.css", "**/favicon.ico"):
        page.route(theirs, lambda route: route.fulfill(status=200, body=""))
    page.get_by_role("button", name="Sign in with Demo accounts").click()
    page.get_by_role("button", name="admin", exact=True).click()


def answer_all(page: Page, name: str, press: Callable[[str], None]) -> None:
    """Every question up to the one click, each button pressed by `press`."""
    press("Go on with Basic")
    expect(page.get_by_label("Local lake")).to_be_checked()
    press("Go on")
    expect(page.get_by_role("heading", level=1)).to_have_text("What shall we call it?")
    page.get_by_label("Name", exact=True).fill(name)
    press("Go on")
    expect(page.get_by_role("heading", level=1)).to_have_text("This is what we'll make")
    press("Create warehouse")
    expect(page.get_by_text(f"{name} is ready").first).to_be_visible(timeout=PATIENCE_MS)


def test_an_office_manager_gets_to_a_warehouse_and_connects_to_it(
    stack: Installation, signed_in_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = signed_in_page()

    answer_all(page, "by_mouse", lambda name: page.get_by_role("button", name=name, exact=True).click())
    page.get_by_role("link", name="See how to connect").click()
    page.get_by_role("button", name="Show").first.click()

    snippet = page.locator("pre", has_text="import duckdb").first.inner_text()
    # The machine of the test may have no way to DuckDB's server: the files that INSTALL would fetch are there already.
    folder = stack.home / "duckdb-extensions"
    snippet = snippet.replace("duckdb.connect()", f"duckdb.connect(config={{'extension_directory': '{folder}'}})")
    assert "0 rows" in said_by(snippet, tmp_path), "it lists the tables, and none is there yet"


def said_by(snippet: str, folder: Path) -> str:
    """What the snippet of the page prints as a program of somebody else."""
    (program := folder / "theirs.py").write_text(snippet)
    done = subprocess.run(
        [sys.executable, str(program)],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True, text=True, check=False, timeout=60, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_keyboard_alone_is_enough(signed_in_page: Callable[..., Page]) -> None:
    page = signed_in_page()

    def press(name: str) -> None:
        for _ in range(TABS):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent.trim()") == name:
                page.wait_for_function(FOCUS_SHOWS)
                page.keyboard.press("Enter")
                return
        pytest.fail(f"No {name!r} within {TABS} tabs")

    answer_all(page, "by_keyboard", press)


FOCUS_SHOWS = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
}"""


def test_it_works_without_scripts(signed_in_page: Callable[..., Page]) -> None:
    page = signed_in_page(script=False)

    answer_all(page, "no_scripts", lambda name: page.get_by_role("button", name=name, exact=True).click())


def test_a_session_that_ends_on_the_way_leads_back_to_the_same_question(
    stack: Installation, signed_in_page: Callable[..., Page]
) -> None:
    page = signed_in_page()
    page.get_by_role("button", name="Go on with Basic").click()
    follow(page.get_by_role("button", name="Go on", exact=True))
    here = page.url
    page.context.clear_cookies(name="oneclick_session")

    page.get_by_label("Name", exact=True).fill("after_a_break")
    page.get_by_role("button", name="Go on", exact=True).click()
    sign_in_as_admin(page)
    page.wait_for_url(here, timeout=PATIENCE_MS)

    expect(page.get_by_role("heading", level=1)).to_have_text("What shall we call it?")
