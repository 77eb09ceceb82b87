"""Reading warehouses, always inside one organisation."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.core.exceptions import ValidationError

from oneclick.warehouses.contract.errors import InvalidConfig, NotFound
from oneclick.warehouses.models import AccountLink, Warehouse, WarehouseState


def warehouses(organisation_id: UUID, *, limit: int | None = None, before: UUID | None = None) -> Sequence[Warehouse]:
    """All that are not deleted, newest first; `before` is the last id of the page before."""
    found = Warehouse.objects.filter(organisation_id=organisation_id).exclude(state=WarehouseState.DELETED)
    if before:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id")[:limit])


def warehouse(organisation_id: UUID, id_or_name: UUID | str) -> Warehouse:
    """One warehouse by id (deleted ones too) or by name (those that are not deleted); raises `NotFound`."""
    scope = Warehouse.objects.filter(organisation_id=organisation_id)
    found = None
    try:
        found = scope.filter(id=id_or_name).first()
    except (ValidationError, ValueError):
        if "\0" not in str(id_or_name):  # PostgreSQL's text can't hold one
            found = scope.exclude(state=WarehouseState.DELETED).filter(name__iexact=str(id_or_name)).first()
    if found is None:
        raise NotFound(f"There is no warehouse {str(id_or_name)!r} here.", hint="List them: oneclick warehouse list")
    return found


def only_warehouse(organisation_id: UUID) -> Warehouse:
    """The one warehouse that is ready; raises `NotFound` when there is none, `InvalidConfig` when there are several."""
    ready = [found for found in warehouses(organisation_id) if found.state == WarehouseState.ACTIVE]
    if not ready:
        raise NotFound("No warehouse is ready yet.", hint="Create one: oneclick warehouse create NAME")
    if len(ready) > 1:
        raise InvalidConfig(
            "There are several warehouses.", hint=f"Name one of: {', '.join(found.name for found in ready)}."
        )
    return ready[0]


def account_links(
    organisation_id: UUID, *, provider: str = "", limit: int | None = None, before: UUID | None = None
) -> Sequence[AccountLink]:
    """The organisation's connections, newest first; of one provider, where it is named."""
    found = AccountLink.objects.filter(organisation_id=organisation_id)
    found = found.filter(provider=provider) if provider else found
    found = found.filter(id__lt=before) if before else found
    return list(found.order_by("-id")[:limit])


def account_link(organisation_id: UUID, link_id: UUID, *, is_locked: bool = False) -> AccountLink:
    """One account link, on demand locked until the transaction ends; raises `NotFound`."""
    scope = AccountLink.objects.filter(organisation_id=organisation_id, id=link_id)
    found = (scope.select_for_update() if is_locked else scope).first()
    if found is None:
        raise NotFound("There is no such connection here.", hint="List the connections of your organisation.")
    return found


def living_in(links: Sequence[AccountLink]) -> Mapping[UUID, Sequence[Warehouse]]:
    """Each connection's id → the warehouses that were set up with it and are not deleted, newest first."""
    found: dict[UUID, list[Warehouse]] = {link.id: [] for link in links}
    living = Warehouse.objects.filter(account_link__in=links).exclude(state=WarehouseState.DELETED)
    for each in living.order_by("-id"):
        if each.account_link_id is not None:
            found[each.account_link_id].append(each)
    return found
