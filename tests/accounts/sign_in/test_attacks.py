"""Every way in that must stay shut: tokens, states, providers, and what a browser can be made to send."""

import base64
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.test import Client

from oneclick.accounts.sign_in import attempts, providers, tokens
from oneclick.accounts.sign_in.models import Attempt, IdentityProvider, ProviderKind, Session
from oneclick.accounts.users.models import User
from oneclick.audit.models import AuditEvent
from tests.accounts.sign_in.conftest import Browser, typed
from tests.accounts.sign_in.provider import CLIENT_SECRET, redirect_to, rsa_key, running
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NOW = 1_800_000_000


def shut(browser: Browser, response: Any, status: int = 403) -> bool:
    """Refused with a page, not signed in, no user made; the audit log knows."""
    assert response.status_code == status, response.content.decode()
    assert not Session.objects.exists()
    assert not User.objects.filter(issuer=browser.idp.issuer).exists()
    assert AuditEvent.objects.filter(action="sign_in.refused").exists()
    return not browser.is_in


def with_token(browser: Browser, make: Any) -> Any:
    """The answer to a sign-in whose token is what `make` makes of the right claims."""
    address = browser.leave()
    nonce = parse_qs(urlsplit(address).query)["nonce"][0]
    raw = make(browser.idp.claims(nonce))
    return browser.come_back(**browser.idp.authorise(address, raw=raw))


def _shown(value: object) -> str:
    """For the name of a test, which two processes must agree on: so no moment is in it."""
    return "moment" if isinstance(value, int) and value > 1_000_000 else str(value)[:20]


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 120},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"iat": None},
        {"nbf": int(time.time()) + 3600},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ["a", "list"]},
        {"iss": "https://login.example.com"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": ["one-click", "another-client"]},
        {"aud": ["one-click", "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 300},
        {"sub": "ada\nroot"},
        {"sub": 7},
    ],
    ids=lambda claims: "-".join(f"{name}={_shown(value)}" for name, value in claims.items()),
)
def test_it_refuses_a_token_with_a_wrong_claim(browser: Browser, claims: dict[str, Any]) -> None:
    assert shut(browser, browser.sign_in(**claims))


def test_it_allows_a_clock_that_is_off_by_less_than_a_minute(browser: Browser) -> None:
    assert browser.sign_in(exp=int(time.time()) - 30, iat=int(time.time()) + 30).status_code == 302


def test_it_refuses_an_unsigned_token(browser: Browser) -> None:
    assert shut(browser, with_token(browser, lambda claims: jwt.encode(claims, None, algorithm="none")))


def test_it_refuses_a_token_whose_signature_was_cut_off(browser: Browser) -> None:
    assert shut(browser, with_token(browser, lambda claims: browser.idp.signed(claims).rpartition(".")[0] + "."))


def test_it_refuses_a_token_that_was_changed_after_signing(browser: Browser) -> None:
    def tampered(claims: dict[str, Any]) -> str:
        head, _, signature = browser.idp.signed(claims).split(".")
        body = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "admin"}).encode()).rstrip(b"=").decode()
        return f"{head}.{body}.{signature}"

    assert shut(browser, with_token(browser, tampered))


def test_it_refuses_hs256_signed_with_the_public_key(browser: Browser) -> None:
    def forged(claims: dict[str, Any]) -> str:
        import hashlib
        import hmac

        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public = browser.idp.key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        parts = [{"alg": "HS256", "typ": "JWT", "kid": "one"}, claims]
        text = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
        signature = hmac.digest(public, text.encode(), hashlib.sha256)
        return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    assert shut(browser, with_token(browser, forged))


def test_it_refuses_hs256_with_the_client_secret(browser: Browser) -> None:
    assert shut(browser, with_token(browser, lambda claims: jwt.encode(claims, CLIENT_SECRET * 4, algorithm="HS256")))


