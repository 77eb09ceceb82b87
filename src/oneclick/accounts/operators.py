"""Operators: who may do what concerns the whole installation. No role of an organisation makes somebody one."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from oneclick.accounts.errors import LastOperator, Unauthenticated, UserNotFound
from oneclick.accounts.membership import is_signed_in, user_of
from oneclick.accounts.models import OperatorGrant
from oneclick.accounts.roles import NotAnOperator
from oneclick.accounts.users.models import User
from oneclick.audit.services import record

RIGHT = "operator"
"""What a place in the console asks for that operators alone may enter; no role's permission has this name."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Somebody who may act for the whole installation."""

    user_id: UUID

    @property
    def label(self) -> str:
        """How the audit log names them."""
        return f"user:{self.user_id}"


def is_operator(user: User) -> bool:
    """Whether this user is one at this moment."""
    return OperatorGrant.objects.filter(user=user).exists()


def operator_of_request(request: HttpRequest) -> Operator:
    """Who asks, if it is an operator at this moment; raises `Unauthenticated` and `NotAnOperator`.

    They need belong to no organisation, and the right opens none.
    """
    if not is_signed_in(request):
        raise Unauthenticated("Nobody is signed in.", hint="Sign in first.")
    user = user_of(request)
    if not is_operator(user):
        raise NotAnOperator
    return Operator(user_id=user.id)


def operators() -> Sequence[OperatorGrant]:
    """All of them with their users, the first one first."""
    return list(OperatorGrant.objects.select_related("user").order_by("id"))


def user_named(email_or_id: str) -> User:
    """The one user of this e-mail address or id; raises `UserNotFound`, also where several share the address."""
    match = Q(email__iexact=email_or_id)
    with contextlib.suppress(ValueError):
        match |= Q(id=UUID(email_or_id))
    found = list(User.objects.filter(match).order_by("id")[:3])
    if len(found) > 1:
        names = ", ".join(f"{user.id} ({user.issuer})" for user in found)
        raise UserNotFound(f"Several users have the address {email_or_id!r}: {names}.", hint="Say the id instead.")
    if not found:
        raise UserNotFound(f"Nobody with the address {email_or_id!r} has signed in yet.")
    return found[0]


@transaction.atomic
def grant(user: User, *, actor: str) -> OperatorGrant:
    """Make a user an operator; one already is fine."""
    made, is_new = OperatorGrant.objects.get_or_create(user=user, defaults={"granted_by": actor})
    if is_new:
        _record(user, "operator.granted", actor)
    return made


@transaction.atomic
def take_back(user: User, *, actor: str, leave_one: bool = False) -> None:
    """Make a user an operator no more, from the next request on; none already is fine.

    With `leave_one` raises `LastOperator` for the last: of two who take it from each other, one keeps it.
    """
    known = {grant.user_id for grant in OperatorGrant.objects.select_for_update().order_by("id")}
    if leave_one and known == {user.id}:
        raise LastOperator
    gone, _ = OperatorGrant.objects.filter(user=user).delete()
    if gone:
        _record(user, "operator.taken_back", actor)


def _record(user: User, action: str, actor: str) -> None:
    record(organisation_id=None, actor=actor, action=action, target_kind="user", target_id=user.id)
