"""Reading the audit log."""

from collections.abc import Sequence
from uuid import UUID

from oneclick.audit.models import AuditEvent

PAGE = 50


def events(organisation_id: UUID | None, *, limit: int = PAGE, before: UUID | None = None) -> Sequence[AuditEvent]:
    """The events of one organisation, the newest first; `before` is the last id of the page before.

    None as the organisation means: what concerns the installation itself.
    """
    found = AuditEvent.objects.filter(organisation_id=organisation_id)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id")[:limit])
