"""What workers do for notifications."""

import structlog
from procrastinate.contrib.django import app

from oneclick.notifications import outbox
from oneclick.notifications.services import mail_server

log = structlog.get_logger(__name__)


@app.task(name=outbox.DELIVER)
def deliver() -> None:
    """Send what was just written."""
    outbox.deliver_due(mail_server())


# The seconds are the last of the six fields.
@app.periodic(cron="* * * * * */20", periodic_id="notifications")
@app.task(name="notifications.deliver_due", queueing_lock="notifications.deliver_due")
def deliver_due(timestamp: int) -> None:
    """Send what is due again, and what whoever should have sent it left behind."""
    outbox.deliver_due(mail_server())


@app.periodic(cron="41 * * * *", periodic_id="old_notifications")
@app.task(name="notifications.forget", queueing_lock="notifications.forget")
def forget(timestamp: int) -> None:
    """Once an hour, forget what is long ago."""
    outbox.forget_old()
