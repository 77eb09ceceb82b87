"""The last step of each way in: what a verified person gets, and what the audit log says of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from oneclick.accounts.sign_in.arrivals import arrive, demand_welcome
from oneclick.accounts.sign_in.attempts import Return
from oneclick.accounts.sign_in.claims import Person, person_of
from oneclick.accounts.sign_in.errors import SignInRefused
from oneclick.accounts.sign_in.models import IdentityProvider, Session
from oneclick.accounts.sign_in.providers import prove
from oneclick.accounts.sign_in.session_store import row_of
from oneclick.accounts.sign_in.sessions import sign_in
from oneclick.accounts.users.models import User
from oneclick.audit.services import record
from oneclick.core.clock import Clock, utcnow
from oneclick.core.errors import OneClickError

AUTHENTICATED_WITHIN_S = 300


def enter(request: HttpRequest, back: Return, claims: Mapping[str, Any]) -> User:
    """Sign this browser in; raises `SignInRefused`."""
    user = arrive(back.provider, claims)
    demand_welcome(user)
    prove(back.provider, actor=f"user:{user.id}")
    sign_in(request, user, provider=back.provider)
    note_success(user, back.provider)
    return user


def enter_locally(request: HttpRequest, user: User) -> None:
    """Sign this browser in to a local account."""
    sign_in(request, user, provider=None)
    note_success(user, None)


def refresh(request: HttpRequest, back: Return, claims: Mapping[str, Any], *, clock: Clock = utcnow) -> None:
    """Note that the user who is signed in has just shown up again; raises `SignInRefused` for somebody else."""
    user = request.user
    known = isinstance(user, User) and (user.issuer, user.subject) == (claims["iss"], claims["sub"])
    if not known or user.pk != back.user_id:
        raise SignInRefused("You signed in as somebody else.", hint="Sign out first to change accounts.")
    at = claims.get("auth_time")
    if isinstance(at, (int, float)) and clock().timestamp() - at > AUTHENTICATED_WITHIN_S:
        raise SignInRefused("Your identity provider didn't ask you to sign in again.", hint="Sign out, then in again.")
    mark_fresh(request, clock=clock)


def mark_fresh(request: HttpRequest, *, clock: Clock = utcnow) -> None:
    """This session's user signed in a moment ago. Its key changes."""
    request.session.cycle_key()
    former, new = getattr(request.session, "former_row", None), row_of(request.session)
    if new is not None and isinstance(former, Session):
        new.user_id, new.provider_id = former.user_id, former.provider_id
        new.address, new.device, new.created_at, new.ends_at = (
            former.address, former.device, former.created_at, former.ends_at,
        )  # fmt: skip
        new.fresh_at = clock()
        new.save()


def try_out(request: HttpRequest, back: Return, claims: Mapping[str, Any]) -> Person:
    """Whom a test found; the provider can be enforced now. Raises `SignInRefused`."""
    if request.user.pk != back.user_id:
        raise SignInRefused("This test was begun by somebody else.")
    person = person_of(back.provider, claims)
    prove(back.provider, actor=f"user:{back.user_id}")
    return person


def note_success(user: User, provider: IdentityProvider | None) -> None:
    """Write the sign-in down, for each organisation that it opens."""
    detail = {"through": str(provider.id) if provider else "local"}
    organisations: list[UUID | None] = list(user.memberships.values_list("organisation_id", flat=True))
    for organisation_id in organisations or [None]:
        record(
            organisation_id=organisation_id, actor=f"user:{user.id}", action="sign_in.succeeded", target_kind="user",
            target_id=user.id, detail=detail,
        )  # fmt: skip


def note_refusal(error: OneClickError, provider: IdentityProvider | None) -> None:
    """Write the refused sign-in down."""
    record(
        organisation_id=provider.organisation_id if provider else None, actor="system:sign-in",
        action="sign_in.refused", target_kind="identity_provider" if provider else "",
        target_id=provider.id if provider else "", detail={"code": error.code},
    )  # fmt: skip
