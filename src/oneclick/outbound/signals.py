"""What upper rooms can hear from the guard."""

from dataclasses import dataclass
from uuid import UUID

from oneclick.core.signals import Signal


@dataclass(frozen=True, kw_only=True)
class ListChanged:
    """Somebody changed what is allowed. `actor` is a principal's label."""

    id: UUID
    destination: str
    actor: str


destination_allowed: Signal[ListChanged] = Signal()
"""An entry was added. The audit log hears it."""

destination_forgotten: Signal[ListChanged] = Signal()
"""An entry was removed. The audit log hears it."""
