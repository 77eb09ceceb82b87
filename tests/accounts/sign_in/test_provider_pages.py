"""Setting providers up on their pages: for admins alone, freshly signed in, each within its organisation."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from oneclick.accounts.models import Membership
from oneclick.accounts.roles import Principal
from oneclick.accounts.sign_in import providers
from oneclick.accounts.sign_in.errors import ProviderNotFound, ProviderUnusable
from oneclick.accounts.sign_in.models import IdentityProvider, Session
from oneclick.core.secrets import SecretText
from oneclick.secret_store import services as secret_store
from tests.accounts.sign_in.conftest import Browser, address_in, typed
from tests.accounts.sign_in.provider import CLIENT_SECRET, Provider
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_browser(browser: Browser) -> Browser:
    browser.sign_in()
    Membership.objects.filter(user__issuer=browser.idp.issuer).update(role="admin")
    return browser


def form(**changes: str) -> dict[str, str]:
    fields = {
        "slug": "0123456789", "where": "https://login.example.com", "client_id": "one", "client_secret": "c4n4ry",
        "default_role": "reader", "group_claim": "roles", "admin_groups": "a, b", "member_groups": "b,c",
        "reader_groups": "",
    }  # fmt: skip
    return {**fields, **changes}


def test_an_admin_adds_a_provider(admin_browser: Browser, cast: Cast) -> None:
    page = admin_browser.client.get("/settings/sign-in/add/generic").content.decode()
    assert "http://testserver/sign-in/callback/" in page
    response = admin_browser.client.post("/settings/sign-in/add/generic", form())
    assert response.status_code == 302
    made = IdentityProvider.objects.get(slug="0123456789")
    assert made.organisation == cast.organisation
    assert made.roles_by_group == {"a": "admin", "b": "admin", "c": "member"}
    assert secret_store.get(made.secret_reference).reveal() == "c4n4ry"
    assert not made.is_operators


def test_the_secret_is_never_shown_again(admin_browser: Browser) -> None:
    for path in ("/settings/sign-in/", f"/settings/sign-in/{admin_browser.provider.id}"):
        response = admin_browser.client.get(path)
        assert response.status_code == 200
        assert CLIENT_SECRET not in response.content.decode()
    wrong = admin_browser.client.post("/settings/sign-in/add/generic", form(where="nonsense"))
    assert wrong.status_code == 400
    assert "c4n4ry" not in wrong.content.decode()


@pytest.mark.parametrize("role", ["member", "reader"])
def test_others_may_not(admin_browser: Browser, role: str) -> None:
    Membership.objects.filter(user__issuer=admin_browser.idp.issuer).update(role=role)
    assert admin_browser.client.get("/settings/sign-in/").status_code == 403
    assert admin_browser.client.post("/settings/sign-in/add/generic", form()).status_code == 403
    assert IdentityProvider.objects.count() == 1


def test_another_organisation_s_provider_isn_t_there(admin_browser: Browser, cast: Cast, idp: Provider) -> None:
    theirs = providers.add_provider(cast.outsider, typed(idp))
    for path, data in [
        ("", form()),
        ("/test", {}),
        ("/enforce", {}),
        ("/remove", {"confirmed_name": "OpenID Connect"}),
    ]:
        assert admin_browser.client.post(f"/settings/sign-in/{theirs.id}{path}", data).status_code == 404
    assert admin_browser.client.get(f"/settings/sign-in/{theirs.id}").status_code == 404
    theirs.refresh_from_db()
    assert theirs.client_id == typed(idp).client_id


def test_it_asks_for_a_fresh_sign_in_first(admin_browser: Browser, idp: Provider) -> None:
    Session.objects.update(fresh_at=F("fresh_at") - timedelta(minutes=20))
    path = f"/settings/sign-in/{admin_browser.provider.id}"
    response = admin_browser.client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/again?next=")
    left = admin_browser.client.post("/sign-in/again", {"next": path})
    address = address_in(left)
    assert "prompt=login" in address
    before = admin_browser.client.cookies["oneclick_session"].value
    back = admin_browser.come_back(**idp.authorise(address))
    assert back["Location"] == path
    assert admin_browser.client.cookies["oneclick_session"].value != before
    assert admin_browser.client.get(path).status_code == 200
    assert Session.objects.count() == 1


@pytest.mark.parametrize("claims", [{"sub": "eve"}, {"auth_time": 1}])
def test_somebody_else_or_a_stale_sign_in_isn_t_fresh(
    admin_browser: Browser, idp: Provider, claims: dict[str, Any]
) -> None:
    Session.objects.update(fresh_at=F("fresh_at") - timedelta(minutes=20))
    address = address_in(admin_browser.client.post("/sign-in/again", {"next": "/"}))
    assert admin_browser.come_back(**idp.authorise(address, **claims)).status_code == 403
    assert admin_browser.client.get(f"/settings/sign-in/{admin_browser.provider.id}").status_code == 302


def test_a_test_shows_what_comes_back_and_changes_nothing(admin_browser: Browser, idp: Provider) -> None:
    IdentityProvider.objects.update(proved_at=None)
    left = admin_browser.client.post(f"/settings/sign-in/{admin_browser.provider.id}/test")
    response = admin_browser.come_back(**idp.authorise(address_in(left), sub="eve", email="eve@example.com"))
    page = response.content.decode()
    assert "eve@example.com" in page
    assert not Membership.objects.filter(user__subject="eve").exists()
    assert IdentityProvider.objects.get().proved_at is not None


def test_enforcing_and_removing(admin_browser: Browser) -> None:
    path = f"/settings/sign-in/{admin_browser.provider.id}"
    admin_browser.client.post(f"{path}/enforce")
    assert IdentityProvider.objects.get().is_enforced
    assert admin_browser.client.get(path).status_code == 200
    admin_browser.client.post(f"{path}/enforce", {"stop": "yes"})
    assert not IdentityProvider.objects.get().is_enforced
    assert admin_browser.client.post(f"{path}/remove", {"confirmed_name": "wrong"}).status_code == 422
    assert admin_browser.client.post(f"{path}/remove", {"confirmed_name": "OpenID Connect"}).status_code == 302
    assert not IdentityProvider.objects.exists()


def test_another_address_needs_its_own_secret(cast: Cast, provider: IdentityProvider, idp: Provider) -> None:
    """Else whoever may change the address could have the secret sent to a server of their own."""
    with pytest.raises(ProviderUnusable, match="own client secret"):
        providers.change_provider(
            cast.admin, provider.id, typed(idp, where="https://evil.example", client_secret=SecretText(""))
        )


def test_a_change_must_be_tested_again(cast: Cast, admin_browser: Browser, idp: Provider) -> None:
    changed = providers.change_provider(cast.admin, admin_browser.provider.id, typed(idp, client_id="two"))
    assert changed.proved_at is None


@pytest.mark.parametrize("who", ["member", "reader"])
def test_services_ask_for_the_right_themselves(cast: Cast, provider: IdentityProvider, who: str) -> None:
    from oneclick.accounts.roles import NotAllowed

    principal: Principal = getattr(cast, who)
    for change in (providers.remove_provider, providers.enforce_provider, providers.stop_enforcing, providers.reach):
        with pytest.raises(NotAllowed):
            change(principal, provider.id)
    with pytest.raises(ProviderNotFound):
        providers.remove_provider(cast.outsider, provider.id)


def test_nobody_who_isn_t_signed_in_sees_them(provider: IdentityProvider) -> None:
    response = Client().get("/settings/sign-in/")
    assert response["Location"] == "/sign-in/?next=%2Fsettings%2Fsign-in%2F"
