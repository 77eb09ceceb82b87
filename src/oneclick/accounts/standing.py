"""What somebody may do at this moment: asked at each request, and again when a job starts."""

from datetime import datetime
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery

from oneclick.accounts.models import ApiToken, Membership
from oneclick.accounts.roles import Permission, Principal, PrincipalKind, Role, lower_of
from oneclick.core.clock import utcnow


def principal_now(label: str, organisation_id: UUID) -> Principal | None:
    """The principal of an audit label with today's rights, or None when it may no longer act here."""
    kind_text, _, identity = label.partition(":")
    kind = PrincipalKind(kind_text)
    if kind is PrincipalKind.TOKEN:
        token = working_tokens(utcnow()).filter(id=identity, organisation_id=organisation_id).first()
        return principal_of_token(token) if token else None
    role = role_of_user(identity, organisation_id) if kind is PrincipalKind.USER else Role.ADMIN
    return Principal(kind=kind, id=identity, organisation_id=organisation_id, role=role) if role else None


def role_of_user(user_id: UUID | str, organisation_id: UUID) -> Role | None:
    """The role that a user has in an organisation, if any."""
    found = Membership.objects.filter(user_id=user_id, organisation_id=organisation_id, user__is_active=True)
    role = found.values_list("role", flat=True).first()
    return Role(role) if role else None


def working_tokens(now: datetime) -> QuerySet[ApiToken]:
    """Tokens that are neither revoked nor expired, each with what its owner is now. The owner may be gone."""
    membership = Membership.objects.filter(
        organisation=OuterRef("organisation"), user=OuterRef("user"), user__is_active=True
    )
    return ApiToken.objects.filter(revoked_at=None, expires_at__gt=now).annotate(
        role_of_user=Subquery(membership.values("role")[:1]),
        role_of_service_account=F("service_account__role"),
        service_account_removed_at=F("service_account__removed_at"),
    )


def principal_of_token(token: ApiToken) -> Principal | None:
    """Who one of `working_tokens` speaks for; None where its owner was removed."""
    role = _role_now(token)
    if role is None:
        return None
    return Principal(
        kind=PrincipalKind.TOKEN,
        id=str(token.id),
        organisation_id=token.organisation_id,
        role=role,
        scopes=None if token.scopes is None else frozenset(each for each in Permission if each.value in token.scopes),
    )


def _role_now(token: ApiToken) -> Role | None:
    """At most what the owner may: a token made long ago must not keep a right that its owner lost."""
    given = Role(token.role)
    if token.user_id:
        owner: str | None = token.role_of_user  # type: ignore[attr-defined]  # annotated by `working_tokens`
    elif token.service_account_id:
        is_gone = token.service_account_removed_at  # type: ignore[attr-defined]  # annotated by `working_tokens`
        owner = None if is_gone else token.role_of_service_account  # type: ignore[attr-defined]  # annotated, too
    else:
        owner = given
    return lower_of([given, Role(owner)]) if owner else None
