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


@dataclass(frozen=True, kw_only=True)
class FlowQuiet:
    """Nothing came from a data flow for longer than somebody said is usual. Sent once, until rows come again."""

    flow_id: UUID
    organisation_id: UUID


flow_quiet: Signal[FlowQuiet] = Signal()
run_ended: Signal[RunEnded] = Signal()
