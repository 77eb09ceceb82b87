"""`make pictures`: the README's pictures, taken of the pages of a demo that has just run."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Browser, Page

from tests.acceptance.test_wizard import sign_in_as_admin
from tests.browser import launched
from tests.installations import environment as newcomers_environment

FOLDER = Path(__file__).parents[1] / "docs" / "images"
SIZE = {"width": 1440, "height": 800}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main() -> None:
    """Take them anew; the demo has a home of its own, which is gone afterwards."""
    with (
        TemporaryDirectory(prefix="oneclick-pictures-", dir="/tmp") as home,
        _demo(Path(home)) as url,
        launched() as (browser, which),
    ):
        sys.stderr.write(f"browser: {which}\n")
        for scheme in SCHEMES:
            page = _signed_in(browser, url, scheme)
            page.goto(f"{url}/flows")
            page.get_by_role("link", name="Our shop").first.click()
            page.get_by_role("heading", name="Our shop", level=1).wait_for()
            _take(page, "data-flow", scheme)


@contextmanager
def _demo(home: Path) -> Iterator[str]:
    """A demo that stays up; its address."""
    summary = home / "summary.json"
    command = [sys.executable, "-m", "oneclick.cli", "demo", "--json", str(summary)]
    with subprocess.Popen(command, env=newcomers_environment(home), stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stderr is not None
        for line in demo.stderr:
            sys.stderr.write(line)
            if "It stays up" in line:
                break
        try:
            yield json.loads(summary.read_text())["urls"]["home"]
        finally:
            demo.terminate()
            demo.communicate()


def _signed_in(browser: Browser, url: str, scheme: Literal["light", "dark"]) -> Page:
    page = browser.new_context(viewport=SIZE, color_scheme=scheme, reduced_motion="reduce").new_page()
    page.goto(f"{url}/sign-in/")
    sign_in_as_admin(page)
    page.wait_for_url(f"{url}/**")
    return page


def _take(page: Page, name: str, scheme: str) -> None:
    page.wait_for_load_state()
    path = FOLDER / f"{name}-{scheme}.png"
    page.screenshot(path=path)
    sys.stderr.write(f"written: {path}\n")


if __name__ == "__main__":
    main()
