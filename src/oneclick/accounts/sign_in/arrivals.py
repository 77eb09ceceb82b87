"""Somebody whom a provider vouches for → user and membership: found, invited, or made just in time."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from oneclick.accounts import invitations, members
from oneclick.accounts.models import Membership
from oneclick.accounts.sign_in.claims import Person, person_of
from oneclick.accounts.sign_in.errors import NotAdmitted
from oneclick.accounts.sign_in.models import IdentityProvider
from oneclick.accounts.users.models import User

OPEN, INVITE, CLOSED = "open", "invite", "closed"


@transaction.atomic
def arrive(provider: IdentityProvider, claims: Mapping[str, Any]) -> User:
    """The user of these verified claims, with today's role in the provider's organisation.

    Raises a `SignInRefused`. A member whose groups give no role any more is one no more; a stranger is known from now
    on, without any right. Who was removed here stays outside, whatever role the provider gives.
    """
    person = person_of(provider, claims)
    user, _ = User.objects.update_or_create(
        issuer=person.issuer, subject=person.subject, defaults={"email": person.email, "name": person.name}
    )
    if not user.is_active:
        raise NotAdmitted("Your account here is switched off.")
    membership = Membership.objects.filter(organisation_id=provider.organisation_id, user=user).first()
    if membership:
        _evaluate(provider, membership, person)
    elif person.role and settings.ONECLICK_SIGNUP != CLOSED and not members.was_removed(user, provider.organisation):
        members.admit(user, organisation=provider.organisation, role=person.role, actor=f"user:{user.id}")
    return user


def demand_welcome(user: User) -> None:
    """Raise `NotAdmitted` for a stranger, unless strangers may come in; its hint says what to do next."""
    if user.memberships.exists() or settings.ONECLICK_SIGNUP == OPEN:
        return
    if settings.ONECLICK_SIGNUP == INVITE and user.email and invitations.has_open_invitation(user.email):
        return
    if members.was_removed(user):
        raise NotAdmitted(
            f"You are signed in as {user}, but you were removed from your organisation, or left it.",
            hint="Ask one of its admins for an invitation, or to let you in again.",
        )
    if settings.ONECLICK_SIGNUP == CLOSED:
        raise NotAdmitted(
            f"You are signed in as {user}, but this installation takes in nobody new.",
            hint="Ask whoever runs it. With ONECLICK_SIGNUP=invite, admins can invite you.",
        )
    raise NotAdmitted(
        f"You are signed in as {user}, but you don't belong to an organisation here.",
        hint="Ask an admin of your organisation for an invitation, or for one of the groups that have access.",
    )


def _evaluate(provider: IdentityProvider, membership: Membership, person: Person) -> None:
    """Where groups are mapped they say the role at each sign-in; elsewhere it stays what an admin made it."""
    if not provider.roles_by_group:
        return
    actor = f"identity_provider:{provider.id}"
    if person.role:
        members.admit(membership.user, organisation=provider.organisation, role=person.role, actor=actor)
    else:
        members.dismiss(membership.user, organisation=provider.organisation, actor=actor)