def test_it_refuses_a_key_that_isn_t_published(browser: Browser) -> None:
    other = rsa_key("one", number=1)
    assert shut(browser, with_token(browser, lambda claims: browser.idp.signed(claims, key=other)))


def test_it_refuses_a_key_that_the_token_brings_along(browser: Browser) -> None:
    other = rsa_key("own", number=1)
    bring = lambda claims: browser.idp.signed(claims, key=other, jwk=other.public(), jku=f"{browser.idp.issuer}/keys")  # noqa: E731 - one line
    assert shut(browser, with_token(browser, bring))


def test_it_refuses_a_key_that_is_for_encryption(browser: Browser) -> None:
    browser.idp.published = [{**browser.idp.key.public(), "use": "enc"}]
    assert shut(browser, browser.sign_in())


def test_it_refuses_a_key_published_as_a_shared_secret(browser: Browser) -> None:
    secret = base64.urlsafe_b64encode(b"s" * 32).rstrip(b"=").decode()
    browser.idp.published = [{"kty": "oct", "k": secret, "kid": "one"}]
    assert shut(browser, with_token(browser, lambda claims: jwt.encode(claims, "s" * 32, algorithm="HS256")))


def test_it_refuses_a_token_of_another_sign_in(browser: Browser) -> None:
    first = browser.leave()
    nonce = parse_qs(urlsplit(first).query)["nonce"][0]
    stolen = browser.idp.signed(browser.idp.claims(nonce))
    assert shut(browser, browser.come_back(**browser.idp.authorise(browser.leave(), raw=stolen)))


def test_it_refuses_a_callback_that_is_played_again(browser: Browser) -> None:
    browser.idp.reuses_codes = True
    query = browser.idp.authorise(browser.leave())
    assert browser.come_back(**query).status_code == 302
    browser.client.post("/sign-in/out")
    assert browser.come_back(**query).status_code == 403
    assert not browser.is_in


def test_a_code_works_once(browser: Browser) -> None:
    query = browser.idp.authorise(browser.leave(), code="the-code")
    assert browser.come_back(**query).status_code == 302
    again = {"code": "the-code", "state": parse_qs(urlsplit(browser.leave()).query)["state"][0]}
    assert browser.come_back(**again).status_code == 503


@pytest.mark.parametrize("state", ["", "wrong", "x" * 4000])
def test_it_refuses_a_wrong_state(browser: Browser, state: str) -> None:
    query = browser.idp.authorise(browser.leave())
    assert shut(browser, browser.come_back(**{**query, "state": state}))


def test_it_refuses_to_finish_a_sign_in_that_another_browser_began(browser: Browser) -> None:
    """Login CSRF: the victim's browser would be signed in as the attacker."""
    query = browser.idp.authorise(browser.leave())
    victim = Client()
    assert victim.get(f"/sign-in/callback/{browser.provider.slug}", query).status_code == 403
    assert not Session.objects.exists()


def test_it_refuses_a_sign_in_that_took_too_long(browser: Browser) -> None:
    query = browser.idp.authorise(browser.leave())
    Attempt.objects.update(expires_at="2020-01-01T00:00Z")
    assert shut(browser, browser.come_back(**query))


def test_it_refuses_the_answer_of_another_provider(browser: Browser, cast: Cast) -> None:
    """Mix-up: an answer of one provider at the callback of another."""
    from oneclick.outbound.services import From, allow

    with running() as other:
        allow(f"127.0.0.1:{other.port}", actor="system:test", sitting=From.COMMAND_LINE)
        second = providers.add_provider(cast.outsider, typed(other))
        query = browser.idp.authorise(browser.leave())
        response = browser.client.get(f"/sign-in/callback/{second.slug}", query)
    assert shut(browser, response)


@pytest.mark.parametrize("named", [None, "https://login.example.com", ""])
def test_it_refuses_an_answer_that_names_another_issuer(browser: Browser, named: str | None) -> None:
    browser.idp.described = {"authorization_response_iss_parameter_supported": True}
    query = browser.idp.authorise(browser.leave())
    assert shut(browser, browser.come_back(**query, **({"iss": named} if named is not None else {})))


