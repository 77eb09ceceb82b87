"""Pictures of every page at two widths, light and dark, to be looked at: `make screenshots`."""

import logging
import os
import sys
from pathlib import Path

import django
import structlog
from playwright.sync_api import Browser

FOLDER = Path(__file__).parent.parent / ".screenshots"
WIDTHS = {1440: 900, 390: 844}
SCHEMES = ("light", "dark")


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread
    django.setup()
    logging.disable(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

    from tests.browser import launched
    from tests.web.pages import PAGES
    from tests.web.served import served

    FOLDER.mkdir(exist_ok=True)
    with launched() as (browser, which), served() as origin:
        sys.stdout.write(f"Taking pictures with {which} …\n")
        for address in PAGES:
            _take(browser, origin, address)
    sys.stdout.write(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}\n")


def _take(browser: Browser, origin: str, address: str) -> None:
    name = address.strip("/").replace("/", "-") or "home"
    for width, height in WIDTHS.items():
        context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=width == min(WIDTHS), reduced_motion="reduce"
        )
        page = context.new_page()
        page.goto(origin + address)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png", full_page=True)
        context.close()


if __name__ == "__main__":
    main()
