"""Reading organisations, members, invitations and tokens."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Upper

from oneclick.accounts.errors import MemberNotFound, OrganisationNotFound, OrganisationNotNamed, ServiceAccountNotFound
from oneclick.accounts.models import ApiToken, Invitation, Membership, Organisation, Removal, ServiceAccount
from oneclick.accounts.roles import Principal, PrincipalKind
from oneclick.accounts.tokens import tokens_of
from oneclick.accounts.users.models import User

M = TypeVar("M", bound=Model)
MANY = 10_000
"""As many as a list without pages shows."""


def organisations() -> Sequence[Organisation]:
    """All organisations, the oldest first."""
    return list(Organisation.objects.order_by("id"))


def organisation(id_or_name: str) -> Organisation:
    """The organisation of that id or name; raises `OrganisationNotFound`."""
    as_id = _uuid(id_or_name)
    found = as_id and Organisation.objects.filter(id=as_id).first()
    found = found or Organisation.objects.filter(name__iexact=id_or_name).first()
    if found is None:
        raise OrganisationNotFound(f"There is no organisation {id_or_name!r}.")
    return found


def organisation_of(organisation_id: UUID) -> Organisation:
    """The organisation of that id, which exists."""
    return Organisation.objects.get(id=organisation_id)


def the_only_organisation() -> Organisation:
    """The one organisation; raises `OrganisationNotNamed` where there are several, naming the choice."""
    found = Organisation.objects.order_by("id")[:6]
    if not found:
        raise OrganisationNotFound("There is no organisation yet.", hint="Run: oneclick organisation create NAME")
    if len(found) > 1:
        names = ", ".join(each.name for each in found[:5]) + (", …" if len(found) > 5 else "")  # noqa: PLR2004 - as many as a line holds
        raise OrganisationNotNamed(
            f"There are several organisations: {names}.",
            hint="Say which one with --organisation NAME, or choose one: oneclick organisation use NAME",
        )
    return found[0]


def members(
    organisation_id: UUID, sought: str = "", *, limit: int = MANY, before: UUID | None = None
) -> Sequence[Membership]:
    """The members of an organisation with their users, the newest user first; `before` is a user's id.

    `sought` is a part of the name or address.
    """
    found = Membership.objects.filter(organisation_id=organisation_id).select_related("user")
    if sought:
        found = found.filter(Q(user__name__icontains=sought) | Q(user__email__icontains=sought))
    if before is not None:
        found = found.filter(user_id__lt=before)
    return list(found.order_by("-user_id")[:limit])


def member(organisation_id: UUID, user_id: UUID) -> Membership:
    """One member with the user; raises `MemberNotFound`."""
    found = Membership.objects.filter(organisation_id=organisation_id, user_id=user_id).select_related("user")
    if (membership := found.first()) is None:
        raise MemberNotFound
    return membership


def member_named(organisation_id: UUID, email_or_id: str) -> Membership:
    """The one member of this e-mail address or user id; raises `MemberNotFound`, also where several share it."""
    match = Q(user__email__iexact=email_or_id)
    if (as_id := _uuid(email_or_id)) is not None:
        match |= Q(user_id=as_id)
    found = Membership.objects.filter(match, organisation_id=organisation_id).select_related("user")[:2]
    if len(found) != 1:
        what = "Several members have" if found else "No member has"
        raise MemberNotFound(f"{what} the address or id {email_or_id!r}.")
    return found[0]


def removed_members(organisation_id: UUID, *, limit: int = MANY, before: UUID | None = None) -> Sequence[Removal]:
    """Who was removed or left and may not come back by an identity provider, with users, the last one first."""
    return list(_older(Removal.objects.filter(organisation_id=organisation_id).select_related("user"), before)[:limit])


def tokens(principal: Principal, *, limit: int = MANY, before: UUID | None = None) -> Sequence[ApiToken]:
    """The tokens that somebody may see, the newest first, used up ones too."""
    found = ApiToken.objects.filter(tokens_of(principal)).select_related("user", "service_account")
    return list(_older(found, before)[:limit])


def service_account(organisation_id: UUID, account_id: UUID) -> ServiceAccount:
    """One service account; raises `ServiceAccountNotFound`."""
    found = ServiceAccount.objects.filter(organisation_id=organisation_id, id=account_id, removed_at=None).first()
    if found is None:
        raise ServiceAccountNotFound
    return found


def service_accounts(organisation_id: UUID) -> Sequence[ServiceAccount]:
    """The service accounts of an organisation, without removed ones, by name."""
    found = ServiceAccount.objects.filter(organisation_id=organisation_id, removed_at=None)
    return list(found.order_by(Upper("name")))


def invitations(organisation_id: UUID, *, limit: int = MANY, before: UUID | None = None) -> Sequence[Invitation]:
    """The invitations of an organisation, the newest first, whatever became of them."""
    return list(_older(Invitation.objects.filter(organisation_id=organisation_id), before)[:limit])


def memberships(user_id: UUID) -> Sequence[Membership]:
    """Where a user belongs, with the organisations, the first one first."""
    found = Membership.objects.filter(user_id=user_id, user__is_active=True).select_related("organisation")
    return list(found.order_by("id"))


def names_of(organisation_id: UUID, labels: Iterable[str]) -> Mapping[str, str]:
    """Principals' labels → what a person calls them, for those that still exist."""
    ids: dict[str, set[UUID]] = {}
    for label in labels:
        kind, _, identity = label.partition(":")
        if (as_id := _uuid(identity)) is not None:
            ids.setdefault(kind, set()).add(as_id)
    users = User.objects.filter(id__in=ids.get(PrincipalKind.USER, ()))
    tokens = ApiToken.objects.filter(organisation_id=organisation_id, id__in=ids.get(PrincipalKind.TOKEN, ()))
    return {f"user:{user.id}": str(user) for user in users} | {f"token:{token.id}": token.name for token in tokens}


def _older(found: QuerySet[M], before: UUID | None) -> QuerySet[M]:
    return (found.filter(id__lt=before) if before is not None else found).order_by("-id")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
