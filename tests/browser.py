"""A real browser for tests: one that is installed, else Debian's package, else Playwright's own.

A room takes it with `from tests.browser import *` in its conftest. `look` opens pages and holds against every one of
them that its console stays silent.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

__all__ = ["BROWSER", "assert_accessible", "browser", "find_browser", "launched", "look"]

BROWSER = "BROWSER_PATH"
"""Names another browser than the one that would be found."""

INSTALLED = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
WIDE, NARROW = 1440, 390

Scheme = Literal["light", "dark"]
Look = Callable[..., Page]


def find_browser() -> tuple[Path, str]:
    """The browser's program and where it comes from; fails in words, because a skipped test shows nothing."""
    for name in (os.environ.get(BROWSER, ""), *INSTALLED):
        if name and (found := shutil.which(name)):
            return Path(found), "installed"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _run("apt-get", "update", "-q")
        if _run("apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"):
            return Path("/usr/bin/chromium"), "installed now from Debian"
    _run(sys.executable, "-m", "playwright", "install", "chromium")
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    if own.exists():
        return own, "Playwright's own"
    return pytest.fail(f"No browser: install Chromium or Chrome, or name one with {BROWSER}.", pytrace=False)


def _run(*command: str) -> bool:
    return subprocess.run(command, stdout=sys.__stderr__, stderr=sys.__stderr__, check=False).returncode == 0


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
    """Opens an address: `look(url, width=390, scheme="dark", script=False)`; more options are Playwright's."""
    contexts: list[BrowserContext] = []
    noises: list[str] = []

    def open_page(
        url: str, *, width: int = WIDE, scheme: Scheme = "light", script: bool = True, status: int = 200, **more: Any
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=script,
            has_touch=width < WIDE,
            **more,
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", lambda message: noises.extend(_noise(message, status)))
        page.on("pageerror", lambda error: noises.append(f"{url}: {error}"))
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == status, url
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not noises


def _noise(message: ConsoleMessage, status: int) -> list[str]:
    is_expected = message.text.startswith("Failed to load resource") and f"status of {status} " in message.text
    return [f"{message.location}: {message.text}"] if message.type in {"error", "warning"} and not is_expected else []


def assert_accessible(page: Page) -> None:
    """Axe finds nothing to complain about, whatever the rule."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
