"""The way in through an identity provider, as it should go."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from oneclick.accounts.models import Membership
from oneclick.accounts.sign_in.models import Attempt, IdentityProvider, Session
from oneclick.accounts.users.models import User
from tests.accounts.sign_in.conftest import Browser
from tests.accounts.sign_in.provider import Provider, ec_key, ed_key, rsa_key
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_it_signs_in_and_makes_a_member_just_in_time(browser: Browser, cast: Cast, idp: Provider) -> None:
    response = browser.sign_in(next_path="/account/")
    assert (response.status_code, response["Location"]) == (302, "/account/")
    user = User.objects.get(issuer=idp.issuer, subject="ada")
    assert user.email == "ada@example.com"
    assert Membership.objects.get(user=user, organisation=cast.organisation).role == "reader"
    assert browser.is_in
    assert not Attempt.objects.exists()


def test_it_asks_with_pkce_state_and_nonce_and_takes_nothing_from_the_address(browser: Browser) -> None:
    path = f"/sign-in/start/{browser.provider.slug}?scope=admin&auth_params=x%3Dy&process=connect&prompt=none"
    response = browser.client.post(path, {"scope": "admin", "redirect_uri": "https://evil.example"})
    address = response.content.decode()
    assert "evil.example" not in address
    query = parse_qs(urlsplit(browser.leave()).query)
    assert query["scope"] == ["openid profile email"]
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [f"http://testserver/sign-in/callback/{browser.provider.slug}"]
    assert {"state", "nonce", "code_challenge"} <= set(query)
    assert "prompt" not in query


@pytest.mark.parametrize(
    "key", [rsa_key(), rsa_key(algorithm="PS256"), ec_key(), ed_key()], ids=lambda key: key.algorithm
)
def test_it_accepts_each_of_the_good_algorithms(browser: Browser, idp: Provider, key: object) -> None:
    idp.key = key  # type: ignore[assignment]  # parametrised
    assert browser.sign_in().status_code == 302


def test_it_accepts_a_token_without_key_id_where_there_is_one_key(browser: Browser, idp: Provider) -> None:
    address = browser.leave()
    nonce = parse_qs(urlsplit(address).query)["nonce"][0]
    raw = idp.signed(idp.claims(nonce), kid=None)
    assert browser.come_back(**idp.authorise(address, raw=raw)).status_code == 302


def test_it_learns_a_new_key_when_a_token_names_one(
    browser: Browser, idp: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.sign_in()
    idp.key = rsa_key("two", number=1)
    monkeypatch.setattr("oneclick.accounts.sign_in.discovery.KEYS_ASKED_EVERY_S", 0.0)
    assert browser.sign_in().status_code == 302


def test_it_doesn_t_ask_for_keys_again_and_again(browser: Browser, idp: Provider) -> None:
    browser.sign_in()
    idp.key = rsa_key("two", number=1)
    assert [browser.sign_in().status_code for _ in range(3)] == [403, 403, 403]
    assert idp.asked.count("/keys") == 1


def test_it_reads_userinfo_where_the_token_lacks_the_address(browser: Browser, idp: Provider) -> None:
    idp.userinfo = {"sub": "ada", "email": "ada@example.com", "email_verified": True}
    assert browser.sign_in(email=None, email_verified=None).status_code == 302
    assert User.objects.get(issuer=idp.issuer).email == "ada@example.com"


def test_the_page_has_a_button_where_there_is_one_organisation(provider: IdentityProvider) -> None:
    page = Client().get("/sign-in/").content.decode()
    assert f"/sign-in/start/{provider.slug}" in page


def test_the_page_finds_the_provider_by_the_domain(browser: Browser, cast: Cast) -> None:
    cast.organisation.domain = "example.com"
    cast.organisation.save()
    found = browser.client.post("/sign-in/", {"email": "Ada@Example.com"})
    assert "/authorize?" in found.content.decode()
    assert browser.client.post("/sign-in/", {"email": "ada@elsewhere.example"}).status_code == 404


def test_a_session_is_stored_by_its_hash_alone(browser: Browser) -> None:
    browser.sign_in()
    key = browser.client.cookies["oneclick_session"].value
    row = Session.objects.get()
    assert key not in (row.key_digest, row.session_data)
    assert len(row.key_digest) == 64


def test_localhost_leads_to_the_name_that_providers_come_back_to(provider: IdentityProvider, settings: Any) -> None:
    settings.ONECLICK_ORIGIN = "http://127.0.0.1:8000"
    response = Client(HTTP_HOST="localhost:8000").get("/sign-in/?next=/team")
    assert response["Location"] == "http://127.0.0.1:8000/sign-in/?next=/team"
    assert Client(HTTP_HOST="127.0.0.1:8000").get("/sign-in/").status_code == 200
