"""What workers do for provisioning."""

from uuid import UUID

import structlog
from procrastinate.contrib.django import app

from oneclick.provisioning import engine, idempotency, sweeper

log = structlog.get_logger(__name__)


@app.task(name=engine.DRIVE)
def drive(job_id: str) -> None:
    """Bring a job as far as it goes now."""
    engine.drive(UUID(job_id))


# The seconds are the last of the six fields.
@app.periodic(cron="* * * * * */5", periodic_id="sweeper")
@app.task(name="provisioning.sweep", queueing_lock="provisioning.sweep")
def sweep(timestamp: int) -> None:
    """Wake jobs that were forgotten by a crash."""
    woken = sweeper.sweep()
    if woken:
        log.warning("forgotten jobs woken", count=woken, timestamp=timestamp)


@app.periodic(cron="23 * * * *", periodic_id="idempotency")
@app.task(name="provisioning.forget_keys", queueing_lock="provisioning.forget_keys")
def forget_keys(timestamp: int) -> None:
    """Once an hour, forget the idempotency keys that have run out."""
    idempotency.forget_expired()
