"""Reading what was asked, always inside one organisation."""

from collections.abc import Sequence
from uuid import UUID

from oneclick.queries.models import QueryHistory


def history(
    organisation_id: UUID, *, warehouse_id: UUID | None = None, limit: int = 50, before: UUID | None = None
) -> Sequence[QueryHistory]:
    """The newest queries first; `before` is the id of the last one seen."""
    found = QueryHistory.objects.filter(organisation_id=organisation_id).order_by("-id")
    if warehouse_id is not None:
        found = found.filter(warehouse_id=warehouse_id)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found[:limit])
