"""Reading organisations, members and tokens."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from oneclick.accounts.errors import OrganisationNotFound, OrganisationNotNamed
from oneclick.accounts.models import ApiToken, Membership, Organisation


def organisations() -> Sequence[Organisation]:
    """All organisations, the oldest first."""
    return list(Organisation.objects.order_by("id"))


def organisation(id_or_name: str) -> Organisation:
    """The organisation of that id or name; raises `OrganisationNotFound`."""
    match = Q(name__iexact=id_or_name)
    if (as_id := _uuid(id_or_name)) is not None:
        match |= Q(id=as_id)
    found = Organisation.objects.filter(match).first()
    if found is None:
        raise OrganisationNotFound(f"There is no organisation {id_or_name!r}.")
    return found


def the_only_organisation() -> Organisation:
    """The one organisation; raises `OrganisationNotNamed` where there are several, naming the choice."""
    found = Organisation.objects.order_by("id")[:6]
    if not found:
        raise OrganisationNotFound("There is no organisation yet.", hint="Run: oneclick organisation create NAME")
    if len(found) > 1:
        names = ", ".join(each.name for each in found[:5]) + (", …" if len(found) > 5 else "")  # noqa: PLR2004 - as many as a line holds
        raise OrganisationNotNamed(
            f"There are several organisations: {names}.", hint="Say which one with --organisation NAME."
        )
    return found[0]


def members(organisation_id: UUID) -> Sequence[Membership]:
    """The members of an organisation with their users, the first one first."""
    return list(Membership.objects.filter(organisation_id=organisation_id).select_related("user").order_by("id"))


def tokens(organisation_id: UUID) -> Sequence[ApiToken]:
    """The tokens of an organisation, the newest first, used up ones too."""
    return list(ApiToken.objects.filter(organisation_id=organisation_id).order_by("-id"))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
