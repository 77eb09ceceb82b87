"""Whether somebody who asked earlier may still act: asked again when a job starts."""

from uuid import UUID

from oneclick.accounts.models import ApiToken, Membership
from oneclick.accounts.roles import Principal, PrincipalKind, Role
from oneclick.core.clock import utcnow


def principal_now(label: str, organisation_id: UUID) -> Principal | None:
    """The principal of an audit label with today's role, or None when it may no longer act here."""
    kind_text, _, identity = label.partition(":")
    kind = PrincipalKind(kind_text)
    role = _role_now(kind, identity, organisation_id)
    if role is None:
        return None
    return Principal(kind=kind, id=identity, organisation_id=organisation_id, role=role)


def _role_now(kind: PrincipalKind, identity: str, organisation_id: UUID) -> Role | None:
    role: str | None = None
    if kind in (PrincipalKind.OPERATOR, PrincipalKind.SYSTEM):
        return Role.ADMIN
    if kind is PrincipalKind.TOKEN:
        valid = ApiToken.objects.filter(
            id=identity, organisation_id=organisation_id, revoked_at=None, expires_at__gt=utcnow()
        )
        role = valid.values_list("role", flat=True).first()
    else:
        members = Membership.objects.filter(user_id=identity, organisation_id=organisation_id, user__is_active=True)
        role = members.values_list("role", flat=True).first()
    return Role(role) if role else None
