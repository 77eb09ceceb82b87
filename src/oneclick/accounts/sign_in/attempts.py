"""A sign-in under way, from leaving for the provider to coming back: bound to browser and provider, usable once."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings

from oneclick.accounts.sign_in.discovery import Endpoints
from oneclick.accounts.sign_in.errors import AttemptUnknown
from oneclick.accounts.sign_in.models import Attempt, IdentityProvider, ProviderKind
from oneclick.core.clock import Clock, utcnow

LASTS = timedelta(minutes=10)
SCOPE = "openid profile email"


class Purpose(StrEnum):
    """What somebody goes to the provider for."""

    SIGN_IN = "sign-in"
    TEST = "test"
    FRESH = "fresh"


@dataclass(frozen=True, kw_only=True)
class Return:
    """Somebody who came back: what they had left for, and what their answer must match."""

    provider: IdentityProvider
    purpose: Purpose
    user_id: UUID | None
    next_path: str
    nonce: str
    verifier: str


def new_browser_secret() -> str:
    """What the browser keeps in a cookie, so that nobody else can finish its sign-in."""
    return secrets.token_urlsafe(32)


def redirect_uri(provider: IdentityProvider) -> str:
    """Where the provider sends people back. Each has its own, so that one can't pass off another's answer as its."""
    return f"{settings.ONECLICK_ORIGIN}/sign-in/callback/{provider.slug}"


def begin(
    provider: IdentityProvider,
    endpoints: Endpoints,
    *,
    browser: str,
    purpose: Purpose,
    next_path: str = "/",
    user_id: UUID | None = None,
    clock: Clock = utcnow,
) -> str:
    """Note the attempt; the provider's address to send the browser to."""
    state = secrets.token_urlsafe(32)
    now = clock()
    Attempt.objects.create(
        state_digest=_digest(state), browser_digest=_digest(browser), provider=provider, purpose=purpose,
        user_id=user_id, next_path=next_path, expires_at=now + LASTS,
    )  # fmt: skip
    query = {
        "response_type": "code", "client_id": provider.client_id, "redirect_uri": redirect_uri(provider),
        "scope": SCOPE, "state": state, "nonce": _derived(browser, state, "nonce"),
        "code_challenge": _challenge(_derived(browser, state, "verifier")), "code_challenge_method": "S256",
    }  # fmt: skip
    if provider.kind == ProviderKind.GOOGLE:
        query["hd"] = provider.tenant
    if purpose is Purpose.FRESH:
        query |= {"prompt": "login", "max_age": "0"}
    return f"{endpoints.authorization}?{urlencode(query)}"


def finish(slug: str, *, state: str, browser: str, clock: Clock = utcnow) -> Return:
    """Take the attempt that this state belongs to: it is gone then. Raises `AttemptUnknown`."""
    taken = (
        Attempt.objects.select_related("provider", "provider__organisation")
        .filter(state_digest=_digest(state), browser_digest=_digest(browser), provider__slug=slug)
        .filter(expires_at__gt=clock())
        .first()
    )
    # Of two callbacks at once, the one that deletes the row goes on.
    if taken is None or not Attempt.objects.filter(state_digest=taken.state_digest).delete()[0]:
        raise AttemptUnknown
    return Return(
        provider=taken.provider, purpose=Purpose(taken.purpose), user_id=taken.user_id, next_path=taken.next_path,
        nonce=_derived(browser, state, "nonce"), verifier=_derived(browser, state, "verifier"),
    )  # fmt: skip


def clear_abandoned(*, clock: Clock = utcnow) -> None:
    """Remove attempts that nobody came back from."""
    Attempt.objects.filter(expires_at__lt=clock()).delete()


def _derived(browser: str, state: str, word: str) -> str:
    return _text(hmac.digest(browser.encode(), f"{word}:{state}".encode(), "sha256"))


def _challenge(verifier: str) -> str:
    return _text(hashlib.sha256(verifier.encode()).digest())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
