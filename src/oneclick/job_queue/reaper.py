"""Wake-ups whose worker died: its heartbeat stopped, and the row says "doing" for ever."""

import procrastinate.exceptions
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from oneclick.core.clock import utcnow

STALLED_AFTER_S = 15.0


async def revive_stalled(manager: JobManager) -> int:
    """Put each stalled wake-up back into the queue; returns how many.

    One that can't go back, because its twin waits there under the same queueing lock, is ended instead: the twin
    does its work (procrastinate's documented recovery stops at the first of those, procrastinate#1446).
    """
    stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S))
    for job in stalled:
        try:
            await manager.retry_job(job, retry_at=utcnow())
        except (procrastinate.exceptions.AlreadyEnqueued, procrastinate.exceptions.ConnectorException):
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)
    return len(stalled)