def test_it_accepts_an_answer_that_names_its_issuer(browser: Browser) -> None:
    browser.idp.described = {"authorization_response_iss_parameter_supported": True}
    query = browser.idp.authorise(browser.leave())
    assert browser.come_back(**query, iss=browser.idp.issuer).status_code == 302


def test_it_refuses_userinfo_about_somebody_else(browser: Browser) -> None:
    browser.idp.userinfo = {"sub": "root", "email": "root@example.com", "email_verified": True}
    assert shut(browser, browser.sign_in(email=None, email_verified=None))


def test_userinfo_can_t_replace_what_was_signed(browser: Browser) -> None:
    browser.idp.userinfo = {"sub": "ada", "email": "a@example.com", "email_verified": True, "iss": "https://x.example"}
    assert browser.sign_in(email=None, email_verified=False).status_code == 403


# -- the provider itself --------------------------------------------------------------------------------------------


def test_a_provider_that_is_down_gets_a_clear_page_with_another_way_in(
    browser: Browser, provider: IdentityProvider
) -> None:
    provider.issuer = "http://127.0.0.1:9"
    provider.save()
    response = browser.client.post(f"/sign-in/start/{provider.slug}")
    page = response.content.decode()
    assert response.status_code == 503
    assert "/sign-in/local" in page
    assert "127.0.0.1" in page


def test_a_slow_provider_is_given_up(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    query = browser.idp.authorise(browser.leave())
    monkeypatch.setattr("oneclick.accounts.sign_in.wire.TIMEOUT_S", 0.3)
    browser.idp.delay_s = 1.0
    began = time.monotonic()
    assert shut(browser, browser.come_back(**query), status=503)
    assert time.monotonic() - began < 1.0


def test_an_answer_of_10_mb_is_cut_off(browser: Browser) -> None:
    browser.idp.answers["/token"] = lambda: (
        200,
        {"Content-Type": "application/json"},
        b'{"a": "' + b"x" * 10**7 + b'"}',
    )
    assert shut(browser, browser.sign_in(), status=503)


@pytest.mark.parametrize("path", ["/token", "/keys", "/.well-known/openid-configuration"])
def test_a_redirect_to_loopback_is_not_followed(browser: Browser, path: str) -> None:
    with running() as inner:
        query = browser.idp.authorise(browser.leave()) if path != "/.well-known/openid-configuration" else None
        browser.idp.answers[path] = redirect_to(f"{inner.issuer}/keys")
        response = (
            browser.come_back(**query) if query else browser.client.post(f"/sign-in/start/{browser.provider.slug}")
        )
        assert shut(browser, response, status=503)
        assert inner.asked == []


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://login.example.com"},
        {"token_endpoint": "http://10.0.0.1/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ],
    ids=lambda described: next(iter(described)),
)
def test_a_description_that_leads_elsewhere_is_refused(browser: Browser, described: dict[str, Any]) -> None:
    browser.idp.described = described
    response = browser.client.post(f"/sign-in/start/{browser.provider.slug}")
    assert shut(browser, response, status=503)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"<html>", b'{"keys": 7}', b'{"keys": [7, {"kty": "RSA", "kid": "one"}]}']
)
def test_odd_keys_are_refused(browser: Browser, body: bytes) -> None:
    browser.idp.answers["/keys"] = lambda: (200, {"Content-Type": "application/json"}, body)
    response = browser.sign_in()
    assert shut(browser, response, status=response.status_code)
    assert response.status_code in (403, 503)


def test_a_refused_token_repeats_nothing_of_it(browser: Browser) -> None:
    response = browser.sign_in(sub="ada", nonce="c4n4ry-nonce", email="c4n4ry@example.com")
    assert "c4n4ry" not in response.content.decode()


