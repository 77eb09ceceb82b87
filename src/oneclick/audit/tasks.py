"""What the audit log does by itself."""

import structlog
from procrastinate.contrib.django import app

from oneclick.audit.errors import AuditError
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
