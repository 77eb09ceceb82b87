"""What the queue does for itself."""

import structlog
from procrastinate import JobContext
from procrastinate.contrib.django import app

from oneclick.job_queue.reaper import revive_stalled

log = structlog.get_logger(__name__)


@app.periodic(cron="* * * * * */10", periodic_id="reaper")
@app.task(name="job_queue.reap", queueing_lock="job_queue.reap", pass_context=True)
async def reap(context: JobContext, timestamp: int) -> None:
    """Give back what dead workers left behind."""
    revived = await revive_stalled(context.app.job_manager)
    if revived:
        log.warning("stalled wake-ups revived", count=revived, timestamp=timestamp)
