"""What the audit log does by itself."""

import structlog
from django.conf import settings
from procrastinate.contrib.django import app

from oneclick.audit.errors import AuditError
from oneclick.audit.retention import prune
from oneclick.audit.sealing import seal_all

log = structlog.get_logger(__name__)


@app.periodic(cron="*/5 * * * * *", periodic_id="audit")
@app.task(name="audit.seal", queueing_lock="audit.seal")
def seal(timestamp: int) -> None:
    """Chain what was committed since; doubled calls do no harm, and what fails is tried again in five seconds."""
    try:
        seal_all()
    except AuditError as error:
        log.warning("the audit log can't be sealed", error_code=error.code, reason=error.message, hint=error.hint)


@app.periodic(cron="17 3 * * *", periodic_id="audit-retention")
@app.task(name="audit.drop_old_months", queueing_lock="audit.drop_old_months")
def drop_old_months(timestamp: int) -> None:
    """Once a day, drop the months that the setting doesn't keep; what is refused is tried again on the next day."""
    keep_months = settings.ONECLICK_AUDIT_KEEP_MONTHS
    if keep_months is None:
        return
    try:
        dropped = prune(keep_months, actor="system:retention")
    except AuditError as error:
        log.warning("old months can't be dropped", error_code=error.code, reason=error.message, hint=error.hint)
    else:
        log.info("old months dropped", months=[f"{each.month:%Y-%m}" for each in dropped])
