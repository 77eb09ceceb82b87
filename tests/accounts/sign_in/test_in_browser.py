"""The way in, the roles and the way out in a real browser, against the demo's stub provider."""

import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from oneclick.accounts.services import create_organisation
from oneclick.accounts.sign_in.discovery import directory
from oneclick.accounts.sign_in.models import IdentityProvider
from oneclick.demo import identity
from oneclick.project import stub
from oneclick.stack.ports import free_port
from tests.browser import WIDE, assert_presentable, browser

__all__ = ["browser"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # the stub's libraries tell of their own future
]
SignIn = Callable[..., Page]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The stub, listening."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its libraries tell of their own future
        server = stub.stub_server(free_port())
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield int(server.server_port)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site(port: int, live_server: Any, settings: Any, tmp_path: Path) -> Iterator[str]:
    """Our pages, with the stub's people let in as the demo lets them in."""
    settings.ONECLICK_ORIGIN, settings.HOME = live_server.url, tmp_path
    stub.port_file(tmp_path).parent.mkdir()
    stub.port_file(tmp_path).write_text(str(port))
    identity.set_up(tmp_path, create_organisation("Acme", actor="system:test"), actor="system:test")
    yield str(live_server.url)
    directory.forget(f"http://127.0.0.1:{port}")


@pytest.fixture
def sign_in(browser: Browser, site: str, port: int) -> Iterator[SignIn]:
    contexts: list[BrowserContext] = []

    def run(name: str, next_path: str = "/account/", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | options)
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.goto(f"{site}/sign-in/?next={next_path}")
        page.get_by_role("button", name="Sign in with Demo accounts").click()
        page.wait_for_url(f"http://127.0.0.1:{port}/**", wait_until="commit")
        page.get_by_role("button", name=name, exact=True).click()
        return page

    yield run
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("name", "organisation", "settings_status"),
    [("admin", "Acme", 200), ("member", "Acme", 403), ("reader", "Acme", 403), ("outsider", identity.ELSEWHERE, 200)],
)
def test_each_of_the_cast_comes_in_with_their_own_rights(
    sign_in: SignIn, site: str, name: str, organisation: str, settings_status: int
) -> None:
    page = sign_in(name)

    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    expect(page.get_by_text(organisation, exact=True).first).to_be_visible()
    answer = page.goto(f"{site}/settings/sign-in/")
    assert answer is not None
    assert answer.status == settings_status
    assert (page.get_by_role("link", name="Demo accounts").count() == 1) is (name == "admin")


def test_it_works_without_a_script(sign_in: SignIn) -> None:
    page = sign_in("admin", java_script_enabled=False)

    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_signing_out_everywhere_ends_the_other_browser_too(sign_in: SignIn, site: str) -> None:
    first, second = sign_in("member"), sign_in("member")
    expect(second.get_by_role("heading", name="Your account")).to_be_visible()

    first.get_by_role("button", name="Sign out everywhere").click()

    expect(first.get_by_role("heading", name="Sign in")).to_be_visible()
    second.goto(f"{site}/account/")
    expect(second.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_provider_s_pages_are_presentable(sign_in: SignIn, site: str) -> None:
    page = sign_in("admin", "/settings/sign-in/", viewport={"width": WIDE, "height": 900})
    expect(page.get_by_role("heading", name="Sign-in", exact=True)).to_be_visible()
    assert_presentable(page)
    provider = IdentityProvider.objects.get()
    for path in (f"/settings/sign-in/{provider.id}", "/settings/sign-in/add/entra", "/account/", "/sign-in/again"):
        page.goto(site + path)
        assert_presentable(page)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_before_sign_in_are_presentable(browser: Browser, site: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, has_touch=width < WIDE)
    page = context.new_page()
    for path in ("/sign-in/", "/sign-in/local", "/sign-in/link?token=unknown"):
        page.goto(site + path)
        assert_presentable(page)
    context.close()
