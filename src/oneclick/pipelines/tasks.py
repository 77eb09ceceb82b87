"""What workers do for data flows."""

from uuid import UUID

import structlog
from procrastinate.contrib.django import app

from oneclick.core.clock import utcnow
from oneclick.pipelines import connectors, engine, quiet, scheduling, services, sweeper, uploads

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


@app.periodic(cron="*/5 * * * *", periodic_id="flows-quiet")
@app.task(name="pipelines.tell_quiet", queueing_lock="pipelines.tell_quiet")
def tell_quiet(timestamp: int) -> None:
    """Tell of data flows from which nothing came for too long."""
    if told := quiet.tell(utcnow()):
        log.info("data flows went quiet", told=told)


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


@app.task(name=uploads.LOOK)
def look_at_upload(upload_id: str, order: int) -> None:
    """Find out what is in a file that somebody sent."""
    uploads.look(UUID(upload_id), order)


@app.task(name=uploads.LOAD)
def load_upload(upload_id: str, order: int) -> None:
    """Bring a file that somebody sent into its warehouse."""
    uploads.load(UUID(upload_id), order)


@app.periodic(cron="47 * * * *", periodic_id="uploads")
@app.task(name="pipelines.forget_uploads", queueing_lock="pipelines.forget_uploads")
def forget_uploads(timestamp: int) -> None:
    """Once an hour, remove files that were sent more than a day ago."""
    uploads.forget_old(utcnow())


@app.task(name=connectors.INSTALL)
def install_connector(installation_id: str) -> None:
    """Install a connector that somebody asked for."""
    connectors.install(UUID(installation_id))
