"""Every link of the running site leads somewhere, and no page says anything on its console."""

from collections import deque
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Page

from oneclick.accounts import operators
from oneclick.provisioning import engine, services
from oneclick.warehouses.contract.instance import Spec
from tests.accounts.conftest import signed_in
from tests.browser import Look
from tests.cast import Cast, user
from tests.project.conftest import operator_of

pytestmark = pytest.mark.django_db(transaction=True)

LINKING = "a[href], link[href], script[src], img[src], form[method=get]"
ADDRESSES = f"[...document.querySelectorAll('{LINKING}')].map(e => e.href || e.src || e.action)"
NO_PAGE = ("/api/", "/metrics", "/static/", "/healthz", "/readyz", "/sitemap.xml", "/robots.txt", "/audit/export")
"""Answered, but not read for links."""
MOST = 120


@pytest.fixture
def origin(live_server: Any, settings: Any) -> str:
    settings.ONECLICK_ORIGIN = live_server.url
    return str(live_server)


@pytest.mark.timeout(300)
def test_no_link_is_dead_for_a_stranger(look: Look, origin: str) -> None:
    seen, dead = crawl(look(f"{origin}/"), origin)

    assert not dead
    assert {"/", "/products", "/pricing", "/services", "/about", "/sign-in/", "/api/docs"} <= seen


@pytest.mark.timeout(300)
def test_no_link_is_dead_for_an_admin(look: Look, origin: str, cast: Cast) -> None:
    operators.grant(user(cast.admin), actor="system:test")
    job = services.request_create(operator_of(cast), provider="local", spec=Spec(name="sales"))
    engine.drive(job.id)

    seen, dead = crawl(look(f"{origin}/warehouses", client=signed_in(cast.admin)), origin)

    assert not dead
    assert {
        f"/warehouses/{job.warehouse_id}",
        f"/changes/{job.id}",
        "/start",
        "/team",
        "/operator/organisations",
    } <= seen


def crawl(page: Page, origin: str) -> tuple[set[str], list[str]]:
    """Every path that can be reached from this page by links, and those that don't answer as they should."""
    start = urlsplit(page.url).path
    waiting, seen, dead = deque([start]), {start}, []
    while waiting:
        path = waiting.popleft()
        status = visit(page, origin, path)
        if status >= 400:
            dead.append(f"{status} {path}")
        if status >= 400 or path.startswith(NO_PAGE):
            continue
        for found in page.evaluate(ADDRESSES):
            address = urlsplit(urljoin(page.url, found))
            if f"{address.scheme}://{address.netloc}" == origin and address.path not in seen:
                seen.add(address.path)
                waiting.append(address.path)
        assert len(seen) < MOST, sorted(seen)
    return seen, dead


def visit(page: Page, origin: str, path: str) -> int:
    if path.startswith(NO_PAGE):
        return page.request.get(origin + path).status
    answer = page.goto(origin + path)
    assert answer is not None
    return answer.status
