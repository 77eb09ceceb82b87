"""Who belongs to an organisation with which role: every change of it, one at a time."""

from uuid import UUID

from django.db import transaction

from oneclick.accounts.errors import LastAdmin, MemberNotFound
from oneclick.accounts.models import Membership, Organisation, Removal
from oneclick.accounts.roles import Permission, Principal, PrincipalKind, Role
from oneclick.accounts.users.models import User
from oneclick.audit.services import record


@transaction.atomic
def admit(user: User, *, organisation: Organisation, role: Role, actor: str) -> Membership:
    """Make a user a member with this role, or give one who is the role; for instance at each sign-in.

    The last admin stays one, whatever the role: an identity provider's groups must not lock everybody out. The
    membership that is returned says which role it is.
    """
    _lock(organisation.id)
    membership, is_new = Membership.objects.get_or_create(organisation=organisation, user=user, defaults={"role": role})
    if is_new:
        Removal.objects.filter(organisation=organisation, user=user).delete()
        _record(membership, "member.added", actor)
    elif membership.role != role and not _is_last_admin(membership):
        _give(membership, role, actor)
    return membership


@transaction.atomic
def change_role(principal: Principal, user_id: UUID, role: Role) -> Membership:
    """Give a member another role, from the next request on; raises `MemberNotFound` and `LastAdmin`."""
    principal.demand(Permission.MANAGE_MEMBERS)
    membership = _locked_member(principal.organisation_id, user_id)
    if membership.role == role:
        return membership
    if _is_last_admin(membership):
        raise LastAdmin
    _give(membership, role, principal.label)
    return membership


@transaction.atomic
def remove_member(principal: Principal, user_id: UUID) -> None:
    """Take somebody out, with all rights at once; raises `MemberNotFound` and `LastAdmin`.

    An identity provider doesn't bring them back: an invitation does, and `readmit`.
    """
    principal.demand(Permission.MANAGE_MEMBERS)
    _remove(principal, user_id, "member.removed")


@transaction.atomic
def readmit(principal: Principal, user_id: UUID) -> None:
    """Let somebody who was removed come in again, as an identity provider or an invitation says.

    Raises `MemberNotFound` for who wasn't removed.
    """
    principal.demand(Permission.MANAGE_MEMBERS)
    _lock(principal.organisation_id)
    gone, _ = Removal.objects.filter(organisation_id=principal.organisation_id, user_id=user_id).delete()
    if not gone:
        raise MemberNotFound("Nobody like that was removed.", hint="See who was: oneclick member removed")
    record(
        organisation_id=principal.organisation_id, actor=principal.label, action="member.readmitted",
        target_kind="user", target_id=user_id,
    )  # fmt: skip


def was_removed(user: User, organisation: Organisation | None = None) -> bool:
    """Whether somebody was taken out of it, or of any, and nobody let them in again."""
    found = Removal.objects.filter(user=user)
    return (found.filter(organisation=organisation) if organisation else found).exists()


@transaction.atomic
def leave(principal: Principal) -> None:
    """Go by oneself; raises `LastAdmin`, and `MemberNotFound` for who isn't a person."""
    if principal.kind is not PrincipalKind.USER:
        raise MemberNotFound("Only people can leave.")
    _remove(principal, UUID(principal.id), "member.left")


@transaction.atomic
def dismiss(user: User, *, organisation: Organisation, actor: str) -> bool:
    """Take out whom an identity provider gives no role any more; whether that was done: the last admin stays."""
    _lock(organisation.id)
    membership = Membership.objects.filter(organisation=organisation, user=user).first()
    if membership is None or _is_last_admin(membership):
        return False
    _record(membership, "member.removed", actor)
    membership.delete()
    return True


def _remove(principal: Principal, user_id: UUID, action: str) -> None:
    membership = _locked_member(principal.organisation_id, user_id)
    if _is_last_admin(membership):
        raise LastAdmin
    _record(membership, action, principal.label)
    Removal.objects.create(
        organisation_id=membership.organisation_id, user_id=membership.user_id, removed_by=principal.label
    )
    membership.delete()


def _give(membership: Membership, role: Role, actor: str) -> None:
    before = membership.role
    membership.role = role
    membership.save(update_fields=["role"])
    _record(membership, "member.changed", actor, was=before)


def _lock(organisation_id: UUID) -> None:
    """One change of members at a time: two admins who demote each other would leave none."""
    Organisation.objects.select_for_update(no_key=True).get(id=organisation_id)


def _locked_member(organisation_id: UUID, user_id: UUID) -> Membership:
    _lock(organisation_id)
    found = Membership.objects.filter(organisation_id=organisation_id, user_id=user_id).first()
    if found is None:
        raise MemberNotFound
    return found


def _is_last_admin(membership: Membership) -> bool:
    if membership.role != Role.ADMIN:
        return False
    others = Membership.objects.filter(
        organisation_id=membership.organisation_id, role=Role.ADMIN, user__is_active=True
    ).exclude(id=membership.id)
    return not others.exists()


def _record(membership: Membership, action: str, actor: str, *, was: str = "") -> None:
    record(
        organisation_id=membership.organisation_id,
        actor=actor,
        action=action,
        target_kind="user",
        target_id=membership.user_id,
        detail={"role": membership.role, **({"was": was} if was else {})},
    )
