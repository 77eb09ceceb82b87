"""Operators: who may do what concerns the whole installation. No role of an organisation makes somebody one."""

import contextlib
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from oneclick.accounts.errors import UserNotFound
from oneclick.accounts.models import OperatorGrant
from oneclick.accounts.users.models import User
from oneclick.audit.services import record


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
def take_back(user: User, *, actor: str) -> None:
    """Make a user an operator no more, from the next request on; none already is fine."""
    gone, _ = OperatorGrant.objects.filter(user=user).delete()
    if gone:
        _record(user, "operator.taken_back", actor)


def _record(user: User, action: str, actor: str) -> None:
    record(organisation_id=None, actor=actor, action=action, target_kind="user", target_id=user.id)
