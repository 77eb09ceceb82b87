"""Ready-made set-ups: what each kind of provider is asked for, and the issuer that follows from it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from oneclick.accounts.sign_in.errors import ProviderUnusable
from oneclick.accounts.sign_in.models import ProviderKind

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DOMAIN = re.compile(r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_MICROSOFT = ("login.microsoftonline.com", "sts.windows.net", "login.microsoft.com")


@dataclass(frozen=True, kw_only=True)
class Home:
    """Where a provider lives: its issuer, and the tenant that its tokens must name (empty: the issuer says it all)."""

    issuer: str
    tenant: str = ""


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One kind of provider: the one thing that is asked for beside client id and secret, and the issuer made of it."""

    asks: str
    example: str
    guide: str
    group_claim: str
    home: Callable[[str], Home]


def home_of(kind: ProviderKind, given: str) -> Home:
    """The issuer and tenant of what was typed; raises `ProviderUnusable` with what it should look like."""
    return PRESETS[kind].home(given.strip())


def web_address(url: str) -> str:
    """The address without a trailing slash, if sign-in may go there: https, or http on this machine itself."""
    try:
        parts = urlsplit(url)
        has_odd_parts = bool(parts.username or parts.password or parts.query or parts.fragment)
        is_known = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        _ = parts.port
    except ValueError:
        raise _not_an_address(url) from None
    if not parts.hostname or has_odd_parts or not is_known:
        raise _not_an_address(url)
    return url


def _not_an_address(url: str) -> ProviderUnusable:
    return ProviderUnusable(
        f"{url!r} isn't an address that sign-in may go to.",
        hint="It must start with https:// and have no user, query or fragment.",
    )


def _entra(given: str) -> Home:
    tenant = given.lower()
    if not _TENANT.fullmatch(tenant):
        raise ProviderUnusable(
            "The tenant is named by its id; `common` and domains would let other companies' people in.",
            hint="Copy “Directory (tenant) ID” from the app's overview, such as 8c7b2f1e-….",
        )
    return Home(issuer=f"https://login.microsoftonline.com/{tenant}/v2.0", tenant=tenant)


def _google(given: str) -> Home:
    domain = given.lower()
    if not _DOMAIN.fullmatch(domain):
        raise ProviderUnusable(f"{given!r} isn't a domain.", hint="Give your Workspace domain, such as example.com.")
    return Home(issuer="https://accounts.google.com", tenant=domain)


def _okta(given: str) -> Home:
    address = given if "://" in given else f"https://{given}"
    return Home(issuer=web_address(address.rstrip("/")))


def _keycloak(given: str) -> Home:
    address = web_address(given.rstrip("/"))
    if "/realms/" not in address:
        raise ProviderUnusable(
            "The address doesn't name a realm.", hint="It looks like https://login.example.com/realms/company."
        )
    return Home(issuer=address)


def _generic(given: str) -> Home:
    address = web_address(given.removesuffix("/.well-known/openid-configuration"))
    if urlsplit(address).hostname in _MICROSOFT:
        raise ProviderUnusable(
            "This is Microsoft Entra ID.", hint="Choose Microsoft Entra ID and give the tenant's id: it is pinned then."
        )
    if urlsplit(address).hostname == "accounts.google.com":
        raise ProviderUnusable(
            "This is Google, which signs in anybody.", hint="Choose Google Workspace and give your domain."
        )
    return Home(issuer=address)


PRESETS: Mapping[ProviderKind, Preset] = {
    ProviderKind.ENTRA: Preset(
        asks="Directory (tenant) ID", example="8c7b2f1e-0d3a-4b5c-9e6f-1a2b3c4d5e6f", guide="sso-entra",
        group_claim="groups", home=_entra,
    ),
    ProviderKind.GOOGLE: Preset(
        asks="Workspace domain", example="example.com", guide="sso-google", group_claim="groups", home=_google
    ),
    ProviderKind.OKTA: Preset(
        asks="Okta domain", example="company.okta.com", guide="sso-okta", group_claim="groups", home=_okta
    ),
    ProviderKind.KEYCLOAK: Preset(
        asks="Realm address", example="https://login.example.com/realms/company", guide="sso-keycloak",
        group_claim="groups", home=_keycloak,
    ),
    ProviderKind.GENERIC: Preset(
        asks="Issuer", example="https://login.example.com", guide="sso-generic", group_claim="groups", home=_generic
    ),
    ProviderKind.STUB: Preset(
        asks="Issuer", example="http://127.0.0.1:9400", guide="sso-generic", group_claim="groups", home=_generic
    ),
}  # fmt: skip
"""Kind → its set-up. A new kind is one entry here and one word in `ProviderKind`."""

OFFERED = tuple(kind for kind in ProviderKind if kind is not ProviderKind.STUB)
"""What an admin can choose; the stub is the demo's alone."""
