"""Strangers: what each value of ONECLICK_SIGNUP lets them do, and what it tells them to do next."""

from typing import Any

import pytest
from django.test import Client

from oneclick.accounts.models import Membership, Organisation
from oneclick.accounts.sign_in.models import IdentityProvider
from tests.accounts.conftest import signed_in
from tests.accounts.sign_in.conftest import Browser, idp, origin, provider  # noqa: F401 - fixtures
from tests.accounts.sign_in.provider import Provider
from tests.browser import Look, assert_presentable, browser, look
from tests.cast import Cast

__all__ = ["browser", "look"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger(provider: IdentityProvider, idp: Provider) -> Browser:  # noqa: F811 - the fixtures
    """Somebody whom a provider knows and gives no role."""
    IdentityProvider.objects.update(default_role="")
    return Browser(provider, idp)


def test_open_lets_a_stranger_make_an_organisation(stranger: Browser, settings: Any) -> None:
    settings.ONECLICK_SIGNUP = "open"
    stranger.sign_in()
    page = stranger.client.get("/team")
    assert page.status_code == 403
    assert "/organisations/new" in page.content.decode()

    made = stranger.client.post("/organisations/new", {"name": "Ada's own"})

    assert (made.status_code, made["Location"]) == (302, "/")
    joined = Membership.objects.get(user__subject="ada")
    assert (joined.organisation.name, joined.role) == ("Ada's own", "admin")
    team = stranger.client.get("/team").content.decode()
    assert "Ada&#x27;s own" in team
    assert "Acme" not in team


@pytest.mark.parametrize("signup", ["invite", "closed"])
def test_elsewhere_nobody_does(stranger: Browser, cast: Cast, settings: Any, signup: str) -> None:
    settings.ONECLICK_SIGNUP = signup
    for client in (signed_in(cast.reader), signed_in(cast.admin)):
        answer = client.post("/organisations/new", {"name": "Mine"})
        assert answer.status_code == 403
        assert "/organisations/new" not in client.get("/organisations").content.decode()

    assert not Organisation.objects.filter(name="Mine").exists()


@pytest.mark.parametrize(
    ("signup", "words"), [("invite", "Ask an admin of your organisation"), ("closed", "takes in nobody new")]
)
def test_a_stranger_is_told_what_to_do_next(stranger: Browser, settings: Any, signup: str, words: str) -> None:
    settings.ONECLICK_SIGNUP = signup

    refused = stranger.sign_in()

    assert refused.status_code == 403
    assert words in refused.content.decode()
    assert not stranger.is_in


def test_a_name_that_is_taken_is_said_to_be_so(cast: Cast, settings: Any) -> None:
    settings.ONECLICK_SIGNUP = "open"

    answer = signed_in(cast.reader).post("/organisations/new", {"name": "ACME"})

    assert answer.status_code == 422
    assert "already" in answer.content.decode()


def test_one_person_can_t_fill_the_installation(cast: Cast, settings: Any) -> None:
    settings.ONECLICK_SIGNUP = "open"
    client = signed_in(cast.reader)

    answers = [client.post("/organisations/new", {"name": f"Number {number}"}).status_code for number in range(11)]

    assert answers == [302] * 10 + [422]


def test_who_isn_t_signed_in_signs_in_first(cast: Cast, settings: Any) -> None:
    settings.ONECLICK_SIGNUP = "open"

    assert Client().get("/organisations/new")["Location"].startswith("/sign-in/?next=")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_is_presentable(look: Look, cast: Cast, settings: Any, live_server: Any, width: int) -> None:
    settings.ONECLICK_SIGNUP, settings.ONECLICK_ORIGIN = "open", live_server.url

    page = look(f"{live_server.url}/organisations/new", width=width, client=signed_in(cast.reader))

    assert_presentable(page)
