"""Tokens for the REST API, and the service accounts that programs have them from."""

import contextlib
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from oneclick.accounts.digests import digest_of, fresh_secret
from oneclick.accounts.errors import (
    BadAccountInput,
    ServiceAccountExists,
    ServiceAccountNotFound,
    TokenMayNot,
    TokenNotFound,
)
from oneclick.accounts.models import ApiToken, ServiceAccount
from oneclick.accounts.roles import GRANTS, Permission, Principal, PrincipalKind, Role
from oneclick.accounts.standing import principal_of_token, working_tokens
from oneclick.audit.services import record
from oneclick.core.clock import Clock, utcnow
from oneclick.core.secrets import SecretText

TOKEN_START = "ocd_"  # noqa: S105 - how a token starts, so that scanners can find a leaked one
TOKEN_DAYS_MAX = 365
_PREFIX_LENGTH = len(TOKEN_START) + 6
_LAST_USE_EVERY = timedelta(minutes=1)


def tokens_of(principal: Principal) -> Q:
    """The tokens that somebody may see and revoke: one's own; with MANAGE_TOKENS all of the organisation."""
    here = Q(organisation_id=principal.organisation_id)
    if principal.may(Permission.MANAGE_TOKENS):
        return here
    principal.demand(Permission.MAKE_TOKENS)
    return here & _owned_by(principal)


@transaction.atomic
def issue_token(
    principal: Principal,
    *,
    name: str,
    role: Role,
    days: int,
    scopes: Collection[Permission] | None = None,
    service_account_id: UUID | None = None,
    clock: Clock = utcnow,
) -> tuple[ApiToken, SecretText]:
    """Make a token for the REST API. The second value is the token itself: it is never to be had again.

    It belongs to whoever makes it, or to a service account. Raises `TokenMayNot` where it would get more than its
    maker has, `BadAccountInput` and `ServiceAccountNotFound`.
    """
    owner = _owner(principal, service_account_id)
    _check_name(name, "token")
    if not 1 <= days <= TOKEN_DAYS_MAX:
        raise BadAccountInput(f"A token lasts 1 to {TOKEN_DAYS_MAX} days.")
    expires_at = clock() + timedelta(days=days)
    _refuse_more_than(principal, role, scopes, expires_at)
    raw = fresh_secret(TOKEN_START)
    token = ApiToken.objects.create(
        organisation_id=principal.organisation_id,
        name=name,
        role=role,
        scopes=None if scopes is None else sorted(each.value for each in scopes),
        prefix=raw.reveal()[:_PREFIX_LENGTH],
        digest=digest_of(raw),
        made_by=principal.label,
        expires_at=expires_at,
        **owner,
    )
    _record_token(principal, "token.created", token)
    return token, raw


def principal_for_token(raw: SecretText, *, clock: Clock = utcnow) -> Principal | None:
    """Who a token speaks for, or None for one that works no more. Notes the use, once a minute."""
    now = clock()
    token = working_tokens(now).filter(digest=digest_of(raw)).first()
    principal = principal_of_token(token) if token else None
    if token is None or principal is None:
        return None
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _LAST_USE_EVERY)
    ApiToken.objects.filter(stale, id=token.id).update(last_used_at=now)
    return principal


@transaction.atomic
def revoke_token(principal: Principal, id_or_prefix: str, *, clock: Clock = utcnow) -> ApiToken:
    """End a token's life now; ended already is fine. Raises `TokenNotFound`."""
    token = _token(tokens_of(principal), id_or_prefix)
    if token.revoked_at is None:
        token.revoked_at = clock()
        token.save(update_fields=["revoked_at"])
        _record_token(principal, "token.revoked", token)
    return token


def create_service_account(principal: Principal, *, name: str, role: Role) -> ServiceAccount:
    """Make an account for a program; raises `ServiceAccountExists` and `BadAccountInput`."""
    principal.demand(Permission.MANAGE_TOKENS)
    name = " ".join(name.split())
    _check_name(name, "service account")
    _refuse_more_than(principal, role, None, None)
    try:
        with transaction.atomic():
            made = ServiceAccount.objects.create(
                organisation_id=principal.organisation_id, name=name, role=role, made_by=principal.label
            )
            _record_service_account(principal, "service_account.created", made)
    except IntegrityError as exc:
        raise ServiceAccountExists(f"There is a service account {name!r} already.") from exc
    return made


