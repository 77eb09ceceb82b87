"""The settings of sign-in and sessions, and of the identity provider that an installation starts with."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oneclick.core import environment as env
from oneclick.core.environment import Setting, SettingError
from oneclick.core.secrets import SecretText

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(raw: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(word) for word in env.words(raw))
    except ValueError:
        raise ValueError("it must be addresses or networks, such as 10.0.0.7,10.1.0.0/16") from None


SIGNUP = Setting(
    name="ONECLICK_SIGNUP",
    help="Who may come in for the first time. `closed`: nobody but members. `invite`: who was invited, and who an "
    "organisation's identity provider gives a role. `open`: anybody who can sign in, who may then make an "
    "organisation of their own.",
    parse=env.choice("closed", "invite", "open"),
    default="invite",
)
SESSION_IDLE_MINUTES = Setting(
    name="ONECLICK_SESSION_IDLE_MINUTES",
    help="After how many minutes without a request a browser is signed out.",
    parse=env.whole_number(1, 43200),
    default=120,
)
SESSION_HOURS = Setting(
    name="ONECLICK_SESSION_HOURS",
    help="After how many hours a browser is signed out, whatever it does.",
    parse=env.whole_number(1, 720),
    default=24,
)
TRUSTED_PROXIES: Setting[tuple[Network, ...]] = Setting(
    name="ONECLICK_TRUSTED_PROXIES",
    help="The addresses or networks of the proxies before us, separated by commas. Their X-Forwarded-For says who "
    "calls: for the audit log, the list of devices and the limits on sign-in.",
    parse=_networks,
    default=(),
    shown_default="none",
)
OIDC_KIND = Setting(
    name="ONECLICK_OIDC_KIND",
    help="Sets up a first identity provider at the start, with those below: `entra`, `google`, `okta`, `keycloak` or "
    "`generic`. Its redirect URI is ONECLICK_EXTERNAL_URL with /sign-in/callback/first behind it.",
    parse=env.choice("entra", "google", "okta", "keycloak", "generic"),
    default="",
    shown_default="none is set up",
)
OIDC_ISSUER = Setting(
    name="ONECLICK_OIDC_ISSUER",
    help="Where it is: Entra ID's tenant id, Google's Workspace domain, Okta's domain, Keycloak's realm address, or "
    "the issuer.",
    parse=env.text,
    default="",
    shown_default="none",
)
OIDC_CLIENT_ID = Setting(
    name="ONECLICK_OIDC_CLIENT_ID",
    help="The client id that it gave us.",
    parse=env.text,
    default="",
    shown_default="none",
)
OIDC_CLIENT_SECRET = Setting(
    name="ONECLICK_OIDC_CLIENT_SECRET",
    help="The client secret that it gave us.",
    parse=env.secret,
    default=SecretText(""),
    shown_default="none",
    secret=True,
)
OIDC_ORGANISATION = Setting(
    name="ONECLICK_OIDC_ORGANISATION",
    help="The organisation whose people it vouches for; made where it doesn't exist.",
    parse=env.text,
    default="",
    shown_default="the only one",
)
OIDC_DOMAIN = Setting(
    name="ONECLICK_OIDC_DOMAIN",
    help="The organisation's e-mail domain, by which the sign-in page finds it.",
    parse=env.text,
    default="",
    shown_default="none",
)
OIDC_GROUP_CLAIM = Setting(
    name="ONECLICK_OIDC_GROUP_CLAIM",
    help="The claim of the token that holds groups or roles.",
    parse=env.text,
    default="groups",
)
OIDC_ADMIN_GROUPS: Setting[tuple[str, ...]] = Setting(
    name="ONECLICK_OIDC_ADMIN_GROUPS",
    help="Groups whose people are admins, separated by commas.",
    parse=env.words,
    default=(),
    shown_default="none",
)
OIDC_MEMBER_GROUPS: Setting[tuple[str, ...]] = Setting(
    name="ONECLICK_OIDC_MEMBER_GROUPS",
    help="Groups whose people are members, separated by commas.",
    parse=env.words,
    default=(),
    shown_default="none",
)
OIDC_READER_GROUPS: Setting[tuple[str, ...]] = Setting(
    name="ONECLICK_OIDC_READER_GROUPS",
    help="Groups whose people may read, separated by commas.",
    parse=env.words,
    default=(),
    shown_default="none",
)
OIDC_DEFAULT_ROLE = Setting(
    name="ONECLICK_OIDC_DEFAULT_ROLE",
    help="The role of those who are in none of these groups.",
    parse=env.choice("member", "reader"),
    default="",
    shown_default="none: they stay outside",
)

SIGN_IN_SETTINGS: tuple[Setting[Any], ...] = (
    SIGNUP,
    SESSION_IDLE_MINUTES,
    SESSION_HOURS,
    TRUSTED_PROXIES,
    OIDC_KIND,
    OIDC_ISSUER,
    OIDC_CLIENT_ID,
    OIDC_CLIENT_SECRET,
    OIDC_ORGANISATION,
    OIDC_DOMAIN,
    OIDC_GROUP_CLAIM,
    OIDC_ADMIN_GROUPS,
    OIDC_MEMBER_GROUPS,
    OIDC_READER_GROUPS,
    OIDC_DEFAULT_ROLE,
)


@dataclass(frozen=True, kw_only=True)
class FirstProvider:
    """The identity provider that the environment describes."""

    kind: str
    where: str
    client_id: str
    client_secret: SecretText
    organisation: str
    domain: str
    group_claim: str
    roles_by_group: Mapping[str, str]
    default_role: str


@dataclass(frozen=True, kw_only=True)
class SignInEnvironment:
    """The settings of sign-in in force."""

    signup: str
    session_idle_minutes: int
    session_hours: int
    trusted_proxies: tuple[Network, ...]
    first_provider: FirstProvider | None


def read_sign_in(environ: Mapping[str, str]) -> SignInEnvironment:
    """Read them all; raises `SettingError`, also for a provider that is described by halves."""
    return SignInEnvironment(
        signup=SIGNUP.read(environ),
        session_idle_minutes=SESSION_IDLE_MINUTES.read(environ),
        session_hours=SESSION_HOURS.read(environ),
        trusted_proxies=TRUSTED_PROXIES.read(environ),
        first_provider=_first_provider(environ),
    )


def _first_provider(environ: Mapping[str, str]) -> FirstProvider | None:
    given = {
        setting: setting.read(environ) for setting in SIGN_IN_SETTINGS if setting.name.startswith("ONECLICK_OIDC_")
    }
    if all(value == setting.default for setting, value in given.items()):
        return None
    needed = (OIDC_KIND, OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)
    if missing := [setting for setting in needed if not given[setting]]:
        raise SettingError(
            f"{missing[0].name} is missing: a first identity provider is described by halves.", hint=missing[0].help
        )
    roles = {OIDC_READER_GROUPS: "reader", OIDC_MEMBER_GROUPS: "member", OIDC_ADMIN_GROUPS: "admin"}
    return FirstProvider(
        kind=given[OIDC_KIND], where=given[OIDC_ISSUER], client_id=given[OIDC_CLIENT_ID],
        client_secret=given[OIDC_CLIENT_SECRET], organisation=given[OIDC_ORGANISATION], domain=given[OIDC_DOMAIN],
        group_claim=given[OIDC_GROUP_CLAIM], default_role=given[OIDC_DEFAULT_ROLE],
        roles_by_group={group: role for setting, role in roles.items() for group in given[setting]},
    )  # fmt: skip
