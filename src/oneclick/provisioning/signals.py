"""What upper packages may hear of. Sent inside the transaction: receivers write rows or enqueue wake-ups only.

This is the outbox's hook: a package that tells people or tools of a job's end connects here and provisioning never
hears of it.
"""

from dataclasses import dataclass
from uuid import UUID

from oneclick.core.signals import Signal


@dataclass(frozen=True, kw_only=True)
class JobEnded:
    """A job came to SUCCESS, FAILED or CANCELLED."""

    job_id: UUID
    organisation_id: UUID
    warehouse_id: UUID
    kind: str
    state: str


job_ended: Signal[JobEnded] = Signal()
