"""Setting up who vouches for an organisation's people."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError, transaction

from oneclick.accounts.roles import Permission, Principal, PrincipalKind, Role
from oneclick.accounts.sign_in.discovery import Endpoints, directory
from oneclick.accounts.sign_in.errors import ProviderNotFound, ProviderNotProved, ProviderUnusable
from oneclick.accounts.sign_in.models import IdentityProvider, ProviderKind, Session
from oneclick.accounts.sign_in.presets import PRESETS, Home, home_of
from oneclick.audit.services import record
from oneclick.core.clock import Clock, utcnow
from oneclick.core.ids import new_id
from oneclick.core.secrets import SecretText
from oneclick.secret_store import services as secret_store

GROUPS_MAX = 200
SECRET_MAX = 1000
_TEXT_MAX = 255


@dataclass(frozen=True, kw_only=True)
class ProviderInput:
    """What an admin types. An empty client secret, when a provider is changed, leaves the old one."""

    kind: ProviderKind
    where: str
    client_id: str
    client_secret: SecretText
    group_claim: str = "groups"
    roles_by_group: Mapping[str, Role] = field(default_factory=dict)
    default_role: Role | None = None


def new_slug() -> str:
    """A fresh word for a provider's callback address."""
    return secrets.token_hex(5)


@transaction.atomic
def add_provider(principal: Principal, given: ProviderInput, *, slug: str = "") -> IdentityProvider:
    """Set up a provider; raises `ProviderUnusable`. It is offered on the sign-in page from now on, enforced later.

    `slug` is the end of its callback address, shown to the admin before there is a provider.
    """
    principal.demand(Permission.MANAGE_SIGN_IN)
    home = home_of(given.kind, given.where)
    if not given.client_secret:
        raise ProviderUnusable("The client secret is missing.", hint="Copy it from your identity provider.")
    _check(given, home)
    made = IdentityProvider(id=new_id(), organisation_id=principal.organisation_id, slug=slug or new_slug())
    made.secret_reference = secret_store.put(
        given.client_secret, organisation_id=principal.organisation_id, owner=f"identity_provider:{made.id}"
    )
    _fill(made, given, home, principal)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as exc:
        raise ProviderUnusable(
            f"{made.issuer} is set up for this organisation already.", hint="Change that one, or remove it first."
        ) from exc
    _record(principal, "identity_provider.added", made)
    return made


@transaction.atomic
def change_provider(principal: Principal, provider_id: UUID, given: ProviderInput) -> IdentityProvider:
    """Replace what was typed. It must be tested again before it is enforced; where it is enforced, it stays so."""
    principal.demand(Permission.MANAGE_SIGN_IN)
    found = _locked(principal, provider_id)
    home = home_of(found.kind_of, given.where)
    _check(given, home)
    is_elsewhere = (home.issuer, home.tenant) != (found.issuer, found.tenant)
    if is_elsewhere and found.is_enforced:
        raise ProviderUnusable(
            "Sign-in through this provider is enforced, so it can't be moved.", hint="Stop enforcing it first."
        )
    if is_elsewhere and not given.client_secret:
        # Else whoever may change the address could have the secret sent to a server of their own.
        raise ProviderUnusable(
            "Another address needs its own client secret.", hint="Copy it from your identity provider."
        )
    if given.client_secret:
        secret_store.rotate(found.secret_reference, given.client_secret)
    _fill(found, given, home, principal)
    if not found.is_enforced:
        found.proved_at = None
    try:
        with transaction.atomic():
            found.save()
    except IntegrityError as exc:
        raise ProviderUnusable(f"{found.issuer} is set up for this organisation already.") from exc
    directory.forget(found.issuer)
    _record(principal, "identity_provider.changed", found)
    return found


@transaction.atomic
def remove_provider(principal: Principal, provider_id: UUID) -> None:
    """Nobody signs in through it any more, and who did is signed out. Raises `ProviderNotFound`."""
    principal.demand(Permission.MANAGE_SIGN_IN)
    found = _locked(principal, provider_id)
    _record(principal, "identity_provider.removed", found)
    Session.objects.filter(provider=found).delete()
    found.delete()
    secret_store.delete(found.secret_reference)


