"""Sessions: their limits, one's devices, and what enforcing a provider does to them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from oneclick.accounts.sign_in import providers
from oneclick.accounts.sign_in.models import IdentityProvider, Session
from oneclick.accounts.sign_in.session_store import SessionStore
from oneclick.accounts.users.models import User
from tests.accounts.sign_in.conftest import Browser
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def age(**by: timedelta) -> None:
    Session.objects.update(**{name: F(name) - span for name, span in by.items()})


def test_a_session_ends_when_it_is_idle(browser: Browser) -> None:
    browser.sign_in()
    age(seen_at=timedelta(minutes=119))
    assert browser.is_in
    age(seen_at=timedelta(minutes=121))
    assert not browser.is_in


def test_a_session_ends_however_busy_it_is(browser: Browser) -> None:
    browser.sign_in()
    age(ends_at=timedelta(hours=25))
    assert not browser.is_in


def test_use_keeps_a_session_alive(browser: Browser) -> None:
    browser.sign_in()
    for _ in range(3):
        age(seen_at=timedelta(minutes=100))
        assert browser.is_in


def test_who_is_switched_off_is_out_at_once(browser: Browser) -> None:
    browser.sign_in()
    User.objects.filter(issuer=browser.idp.issuer).update(is_active=False)
    assert not browser.is_in


def test_one_sees_one_s_devices_and_signs_one_out(browser: Browser, idp: Any) -> None:
    browser.sign_in()
    other = Browser(browser.provider, idp)
    other.client = Client(HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    other.sign_in()
    page = browser.client.get("/account/").content.decode()
    assert "Firefox on Linux" in page
    target = Session.objects.get(device="Firefox on Linux")
    browser.client.post(f"/account/devices/{target.id}/end")
    assert not other.is_in
    assert browser.is_in


def test_one_can_t_sign_somebody_else_out(browser: Browser, idp: Any) -> None:
    browser.sign_in()
    other = Browser(browser.provider, idp)
    other.sign_in(sub="eve", email="eve@example.com")
    target = Session.objects.get(user__subject="ada")
    other.client.post(f"/account/devices/{target.id}/end")
    assert browser.is_in


def test_sign_out_everywhere(browser: Browser, idp: Any) -> None:
    browser.sign_in()
    other = Browser(browser.provider, idp)
    other.sign_in()
    browser.client.post("/account/devices/end")
    assert not browser.is_in
    assert not other.is_in


def test_sign_out_ends_the_session_on_the_server(browser: Browser) -> None:
    browser.sign_in()
    browser.client.post("/sign-in/out")
    assert not Session.objects.exists()


def test_a_session_that_was_ended_meanwhile_isn_t_brought_back(browser: Browser) -> None:
    from django.contrib.sessions.backends.base import UpdateError

    browser.sign_in()
    store = SessionStore(browser.client.cookies["oneclick_session"].value)
    store["organisation"] = "x"
    Session.objects.all().delete()
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.exists()


def test_nobody_who_only_looks_gets_a_session(provider: IdentityProvider) -> None:
    Client().get("/sign-in/")
    assert not Session.objects.exists()


def test_old_sessions_are_removed(browser: Browser) -> None:
    browser.sign_in()
    SessionStore.clear_expired()
    assert Session.objects.count() == 1
    age(ends_at=timedelta(hours=25))
    SessionStore.clear_expired()
    assert not Session.objects.exists()


def test_removing_a_provider_signs_its_people_out(browser: Browser, cast: Cast) -> None:
    browser.sign_in()
    providers.remove_provider(cast.admin, browser.provider.id)
    assert not browser.is_in


def test_what_has_ended_is_removed_once_an_hour(browser: Browser, cast: Cast) -> None:
    from oneclick.accounts.sign_in import limits, local
    from oneclick.accounts.sign_in.models import AdminLink, Attempt, Tries
    from oneclick.accounts.sign_in.tasks import clear
    from oneclick.secret_store.models import Secret

    browser.sign_in()
    browser.leave()
    limits.count_try("x", "y", most=5, within=timedelta(minutes=1))
    local.invite_admin(cast.organisation, "root@example.com", actor="operator:test")
    clear(0)
    assert all(model.objects.exists() for model in (Session, Attempt, Tries, AdminLink))
    age(ends_at=timedelta(days=3))
    Attempt.objects.update(expires_at=F("expires_at") - timedelta(days=3))
    Tries.objects.update(since=F("since") - timedelta(days=3))
    AdminLink.objects.update(expires_at=F("expires_at") - timedelta(days=3))
    clear(0)
    assert not any(model.objects.exists() for model in (Session, Attempt, Tries, AdminLink))
    assert not Secret.objects.filter(owner__startswith="admin_link:").exists()
