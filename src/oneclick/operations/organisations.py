"""The organisations of the installation, for its operators: they see how many there are of what, and no data."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from oneclick.accounts.errors import AdminExists, BadAccountInput, OrganisationNotFound
from oneclick.accounts.models import Membership, Organisation
from oneclick.accounts.operators import Operator
from oneclick.accounts.roles import Role
from oneclick.accounts.services import create_organisation, set_domain
from oneclick.accounts.sign_in import local
from oneclick.accounts.sign_in.models import LocalAccount
from oneclick.warehouses.models import Warehouse


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """An organisation, and how much belongs to it."""

    organisation: Organisation
    members: int
    admins: int
    warehouses: int


def tenants(sought: str = "", *, limit: int, before: UUID | None = None) -> Sequence[Tenant]:
    """Organisations, the newest first; `sought` is a part of the name or of the domain."""
    found = _counted()
    if sought:
        found = found.filter(Q(name__icontains=sought) | Q(domain__icontains=sought))
    if before:
        found = found.filter(id__lt=before)
    return [_tenant(each) for each in found.order_by("-id")[:limit]]


def tenant(organisation_id: UUID) -> Tenant:
    """One of them; raises `OrganisationNotFound`."""
    found = _counted().filter(id=organisation_id).first()
    if found is None:
        raise OrganisationNotFound
    return _tenant(found)


@transaction.atomic
def add(operator: Operator, name: str, domain: str = "") -> Organisation:
    """Make an organisation; raises `OrganisationExists`, `DomainTaken`, `BadAccountInput`, and then makes none."""
    made = create_organisation(name, actor=operator.label)
    return set_domain(made.id, domain, actor=operator.label)


@transaction.atomic
def make_first_admin(operator: Operator, organisation_id: UUID, email: str) -> local.Invited:
    """A one-time link that makes its opener the first admin, once, within a day; raises `AdminExists`.

    Where there is an admin, an operator would let themselves in, which the right doesn't mean; and a link for a local
    account that exists would make its password new, so such an address is refused with `BadAccountInput`.
    """
    here = Organisation.objects.select_for_update(no_key=True).filter(id=organisation_id).first()
    if here is None:
        raise OrganisationNotFound
    if Membership.objects.filter(organisation=here, role=Role.ADMIN).exists():
        raise AdminExists
    if LocalAccount.objects.filter(user__email__iexact=email.strip()).exists():
        raise BadAccountInput(
            f"{email.strip()} has an account with a password here already.",
            hint="Use another address, or on the machine: oneclick admin invite E-MAIL --organisation NAME",
        )
    return local.invite_admin(here, email, actor=operator.label)


def _counted() -> "QuerySet[Organisation]":
    members = Membership.objects.filter(organisation_id=OuterRef("id"))
    warehouses = Warehouse.objects.filter(organisation_id=OuterRef("id"), deleted_at=None)
    return Organisation.objects.annotate(
        how_many_members=_count_of(members),
        how_many_admins=_count_of(members.filter(role=Role.ADMIN)),
        how_many_warehouses=_count_of(warehouses),
    )


def _count_of(rows: "QuerySet[Membership] | QuerySet[Warehouse]") -> Coalesce:
    counted = rows.order_by().values("organisation_id").annotate(how_many=Count("*")).values("how_many")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _tenant(found: Organisation) -> Tenant:
    counts = {key: getattr(found, f"how_many_{key}") for key in ("members", "admins", "warehouses")}
    return Tenant(organisation=found, **counts)
