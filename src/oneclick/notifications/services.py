"""What operators do about mail."""

from django.conf import settings
from django.db import transaction

from oneclick.audit.services import record
from oneclick.notifications.composing import trial_mail
from oneclick.notifications.errors import NoMailServer
from oneclick.notifications.servers import MailServer
from oneclick.notifications.smtp import hand_over

PATIENCE_S = 10.0


def mail_server() -> MailServer | None:
    """The server in force; None where none is set."""
    found: MailServer | None = settings.ONECLICK_MAIL_SERVER
    return found


def send_trial(to: str, *, actor: str) -> MailServer:
    """Send a mail to try the server, now, and note that somebody did; the server that took it. Raises `MailError`."""
    server = mail_server()
    if server is None:
        raise NoMailServer
    hand_over(server, trial_mail(server, to), to=to, silence_s=PATIENCE_S)
    with transaction.atomic():
        record(organisation_id=None, actor=actor, action="mail.tried")
    return server