@transaction.atomic
def enforce_provider(principal: Principal, provider_id: UUID) -> IdentityProvider:
    """From now on the organisation is entered through it, or with a local account. Raises `ProviderNotProved`."""
    principal.demand(Permission.MANAGE_SIGN_IN)
    found = _locked(principal, provider_id)
    if found.proved_at is None:
        raise ProviderNotProved
    if not found.is_enforced:
        found.is_enforced = True
        found.save(update_fields=["is_enforced"])
        _record(principal, "identity_provider.enforced", found)
    return found


@transaction.atomic
def stop_enforcing(principal: Principal, provider_id: UUID) -> IdentityProvider:
    """Let people in by other ways too."""
    principal.demand(Permission.MANAGE_SIGN_IN)
    found = _locked(principal, provider_id)
    if found.is_enforced:
        found.is_enforced = False
        found.save(update_fields=["is_enforced"])
        _record(principal, "identity_provider.relaxed", found)
    return found


def reach(principal: Principal, provider_id: UUID) -> Endpoints:
    """Ask the provider about itself and its keys; raises `ProviderFailed` with what is wrong."""
    principal.demand(Permission.MANAGE_SIGN_IN)
    found = _one(principal, provider_id)
    directory.forget(found.issuer)
    endpoints = directory.endpoints(found.issuer)
    directory.keys(endpoints.keys, wanted=None)
    return endpoints


def prove(provider: IdentityProvider, *, actor: str, clock: Clock = utcnow) -> None:
    """Note that somebody has just signed in through it as it is now."""
    if provider.proved_at is None:
        IdentityProvider.objects.filter(id=provider.id).update(proved_at=clock())
        record(
            organisation_id=provider.organisation_id, actor=actor, action="identity_provider.proved",
            target_kind="identity_provider", target_id=provider.id,
        )  # fmt: skip


def providers(organisation_id: UUID) -> list[IdentityProvider]:
    """An organisation's providers, the first one first."""
    return list(IdentityProvider.objects.filter(organisation_id=organisation_id).order_by("id"))


def provider(principal: Principal, provider_id: UUID) -> IdentityProvider:
    """One of the organisation's; raises `ProviderNotFound`."""
    principal.demand(Permission.MANAGE_SIGN_IN)
    return _one(principal, provider_id)


def _one(principal: Principal, provider_id: UUID) -> IdentityProvider:
    found = IdentityProvider.objects.filter(id=provider_id, organisation_id=principal.organisation_id).first()
    if found is None:
        raise ProviderNotFound
    return found


def _locked(principal: Principal, provider_id: UUID) -> IdentityProvider:
    here = IdentityProvider.objects.select_for_update().filter(organisation_id=principal.organisation_id)
    found = here.filter(id=provider_id).first()
    if found is None:
        raise ProviderNotFound
    return found


def _fill(provider: IdentityProvider, given: ProviderInput, home: Home, principal: Principal) -> None:
    # Whoever changed it last answers for it: an admin's change takes the operator's word away.
    provider.is_operators = principal.is_operator or principal.kind is PrincipalKind.OPERATOR
    provider.kind = provider.kind or given.kind
    provider.issuer, provider.tenant = home.issuer, home.tenant
    provider.client_id = given.client_id
    provider.group_claim = given.group_claim or PRESETS[given.kind].group_claim
    provider.roles_by_group = {group: role.value for group, role in given.roles_by_group.items()}
    provider.default_role = given.default_role or ""


def _check(given: ProviderInput, home: Home) -> None:
    texts = (given.client_id, given.group_claim, home.issuer, *given.roles_by_group)
    if not given.client_id.strip() or any(len(text) > _TEXT_MAX or not text.isprintable() for text in texts):
        raise ProviderUnusable("The client id, or another field, is empty, too long or holds odd characters.")
    secret = given.client_secret.reveal()
    if len(secret) > SECRET_MAX or not secret.isprintable():
        raise ProviderUnusable("The client secret is too long or holds odd characters.", hint="Copy it once more.")
    if len(given.roles_by_group) > GROUPS_MAX:
        raise ProviderUnusable(f"At most {GROUPS_MAX} groups can be given roles.")


def _record(principal: Principal, action: str, provider: IdentityProvider) -> None:
    record(
        organisation_id=principal.organisation_id,
        actor=principal.label,
        action=action,
        target_kind="identity_provider",
        target_id=provider.id,
        detail={
            "kind": provider.kind, "issuer": provider.issuer, "roles_by_group": provider.roles_by_group,
            "default_role": provider.default_role,
        },
    )  # fmt: skip