def test_an_error_of_the_provider_is_shown_as_a_word_alone(browser: Browser) -> None:
    state = parse_qs(urlsplit(browser.leave()).query)["state"][0]
    page = browser.come_back(error="access_denied", error_description="<b>Call 555</b>", state=state).content.decode()
    assert "access_denied" in page
    assert "555" not in page


# -- the browser ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
     "/\t/evil.example", "http:evil.example", "/sign-in/out", "/" + "x" * 600],
)  # fmt: skip
def test_it_never_leads_off_the_site_afterwards(browser: Browser, wanted: str) -> None:
    assert browser.sign_in(next_path=wanted)["Location"] == "/overview"


def test_it_changes_the_session_s_key_at_sign_in(browser: Browser) -> None:
    """Session fixation: a key that was planted before is worth nothing after."""
    browser.client.cookies["oneclick_session"] = "planted0planted0planted0planted0"
    browser.sign_in()
    assert browser.client.cookies["oneclick_session"].value != "planted0planted0planted0planted0"
    intruder = Client()
    intruder.cookies["oneclick_session"] = "planted0planted0planted0planted0"
    assert intruder.get("/account/").status_code == 302


def test_a_second_sign_in_ends_the_first_session(browser: Browser) -> None:
    browser.sign_in()
    former = browser.client.cookies["oneclick_session"].value
    browser.sign_in(sub="eve", email="eve@example.com")
    intruder = Client()
    intruder.cookies["oneclick_session"] = former
    assert intruder.get("/account/").status_code == 302


@pytest.mark.parametrize("path", ["/sign-in/start/{slug}", "/sign-in/local", "/sign-in/out", "/account/devices/end"])
def test_a_form_of_another_site_is_refused(browser: Browser, path: str) -> None:
    browser.sign_in()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.client.cookies
    response = strict.post(path.format(slug=browser.provider.slug), {"next": "/"})
    assert response.status_code == 403
    assert browser.is_in


def test_too_many_tries_from_one_address_are_stopped(browser: Browser) -> None:
    answers = [browser.come_back(code="x", state="y").status_code for _ in range(35)]
    assert answers[0] == 403
    page = browser.come_back(code="x", state="y").content.decode()
    assert "too many attempts" in page


def test_the_list_of_algorithms_holds_no_shared_secret_and_no_none() -> None:
    assert not any(name.startswith(("HS", "none")) for name in tokens.FAMILY)


def test_what_is_stored_of_an_attempt_doesn_t_finish_it(browser: Browser) -> None:
    query = parse_qs(urlsplit(browser.leave()).query)
    row = Attempt.objects.get()
    stored = " ".join(str(value) for value in vars(row).values())
    assert query["state"][0] not in stored
    assert query["nonce"][0] not in stored
    assert browser.client.cookies["oneclick_sign_in"].value not in stored
    assert attempts.LASTS.total_seconds() == 600


def test_a_provider_of_microsoft_or_google_must_be_pinned(cast: Cast) -> None:
    from oneclick.accounts.sign_in.errors import ProviderUnusable
    from oneclick.core.secrets import SecretText

    for kind, where in [
        (ProviderKind.GENERIC, "https://login.microsoftonline.com/common/v2.0"),
        (ProviderKind.GENERIC, "https://accounts.google.com"),
        (ProviderKind.ENTRA, "common"),
        (ProviderKind.ENTRA, "organizations"),
        (ProviderKind.ENTRA, "contoso.com"),
        (ProviderKind.GOOGLE, "nonsense"),
        (ProviderKind.OKTA, "http://company.okta.com"),
        (ProviderKind.GENERIC, "https://user:pass@login.example.com"),
        (ProviderKind.GENERIC, "http://login.example.com"),
    ]:
        given = providers.ProviderInput(kind=kind, where=where, client_id="x", client_secret=SecretText("y"))
        with pytest.raises(ProviderUnusable):
            providers.add_provider(cast.admin, given)
