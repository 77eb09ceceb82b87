"""Who asks in a browser's session: the user who is signed in, with today's role in the organisation they chose."""

from typing import cast
from uuid import UUID

from django.contrib.auth import get_user
from django.http import HttpRequest

from oneclick.accounts import queries
from oneclick.accounts.errors import (
    NoOrganisation,
    OrganisationNotChosen,
    OrganisationNotFound,
    OwnProviderRequired,
    Unauthenticated,
)
from oneclick.accounts.models import Membership, OperatorGrant
from oneclick.accounts.roles import Principal, PrincipalKind, Role
from oneclick.accounts.sign_in.enforcement import closed_to
from oneclick.accounts.sign_in.session_store import glance
from oneclick.accounts.users.models import User
from oneclick.core.errors import OneClickError
from oneclick.core.secrets import SecretText

CHOSEN = "organisation"
"""Where a session keeps the id of the organisation that was chosen."""
KNOWN = "oneclick_memberships"
"""Where a request keeps what `memberships_of_request` found."""


def is_signed_in(request: HttpRequest) -> bool:
    """Whether the request has the session of a user."""
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated


def principal_of_request(request: HttpRequest) -> Principal:
    """Who asks, with the role as it is at this moment: whoever was demoted or removed loses the right at once.

    Raises `Unauthenticated`, `NoOrganisation` for a member of none, and `OrganisationNotChosen` for a member of
    several who hasn't said which.
    """
    membership = membership_of_request(request)
    return Principal(
        kind=PrincipalKind.USER,
        id=str(membership.user_id),
        organisation_id=membership.organisation_id,
        role=Role(membership.role),
        is_operator=OperatorGrant.objects.filter(user_id=membership.user_id).exists(),
    )


def principal_of_session(key: SecretText) -> Principal:
    """The same for a session's key, where no middleware ran, as for an event stream. Looking isn't using it."""
    request = HttpRequest()
    request.session = glance(key.reveal())
    request.user = get_user(request)
    return principal_of_request(request)


def membership_of_request(request: HttpRequest) -> Membership:
    """The membership behind `principal_of_request`, with its organisation; raises the same."""
    if not is_signed_in(request):
        raise Unauthenticated("Nobody is signed in.", hint="Sign in first.")
    found = memberships_of_request(request)
    if not found:
        raise _without_organisation(request)
    chosen = request.session.get(CHOSEN)
    for membership in found:
        if str(membership.organisation_id) == chosen:
            return membership
    if len(found) > 1:
        raise OrganisationNotChosen
    return found[0]


def _without_organisation(request: HttpRequest) -> OneClickError:
    user_id = user_of(request).id
    if not User.objects.filter(id=user_id, is_active=True).exists():  # turned off since the session was read
        return Unauthenticated("Nobody is signed in.", hint="Sign in first.")
    return OwnProviderRequired() if queries.memberships(user_id) else NoOrganisation()


def memberships_of_request(request: HttpRequest) -> list[Membership]:
    """Where the user who is signed in belongs, but for organisations that insist on a provider of their own.

    A request that only reads asks once: its page and the frame around it show one moment.
    """
    known: list[Membership] | None = getattr(request, KNOWN, None)
    if known is not None:
        return known
    found = queries.memberships(user_of(request).id)
    closed = closed_to(request, [membership.organisation_id for membership in found])
    opened = [membership for membership in found if membership.organisation_id not in closed]
    if request.method in ("GET", "HEAD"):
        setattr(request, KNOWN, opened)
    return opened


def choose(request: HttpRequest, organisation_id: UUID) -> Membership:
    """Work in this organisation from now on; raises `OrganisationNotFound` where the user doesn't belong to it."""
    for membership in memberships_of_request(request):
        if membership.organisation_id == organisation_id:
            request.session[CHOSEN] = str(organisation_id)
            return membership
    raise OrganisationNotFound("You don't belong to that organisation.", hint="Choose one of your own.")


def user_of(request: HttpRequest) -> User:
    """The user who is signed in; only where `is_signed_in`."""
    return cast("User", request.user)
