"""Reading what was asked, always inside one organisation."""

from collections.abc import Sequence
from uuid import UUID

from oneclick.queries.errors import QueryNotFound
from oneclick.queries.models import QueryHistory, QueryPurpose


def history(
    organisation_id: UUID,
    *,
    warehouse_id: UUID | None = None,
    purpose: QueryPurpose | None = None,
    limit: int = 50,
    before: UUID | None = None,
) -> Sequence[QueryHistory]:
    """The newest queries first, with their warehouses; `before` is the id of the last one seen."""
    found = QueryHistory.objects.filter(organisation_id=organisation_id).select_related("warehouse").order_by("-id")
    if purpose is not None:
        found = found.filter(purpose=purpose)
    if warehouse_id is not None:
        found = found.filter(warehouse_id=warehouse_id)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found[:limit])


def query(organisation_id: UUID, query_id: UUID) -> QueryHistory:
    """One query; raises `QueryNotFound`."""
    found = QueryHistory.objects.filter(organisation_id=organisation_id, id=query_id).first()
    if found is None:
        raise QueryNotFound
    return found
