"""All pages that have an address without parameters, found in the table of addresses: none can be forgotten."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import expect

from oneclick.accounts import operators
from oneclick.accounts.services import issue_token
from oneclick.web.navigation import registered
from tests.accounts.conftest import signed_in
from tests.browser import NARROW, WIDE, Look, assert_presentable
from tests.cast import Cast, user

pytestmark = pytest.mark.django_db(transaction=True)

FOR_PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics")


def addresses(patterns: Iterable[Any], above: str = "/") -> Iterator[str]:
    for each in patterns:
        here = above + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, here)
        elif isinstance(each, URLPattern) and "<" not in here and not here.startswith(FOR_PROGRAMS):
            yield here


def pages(client: Client) -> list[str]:
    """Those that answer a GET with a page, and with themselves."""
    answers = {address: client.get(address) for address in addresses(get_resolver().url_patterns)}
    return [
        address
        for address, answer in answers.items()
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
    ]


@pytest.fixture
def origin(live_server: Any, settings: Any) -> str:
    settings.ONECLICK_ORIGIN = live_server.url
    return str(live_server)


@pytest.fixture
def admin_client(cast: Cast) -> Client:
    operators.grant(user(cast.admin), actor="system:test")
    issue_token(cast.admin, name="nightly report", role=cast.reader.role, days=30)
    return signed_in(cast.admin)


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.timeout(300)
def test_every_page_is_presentable_to_an_admin(look: Look, origin: str, admin_client: Client, width: int) -> None:
    shown = pages(admin_client)
    page = look(f"{origin}/", width=width, client=admin_client)

    assert len(shown) > len(registered())
    for address in shown:
        page.goto(origin + address)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert_presentable(page)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_page_is_presentable_to_a_stranger(look: Look, origin: str, width: int) -> None:
    page = look(f"{origin}/", width=width)

    for address in pages(Client()):
        page.goto(origin + address)
        assert_presentable(page)


def test_every_place_of_the_rail_has_content_or_says_what_to_do(look: Look, origin: str, admin_client: Client) -> None:
    page = look(origin + "/team", client=admin_client)
    rail = page.get_by_role("navigation", name="Console")

    for item in registered():
        rail.get_by_role("link", name=item.label).click()
        expect(rail.locator("[aria-current]")).to_have_text(item.label)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for empty in page.locator(".empty").all():
            expect(empty.get_by_role("heading")).to_be_visible()
