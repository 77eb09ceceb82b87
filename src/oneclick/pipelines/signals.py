"""What upper packages may hear of. Sent inside the transaction: receivers write rows or enqueue wake-ups only."""

from dataclasses import dataclass
from uuid import UUID

from oneclick.core.signals import Signal


@dataclass(frozen=True, kw_only=True)
class RunEnded:
    """An update came to DONE, FAILED or STOPPED."""

    run_id: UUID
    flow_id: UUID
    organisation_id: UUID
    state: str


run_ended: Signal[RunEnded] = Signal()
