"""What a verified token's claims mean to us: whose e-mail address it may be, and which role follows from groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import GRANTS, Role
from oneclick.accounts.sign_in.errors import EmailRefused, GroupsMissing, TokenRefused
from oneclick.accounts.sign_in.models import IdentityProvider, ProviderKind

NAME_MAX = 200
EMAIL_MAX = 254


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who the provider says it is. `role` is the one that its groups give, if any; `groups` what was looked at."""

    issuer: str
    subject: str
    email: str
    name: str
    role: Role | None
    groups: tuple[str, ...]


def person_of(provider: IdentityProvider, claims: Mapping[str, Any]) -> Person:
    """The person of a verified token; raises a `SignInRefused` that says which rule it breaks."""
    _check_tenant(provider, claims)
    email = _email(provider, claims)
    groups = _groups(provider, claims)
    name = claims.get("name") or claims.get("preferred_username") or ""
    return Person(
        issuer=claims["iss"], subject=claims["sub"], email=email,
        name=str(name)[:NAME_MAX] if str(name).isprintable() else "", role=_role(provider, groups), groups=groups,
    )  # fmt: skip


def domain_of(email: str) -> str:
    """The part behind the @, in lower case."""
    return email.rpartition("@")[2].lower()


def _check_tenant(provider: IdentityProvider, claims: Mapping[str, Any]) -> None:
    name = {ProviderKind.ENTRA: "tid", ProviderKind.GOOGLE: "hd"}.get(provider.kind_of)
    if name and claims.get(name) != provider.tenant:
        raise TokenRefused(
            "You signed in with an account of another company, or a private one.",
            hint="Sign in with your work account.",
        )


def _email(provider: IdentityProvider, claims: Mapping[str, Any]) -> str:
    """The address, if it can be believed; empty where the provider sends none and is known to be one company's."""
    given = claims.get("email")
    email = given.strip() if isinstance(given, str) else ""
    if "email_verified" in claims and claims["email_verified"] is not True:
        raise EmailRefused("Your identity provider says that your e-mail address isn't verified.")
    if email:
        _check_address(email)
        _check_foreign(provider, email)
    if "email_verified" not in claims and not _may_omit(provider, email):
        raise EmailRefused(
            "Your identity provider doesn't say whether your e-mail address is verified.",
            hint="An operator can set your organisation's e-mail domain, or your provider can send `email_verified`.",
        )
    if "email_verified" in claims and not email:
        raise EmailRefused("Your identity provider sent no e-mail address.")
    return email


def _may_omit(provider: IdentityProvider, email: str) -> bool:
    """Entra ID never sends `email_verified`. An address without it is believed only where no stranger can choose it."""
    is_pinned = provider.kind == ProviderKind.ENTRA and bool(provider.tenant)
    is_own_domain = bool(email) and domain_of(email) == (provider.organisation.domain or "").lower()
    return is_pinned or provider.is_operators or is_own_domain


def _check_address(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise EmailRefused("Your identity provider sent something that isn't an e-mail address.") from None
    if len(email) > EMAIL_MAX:
        raise EmailRefused("Your e-mail address is too long.")


def _check_foreign(provider: IdentityProvider, email: str) -> None:
    """One organisation's provider can't speak for addresses of another's domain."""
    others = Organisation.objects.exclude(id=provider.organisation_id)
    if others.filter(domain__iexact=domain_of(email)).exists():
        raise EmailRefused(
            "Your e-mail address belongs to another organisation.", hint="Sign in through that organisation's provider."
        )


def _groups(provider: IdentityProvider, claims: Mapping[str, Any]) -> tuple[str, ...]:
    found = claims.get(provider.group_claim)
    if found is None and provider.roles_by_group and _is_overage(provider, claims):
        raise GroupsMissing("You are in so many groups that Microsoft Entra ID left them out.")
    if isinstance(found, str):
        return (found,)
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def _is_overage(provider: IdentityProvider, claims: Mapping[str, Any]) -> bool:
    """Beyond 200 groups Entra ID sends a pointer in their place (`_claim_names`, or `hasgroups`)."""
    names = claims.get("_claim_names")
    return (isinstance(names, Mapping) and provider.group_claim in names) or claims.get("hasgroups") is True


def _role(provider: IdentityProvider, groups: tuple[str, ...]) -> Role | None:
    mapped = [Role(provider.roles_by_group[group]) for group in groups if group in provider.roles_by_group]
    if mapped:
        return max(mapped, key=lambda role: len(GRANTS[role]))
    return Role(provider.default_role) if provider.default_role else None
