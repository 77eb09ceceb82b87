"""Accounts without an identity provider: the one-time link, password, codes, and the day when the provider is down."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from oneclick.accounts.models import Membership
from oneclick.accounts.sign_in import local, providers, totp
from oneclick.accounts.sign_in.errors import LinkUnknown, LocalSignInRefused, TooManyAttempts
from oneclick.accounts.sign_in.models import AdminLink, IdentityProvider, LocalAccount, Session
from oneclick.core.clock import utcnow
from oneclick.core.secrets import SecretText
from oneclick.secret_store import services as secret_store
from tests.accounts.sign_in.conftest import Browser
from tests.cast import Cast

pytestmark = pytest.mark.django_db
EMAIL = "root@example.com"
PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def code_of(reference: str, *, ahead: int = 0) -> str:
    step = int(datetime.now(UTC).timestamp()) // totp.STEP_S + ahead
    return totp.code_at(step, secret_store.get(reference))


@pytest.fixture
def link(cast: Cast) -> local.Invited:
    return local.invite_admin(cast.organisation, EMAIL, actor="operator:test")


@pytest.fixture
def account(link: local.Invited) -> LocalAccount:
    user = local.open_link(link.token, password=SecretText(PASSWORD), code=code_of(link.link.totp_reference, ahead=-1))
    return LocalAccount.objects.get(user=user)


def enter(client: Client, account: LocalAccount, **changes: str) -> Any:
    form = {"email": EMAIL, "password": PASSWORD, "code": code_of(account.totp_reference), **changes}
    return client.post("/sign-in/local", form)


def test_the_code_is_that_of_the_standard() -> None:
    """RFC 6238, appendix B, cut to six digits."""
    import base64

    secret = SecretText(base64.b32encode(b"12345678901234567890").decode())
    assert [totp.code_at(at // 30, secret) for at in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


def test_the_link_makes_an_admin_and_signs_in(link: local.Invited, cast: Cast) -> None:
    client = Client()
    page = client.get("/sign-in/link", {"token": link.token.reveal()}).content.decode()
    assert "<svg" in page
    assert secret_store.get(link.link.totp_reference).reveal() in page
    form = {"token": link.token.reveal(), "password": PASSWORD, "code": code_of(link.link.totp_reference)}
    assert client.post("/sign-in/link", form).status_code == 302
    assert client.get("/account/").status_code == 200
    assert Membership.objects.get(user__email=EMAIL, organisation=cast.organisation).role == "admin"


def test_looking_at_the_link_uses_nothing_up(link: local.Invited) -> None:
    for _ in range(3):
        assert Client().get("/sign-in/link", {"token": link.token.reveal()}).status_code == 200


def test_a_link_works_once(account: LocalAccount, link: local.Invited) -> None:
    with pytest.raises(LinkUnknown):
        local.look_at(link.token)
    assert Client().get("/sign-in/link", {"token": link.token.reveal()}).status_code == 404


def test_a_link_ends_after_a_day_and_by_a_newer_one(link: local.Invited, cast: Cast) -> None:
    with pytest.raises(LinkUnknown):
        local.look_at(link.token, clock=lambda: utcnow() + timedelta(hours=25))
    local.invite_admin(cast.organisation, EMAIL, actor="operator:test")
    with pytest.raises(LinkUnknown):
        local.look_at(link.token)


def test_the_link_is_stored_by_its_hash_alone(link: local.Invited) -> None:
    assert link.token.reveal() not in str(vars(AdminLink.objects.get()))


@pytest.mark.parametrize("password", ["short", "password1234", "root@example.com"])
def test_a_weak_password_is_refused_and_the_link_lives_on(link: local.Invited, password: str) -> None:
    with pytest.raises(LocalSignInRefused, match="another password"):
        local.open_link(link.token, password=SecretText(password), code=code_of(link.link.totp_reference))
    assert local.look_at(link.token)


def test_password_and_code_sign_in(account: LocalAccount) -> None:
    client = Client()
    assert enter(client, account).status_code == 302
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"code": "000000"}, {"email": "nobody@example.com"}])
def test_each_wrong_thing_gets_the_same_answer(account: LocalAccount, wrong: dict[str, str]) -> None:
    client = Client()
    response = enter(client, account, **wrong)
    assert response.status_code == 400
    assert local.WRONG in response.content.decode()
    assert client.get("/account/").status_code == 302


def test_a_code_works_once(account: LocalAccount) -> None:
    code = code_of(account.totp_reference)
    assert enter(Client(), account, code=code).status_code == 302
    assert enter(Client(), account, code=code).status_code == 400


def test_five_wrong_codes_lock_the_account_for_a_while(account: LocalAccount) -> None:
    right = code_of(account.totp_reference)
    for _ in range(5):
        with pytest.raises(LocalSignInRefused):
            local.authenticate(EMAIL, password=SecretText(PASSWORD), code="0", address="192.0.2.1")
    with pytest.raises(TooManyAttempts):
        local.authenticate(EMAIL, password=SecretText(PASSWORD), code=right, address="192.0.2.1")
    assert local.authenticate(EMAIL, password=SecretText(PASSWORD), code=right, address="192.0.2.2")


def test_a_new_link_makes_password_and_codes_new_and_ends_sessions(account: LocalAccount, cast: Cast) -> None:
    client = Client()
    enter(client, account)
    again = local.invite_admin(cast.organisation, EMAIL, actor="operator:test")
    local.open_link(again.token, password=SecretText("another long password"), code=code_of(again.link.totp_reference))
    assert client.get("/account/").status_code == 302
    assert enter(Client(), LocalAccount.objects.get()).status_code == 400


def test_a_provider_can_t_speak_for_a_local_account(account: LocalAccount, browser: Browser) -> None:
    browser.sign_in(sub=EMAIL, email=EMAIL)
    assert not account.user.sessions.exists()


# -- enforcing a provider ---------------------------------------------------------------------------------------------


@pytest.fixture
def enforced(browser: Browser, cast: Cast) -> IdentityProvider:
    browser.sign_in()
    return providers.enforce_provider(cast.admin, browser.provider.id)


def page(client: Client) -> int:
    return client.get("/settings/sign-in/").status_code


def test_break_glass_keeps_working_where_a_provider_is_enforced(
    account: LocalAccount, enforced: IdentityProvider
) -> None:
    client = Client()
    enter(client, account)
    assert page(client) == 200


def test_a_session_of_another_provider_doesn_t_open_the_organisation(
    enforced: IdentityProvider, browser: Browser
) -> None:
    membership = Membership.objects.get(user__issuer=browser.idp.issuer)
    membership.role = "admin"
    membership.save()
    assert page(browser.client) == 200
    Session.objects.update(provider=None)
    response = browser.client.get("/settings/sign-in/")
    assert response.status_code == 403
    assert re.search("own identity provider", response.content.decode())


def test_a_provider_is_enforced_only_after_somebody_signed_in(cast: Cast, provider: IdentityProvider) -> None:
    from oneclick.accounts.sign_in.errors import ProviderNotProved

    with pytest.raises(ProviderNotProved):
        providers.enforce_provider(cast.admin, provider.id)


def test_the_link_s_page_lets_its_own_form_say_where_it_comes_from(link: local.Invited) -> None:
    """With `no-referrer` a browser sends `Origin: null`, which the protection of forms refuses."""
    response = Client().get("/sign-in/link", {"token": link.token.reveal()})
    assert "no-referrer" not in response.content.decode()
    assert response["Referrer-Policy"] == "same-origin"
