"""A real browser for tests: one that is installed, else Debian's package, else Playwright's own.

A room takes it with `from tests.browser import browser, look` in its conftest. `look` opens pages and holds against
every one of them that its console stays silent. Where `PICTURES` names a folder, `assert_presentable` leaves pictures.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, sync_playwright

BROWSER = "BROWSER_PATH"
"""Names another browser than the one that would be found."""
PICTURES = "PICTURES"

INSTALLED = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
WIDE, NARROW = 1440, 390

TOUCHED = "a, button, summary, input:not([type=hidden]), select, textarea"
BELOW_44 = """elements => elements.filter(e => {
  const box = e.closest('label')?.getBoundingClientRect() ?? e.getBoundingClientRect();
  const isInText = getComputedStyle(e).display === 'inline';
  return box.width && !isInText && e.checkVisibility() && Math.min(box.height, box.width) < 43.5;
}).map(e => e.outerHTML.slice(0, 120))"""

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Scheme = Literal["light", "dark"]
Look = Callable[..., Page]


def find_browser() -> tuple[Path, str]:
    """The browser's program and where it comes from; fails in words, because a skipped test shows nothing."""
    if found := _installed():
        return found, "installed"
    with _one_at_a_time():
        if found := _installed():
            return found, "installed by the process beside this one"
        if os.geteuid() == 0 and shutil.which("apt-get"):
            _run("apt-get", "update", "-q")
            _run("apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium")
            if found := _installed():
                return found, "installed now from Debian"
        _run(sys.executable, "-m", "playwright", "install", "--no-shell", "chromium")
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    if own.exists():
        return own, "Playwright's own"
    return pytest.fail(f"No browser: install Chromium or Chrome, or name one with {BROWSER}.", pytrace=False)


def _installed() -> Path | None:
    for name in (os.environ.get(BROWSER, ""), *INSTALLED):
        if name and (found := shutil.which(name)):
            return Path(found)
    return None


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Tests run in several processes, and of two that install at once one finds Debian's list of packages locked."""
    path = Path(tempfile.gettempdir()) / f"oneclick-browser-{os.geteuid()}.lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(*command: str) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, stdout=sys.__stderr__, stderr=sys.__stderr__, env=quiet, check=False)


@contextmanager
def launched() -> Iterator[tuple[Browser, str]]:
    """A running browser, and which one it is."""
    program, origin = find_browser()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running, f"{program} {running.version}, {origin}"
        running.close()


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """One browser per module: while Playwright runs, its thread can run no other event loop."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the loop is Playwright's; our own code runs in the plain thread
    try:
        with launched() as (running, which):
            with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
                sys.stderr.write(f"\nbrowser: {which}\n")
            yield running
    finally:
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
        if before is not None:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def look(browser: Browser) -> Iterator[Look]:
    """Opens an address: `look(url, width=390, script=False)`, as whom `client` is; more options are Playwright's.

    `tolerated` is a status that a later answer on the page may have, beside that of the first.
    """
    contexts: list[BrowserContext] = []
    noises: list[str] = []

    def open_page(
        url: str,
        *,
        width: int = WIDE,
        script: bool = True,
        status: int = 200,
        tolerated: int = 0,
        client: Client | None = None,
        **more: Any,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=script, has_touch=width < WIDE, **more
        )
        contexts.append(context)
        if client is not None:
            context.add_cookies(
                [{"name": name, "value": each.value, "url": url} for name, each in client.cookies.items()]
            )
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", lambda message: noises.extend(_noise(message, status, tolerated)))
        page.on("pageerror", lambda error: noises.append(f"{url}: {error}"))
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == status, url
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not noises, "\n".join(noises)


def _noise(message: ConsoleMessage, *statuses: int) -> list[str]:
    is_expected = message.text.startswith("Failed to load resource") and any(
        f"status of {status} " in message.text for status in statuses
    )
    return [f"{message.location}: {message.text}"] if message.type in {"error", "warning"} and not is_expected else []


def follow(leading: Locator) -> None:
    """Click what leads to another page, and be there: a click alone comes back while the old page is still up."""
    with leading.page.expect_navigation():
        leading.click()


def assert_presentable(page: Page, which: str = "") -> None:
    """No wider than the screen, nothing too small for a finger, nothing for axe to find; dark has its contrast too.

    `which` tells the pictures of several states of one address apart.
    """
    narrow = (page.viewport_size or {"width": WIDE})["width"] < WIDE
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    _take_picture(page, "dark", which)
    assert_accessible(page, "color-contrast")
    page.emulate_media(color_scheme="light")
    _take_picture(page, "light", which)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    assert not narrow or (small := page.eval_on_selector_all(TOUCHED, BELOW_44)) == [], f"{page.url}: {small}"


def assert_accessible(page: Page, *rules: str) -> None:
    """Axe finds nothing to complain about, by these rules or by all."""
    found = Axe().run(page, options={"runOnly": list(rules)} if rules else None)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"


def _take_picture(page: Page, scheme: Scheme, which: str) -> None:
    folder, size = os.environ.get(PICTURES), page.viewport_size
    if folder and size:
        name = ID.sub("id", urlsplit(page.url).path.strip("/")).replace("/", "-") or "home"
        page.screenshot(path=Path(folder) / f"{name}{which}-{size['width']}-{scheme}.png", full_page=True)