@transaction.atomic
def remove_service_account(principal: Principal, account_id: UUID, *, clock: Clock = utcnow) -> ServiceAccount:
    """Remove it, and with it all its tokens; raises `ServiceAccountNotFound`."""
    principal.demand(Permission.MANAGE_TOKENS)
    account = _service_account(principal, account_id)
    account.removed_at = clock()
    account.save(update_fields=["removed_at"])
    _record_service_account(principal, "service_account.removed", account)
    return account


def _owner(principal: Principal, service_account_id: UUID | None) -> dict[str, UUID | str | None]:
    """Whose the new token is, as fields of its row."""
    if service_account_id is not None:
        principal.demand(Permission.MANAGE_TOKENS)
        return {"service_account_id": _service_account(principal, service_account_id).id}
    principal.demand(Permission.MAKE_TOKENS)
    if principal.kind is PrincipalKind.USER:
        return {"user_id": principal.id}
    return _owner_of_token(principal) if principal.kind is PrincipalKind.TOKEN else {}


def _owner_of_token(principal: Principal) -> dict[str, UUID | str | None]:
    """Whose the token is that asks."""
    asking = ApiToken.objects.get(id=principal.id)
    return {"user_id": asking.user_id, "service_account_id": asking.service_account_id}


def _owned_by(principal: Principal) -> Q:
    if principal.kind is PrincipalKind.USER:
        return Q(user_id=principal.id)
    if principal.kind is PrincipalKind.TOKEN:
        owner = {name: value for name, value in _owner_of_token(principal).items() if value}
        return Q(**owner) if owner else Q(id=principal.id)
    return Q(made_by=principal.label)


def _refuse_more_than(
    principal: Principal, role: Role, scopes: Collection[Permission] | None, expires_at: datetime | None
) -> None:
    """A leaked token must not be able to make a better or a longer-lived one."""
    wanted = GRANTS[role] if scopes is None else GRANTS[role] & frozenset(scopes)
    if not GRANTS[role] <= GRANTS[principal.role] or not wanted <= principal.permissions:
        raise TokenMayNot
    if scopes is not None and not wanted:
        raise BadAccountInput("With these scopes the token could do nothing: its role grants none of them.")
    if principal.kind is PrincipalKind.TOKEN and expires_at is not None:
        own = ApiToken.objects.get(id=principal.id)
        if expires_at > own.expires_at:
            raise TokenMayNot("A token can't make one that lasts longer than itself.")


def _check_name(name: str, what: str) -> None:
    limit = ApiToken._meta.get_field("name").max_length or 0  # noqa: SLF001 - Django's public name for it
    if not 1 <= len(name) <= limit or not name.isprintable():
        raise BadAccountInput(f"A {what}'s name has 1 to {limit} characters.")


def _service_account(principal: Principal, account_id: UUID) -> ServiceAccount:
    found = ServiceAccount.objects.select_for_update().filter(
        id=account_id, organisation_id=principal.organisation_id, removed_at=None
    )
    if (account := found.first()) is None:
        raise ServiceAccountNotFound
    return account


def _token(among: Q, id_or_prefix: str) -> ApiToken:
    match = Q(prefix=id_or_prefix.removesuffix("…"))
    with contextlib.suppress(ValueError):
        match |= Q(id=UUID(id_or_prefix))
    found = ApiToken.objects.select_for_update().filter(match, among)[:2]
    if len(found) != 1:
        raise TokenNotFound(
            f"{'Several tokens start' if found else 'No token starts'} with {id_or_prefix!r}.",
            hint="Use the id that this shows: oneclick token list",
        )
    return found[0]


def _record_token(principal: Principal, action: str, token: ApiToken) -> None:
    record(
        organisation_id=principal.organisation_id,
        actor=principal.label,
        action=action,
        target_kind="token",
        target_id=token.id,
        detail={
            "role": token.role,
            "expires_at": token.expires_at.isoformat(),
            **({"scopes": token.scopes} if token.scopes is not None else {}),
            **({"service_account": str(token.service_account_id)} if token.service_account_id else {}),
        },
    )


def _record_service_account(principal: Principal, action: str, account: ServiceAccount) -> None:
    record(
        organisation_id=principal.organisation_id,
        actor=principal.label,
        action=action,
        target_kind="service_account",
        target_id=account.id,
        detail={"role": account.role},
    )
