"""What workers do for data flows."""

from uuid import UUID

import structlog
from procrastinate.contrib.django import app

from oneclick.pipelines import engine, scheduling, services, sweeper

log = structlog.get_logger(__name__)


@app.task(name=scheduling.DRIVE)
def drive(run_id: str) -> None:
    """Bring an update as far as it goes now."""
    engine.drive(UUID(run_id))


# The seconds are the last of the six fields.
@app.periodic(cron="* * * * * */10", periodic_id="flows-due")
@app.task(name="pipelines.start_due", queueing_lock="pipelines.start_due")
def start_due(timestamp: int) -> None:
    """Begin the updates that are due, and wake those that were forgotten by a crash."""
    started, woken = scheduling.start_due(), sweeper.sweep()
    if started or woken:
        log.info("updates begun", due=started, forgotten=woken)


@app.periodic(cron="37 * * * *", periodic_id="flows-tidy")
@app.task(name="pipelines.tidy", queueing_lock="pipelines.tidy")
def tidy(timestamp: int) -> None:
    """Once an hour, remove what ended updates left, and drafts that nobody went on with."""
    sweeper.remove_folders()
    services.forget_drafts()


@app.task(name=services.FORGET)
def forget_flows(warehouse_id: str) -> None:
    """Remove the data flows of a warehouse that is gone, with their secrets."""
    services.forget_of_warehouse(UUID(warehouse_id))
