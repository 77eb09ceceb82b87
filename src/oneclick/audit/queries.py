"""Reading the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from oneclick.audit.models import AuditEvent

PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which events somebody looks for; what is empty doesn't narrow.

    `action` is a whole one, such as `warehouse.created`, or only its noun; `until` is excluded.
    """

    actor: str = ""
    action: str = ""
    target_kind: str = ""
    target_id: str = ""
    correlation_id: str = ""
    address: str = ""
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = Wanted()


def events(
    organisation_id: UUID | None, wanted: Wanted = EVERYTHING, *, limit: int = PAGE, before: UUID | None = None
) -> Sequence[AuditEvent]:
    """The events of one organisation, the newest first; `before` is the last id of the page before.

    None as the organisation means: what concerns the installation itself.
    """
    found = _narrowed(AuditEvent.objects.filter(organisation_id=organisation_id), wanted)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id")[:limit])


def _narrowed(found: QuerySet[AuditEvent], wanted: Wanted) -> QuerySet[AuditEvent]:
    for name in ("actor", "target_kind", "target_id", "correlation_id", "address"):
        if value := getattr(wanted, name):
            found = found.filter(**{name: value})
    if wanted.action:
        is_whole = "." in wanted.action
        found = found.filter(**({"action": wanted.action} if is_whole else {"action__startswith": f"{wanted.action}."}))
    if wanted.since:
        found = found.filter(at__gte=wanted.since)
    return found.filter(at__lt=wanted.until) if wanted.until else found
