"""Invitations: a link for one person, once, for some days."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet

from oneclick.accounts import members
from oneclick.accounts.digests import digest_of, fresh_secret
from oneclick.accounts.errors import (
    AccountsError,
    AlreadyMember,
    BadAccountInput,
    InvitationExpired,
    InvitationForSomebodyElse,
    InvitationNotFound,
    InvitationRevoked,
    InvitationUsed,
)
from oneclick.accounts.models import Invitation, Membership
from oneclick.accounts.roles import Permission, Principal, Role
from oneclick.accounts.users.models import User
from oneclick.audit.services import record
from oneclick.core.clock import Clock, utcnow
from oneclick.core.secrets import SecretText

JOIN_PARAMETER = "invitation"
INVITATION_DAYS = 7
INVITATION_DAYS_MAX = 30
_REFUSALS: dict[str, type[AccountsError]] = {
    "accepted": InvitationUsed,
    "revoked": InvitationRevoked,
    "expired": InvitationExpired,
}


@dataclass(frozen=True, kw_only=True)
class Invited:
    """An invitation with the secret of its link, which is never to be had again."""

    invitation: Invitation
    secret: SecretText

    @property
    def path(self) -> str:
        """The link's path. The page takes the secret out of the address at once, and we log no query."""
        return f"/join?{urlencode({JOIN_PARAMETER: self.secret.reveal()})}"


@transaction.atomic
def invite(
    principal: Principal, *, email: str, role: Role, days: int = INVITATION_DAYS, clock: Clock = utcnow
) -> Invited:
    """Invite one person; an older invitation to the same address works no more.

    Raises `AlreadyMember` and `BadAccountInput`.
    """
    principal.demand(Permission.MANAGE_MEMBERS)
    email = _checked(email)
    if not 1 <= days <= INVITATION_DAYS_MAX:
        raise BadAccountInput(f"An invitation lasts 1 to {INVITATION_DAYS_MAX} days.")
    if Membership.objects.filter(organisation_id=principal.organisation_id, user__email__iexact=email).exists():
        raise AlreadyMember
    for older in _open(principal.organisation_id).filter(email__iexact=email):
        _revoke(principal, older, clock)
    secret = fresh_secret()
    made = Invitation.objects.create(
        organisation_id=principal.organisation_id,
        email=email,
        role=role,
        digest=digest_of(secret),
        invited_by=principal.label,
        expires_at=clock() + timedelta(days=days),
    )
    _record(made, "invitation.created", principal.label)
    return Invited(invitation=made, secret=secret)


@transaction.atomic
def revoke_invitation(principal: Principal, invitation_id: UUID, *, clock: Clock = utcnow) -> Invitation:
    """Take an invitation back; taken back already is fine. Raises `InvitationNotFound` and `InvitationUsed`."""
    principal.demand(Permission.MANAGE_MEMBERS)
    found = Invitation.objects.select_for_update().filter(id=invitation_id, organisation_id=principal.organisation_id)
    if (invitation := found.first()) is None:
        raise InvitationNotFound
    if invitation.accepted_at:
        raise InvitationUsed
    if invitation.revoked_at is None:
        _revoke(principal, invitation, clock)
    return invitation


def look_at(digest: str, *, clock: Clock = utcnow) -> Invitation:
    """The invitation of a link that somebody holds; raises what is wrong with it."""
    found = Invitation.objects.select_related("organisation").filter(digest=digest).first()
    return _usable(found, clock)


@transaction.atomic
def accept(user: User, digest: str, *, clock: Clock = utcnow) -> Membership:
    """Join by an invitation; a member keeps the role. Raises what is wrong with it, for instance for whom it is."""
    found = Invitation.objects.select_for_update().filter(digest=digest).first()
    invitation = _usable(found, clock)
    if not is_for(invitation, user):
        raise InvitationForSomebodyElse
    organisation = invitation.organisation
    membership = Membership.objects.filter(organisation=organisation, user=user).first()
    if membership is None:
        membership = members.admit(user, organisation=organisation, role=Role(invitation.role), actor=f"user:{user.id}")
    invitation.accepted_at = clock()
    invitation.accepted_by = user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    _record(invitation, "invitation.accepted", f"user:{user.id}")
    return membership


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether the user has the invited address."""
    return bool(user.email) and user.email.casefold() == invitation.email.casefold()


def has_open_invitation(email: str, *, clock: Clock = utcnow) -> bool:
    """Whether somebody invited this address: then its owner isn't a stranger, where strangers aren't let in."""
    return Invitation.objects.filter(
        email__iexact=email, accepted_at=None, revoked_at=None, expires_at__gt=clock()
    ).exists()


def masked(email: str) -> str:
    """Enough of an address for its owner to know it: `a…@example.com`."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"


def _usable(invitation: Invitation | None, clock: Clock) -> Invitation:
    if invitation is None:
        raise InvitationNotFound
    if refusal := _REFUSALS.get(invitation.state(clock)):
        raise refusal
    return invitation


def _open(organisation_id: UUID) -> QuerySet[Invitation]:
    return Invitation.objects.select_for_update().filter(
        organisation_id=organisation_id, accepted_at=None, revoked_at=None
    )


def _revoke(principal: Principal, invitation: Invitation, clock: Clock) -> None:
    invitation.revoked_at = clock()
    invitation.save(update_fields=["revoked_at"])
    _record(invitation, "invitation.revoked", principal.label)


def _checked(email: str) -> str:
    email = email.strip()
    try:
        validate_email(email)
        Invitation._meta.get_field("email").run_validators(email)  # noqa: SLF001 - Django's public name; its length
    except ValidationError:
        raise BadAccountInput("That isn't an e-mail address.", hint="It looks like: ada@example.com") from None
    return email


def _record(invitation: Invitation, action: str, actor: str) -> None:
    """Without the address: the log knows people by reference alone."""
    record(
        organisation_id=invitation.organisation_id,
        actor=actor,
        action=action,
        target_kind="invitation",
        target_id=invitation.id,
        detail={"role": invitation.role, "expires_at": invitation.expires_at.isoformat()},
    )
