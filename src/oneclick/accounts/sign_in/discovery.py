"""What a provider says of itself, and its signing keys: fetched when needed, kept for a while in this process."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from oneclick.accounts.sign_in.errors import ProviderFailed, ProviderUnusable
from oneclick.accounts.sign_in.presets import web_address
from oneclick.accounts.sign_in.wire import get_json

KEPT_S = 3600.0
KEYS_ASKED_EVERY_S = 30.0
PATH = "/.well-known/openid-configuration"


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """A provider's own description (OpenID Connect Discovery 1.0), as far as we use it."""

    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str
    auth_methods: tuple[str, ...]
    names_issuer: bool


class Directory:
    """Remembers descriptions and keys. An unknown key id is looked up afresh, but not more often than every 30 s."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._endpoints: dict[str, tuple[float, Endpoints]] = {}
        self._keys: dict[str, tuple[float, list[dict[str, Any]]]] = {}

    def endpoints(self, issuer: str) -> Endpoints:
        """What the issuer says of itself; raises `ProviderFailed`."""
        kept = self._endpoints.get(issuer)
        if kept and self._clock() - kept[0] < KEPT_S:
            return kept[1]
        found = _described(issuer, get_json(issuer.rstrip("/") + PATH))
        with self._lock:
            self._endpoints[issuer] = (self._clock(), found)
        return found

    def keys(self, url: str, *, wanted: str | None) -> list[dict[str, Any]]:
        """The signing keys; asked for again where the wanted key id isn't among them."""
        kept = self._keys.get(url)
        age = self._clock() - kept[0] if kept else KEPT_S
        if kept and age < KEPT_S and (_has(kept[1], wanted) or age < KEYS_ASKED_EVERY_S):
            return kept[1]
        found = get_json(url).get("keys")
        if not isinstance(found, list):
            raise ProviderFailed("The identity provider publishes no keys.")
        keys = [key for key in found if isinstance(key, dict)]
        with self._lock:
            self._keys[url] = (self._clock(), keys)
        return keys

    def forget(self, issuer: str) -> None:
        """Ask the issuer afresh next time."""
        with self._lock:
            self._endpoints.pop(issuer, None)
            self._keys.clear()


directory = Directory()
"""This process's own."""


def _has(keys: list[dict[str, Any]], wanted: str | None) -> bool:
    return wanted is None or any(key.get("kid") == wanted for key in keys)


def _described(issuer: str, found: dict[str, Any]) -> Endpoints:
    named = found.get("issuer")
    if not isinstance(named, str) or named.rstrip("/") != issuer.rstrip("/"):
        raise ProviderFailed(
            f"{issuer} says that it is somebody else.",
            hint="Copy the issuer exactly as the provider writes it in its own discovery document.",
        )
    return Endpoints(
        issuer=named,
        authorization=_address(found, "authorization_endpoint"),
        token=_address(found, "token_endpoint"),
        keys=_address(found, "jwks_uri"),
        userinfo=_address(found, "userinfo_endpoint") if found.get("userinfo_endpoint") else "",
        auth_methods=tuple(found.get("token_endpoint_auth_methods_supported") or ("client_secret_basic",)),
        names_issuer=found.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(found: dict[str, Any], name: str) -> str:
    try:
        return web_address(str(found.get(name, "")))
    except ProviderUnusable as exc:
        raise ProviderFailed(f"The identity provider's {name} can't be used. {exc.message}") from exc
