"""Writing down who did what."""

from typing import Any
from uuid import UUID

from oneclick.audit.models import AuditEvent
from oneclick.core.caller import current_address
from oneclick.core.correlation import current_correlation_id


def record(
    *,
    organisation_id: UUID | None,
    actor: str,
    action: str,
    target_kind: str = "",
    target_id: str | UUID = "",
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Insert one event in the caller's transaction, so that both happen or neither.

    `actor` is a principal's label; `action` is one of those in `actions.py`. `detail` is plain
    JSON without secrets, names or addresses of people. Where the request comes from is added here.
    """
    return AuditEvent.objects.create(
        organisation_id=organisation_id,
        actor=actor,
        action=action,
        target_kind=target_kind,
        target_id=str(target_id),
        detail=detail or {},
        correlation_id=current_correlation_id(),
        address=current_address(),
    )
