"""The pages of connected accounts."""

from typing import Any

import pytest
from django.test import Client

from oneclick.warehouses.models import AccountLink, WarehouseState
from tests.accounts.conftest import signed_in
from tests.browser import NARROW, WIDE, Look, assert_presentable, browser, look
from tests.cast import Cast
from tests.warehouses.test_accounts_api import post, wanted
from tests.warehouses.test_connections import living_in

__all__ = ["browser", "look"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(cast: Cast) -> Client:
    return signed_in(cast.admin)


@pytest.fixture
def link(admin: Client) -> AccountLink:
    """A connection to the server of the test run."""
    return AccountLink.objects.get(id=post(admin, "account-links", wanted())[1]["id"])


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_without_any_the_page_says_how_one_comes_to_be(admin: Client) -> None:
    assert "No account is connected" in text(admin, "/accounts")


def test_a_connection_shows_what_it_is_and_never_its_secret(admin: Client, link: AccountLink) -> None:
    living = living_in(link)

    for page in (text(admin, "/accounts"), text(admin, f"/accounts/{link.id}")):
        assert "PostgreSQL" in page
        assert f'href="/warehouses/{living.id}"' in page
    assert link.config["host"] in page
    assert wanted()["secrets"]["password"] not in page


def test_a_warehouse_leads_to_the_connection_it_was_set_up_with(admin: Client, link: AccountLink) -> None:
    assert f'href="/accounts/{link.id}"' in text(admin, f"/warehouses/{living_in(link).id}/settings")


def test_a_look_into_the_account_says_what_it_finds(admin: Client, link: AccountLink) -> None:
    found = text(admin, f"/accounts/{link.id}?now=1")

    assert 'class="progress"' in found
    AccountLink.objects.update(config={**link.config, "port": "1"})
    assert "Look again" in text(admin, f"/accounts/{link.id}?now=1")


def test_it_is_removed_after_a_look_at_what_to_take_back(admin: Client, link: AccountLink) -> None:
    assert "DROP" in text(admin, f"/accounts/{link.id}/remove")

    answer = admin.post(f"/accounts/{link.id}/remove", follow=True)

    assert "and its secrets are gone" in answer.content.decode()
    assert not AccountLink.objects.exists()


def test_one_that_a_warehouse_needs_says_so_instead(admin: Client, link: AccountLink) -> None:
    living_in(link)

    assert "Remove ours" not in text(admin, f"/accounts/{link.id}")
    answer = admin.post(f"/accounts/{link.id}/remove", follow=True)

    assert "Delete those warehouses first" in answer.content.decode()
    living_in(link, WarehouseState.DELETED)
    assert AccountLink.objects.exists()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_they_are_presentable(
    look: Look, live_server: Any, settings: Any, admin: Client, link: AccountLink, *, width: int
) -> None:
    settings.ONECLICK_ORIGIN = live_server.url
    page = look(f"{live_server}/accounts", client=admin, width=width)
    assert_presentable(page)
    for path in (f"/accounts/{link.id}?now=1", f"/accounts/{link.id}/remove"):
        page.goto(f"{live_server}{path}")
        assert_presentable(page)
