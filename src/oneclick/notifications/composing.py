"""From a row, or from nothing, to a mail: plain text and the same as simple HTML."""

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from oneclick.core.clock import utcnow
from oneclick.core.ids import new_id
from oneclick.notifications.errors import BadMailAddress
from oneclick.notifications.kinds import CHANGE_ENDED, FLOW_FAILED, FLOW_QUIET
from oneclick.notifications.models import Notification
from oneclick.notifications.servers import MailServer
from oneclick.web.words import exact
from oneclick.web.zones import zone_named

LONGEST_SUBJECT = 150


def mail_of(row: Notification, server: MailServer) -> EmailMessage:
    """The mail of a row, the same each time it is made: Message-ID and date too. Raises `BadMailAddress`."""
    zone = zone_named(row.user.time_zone)
    organisation = row.organisation.name
    is_made = f"you made it, or are an admin of {organisation}"
    because = {CHANGE_ENDED.key: "you asked for it", FLOW_FAILED.key: is_made, FLOW_QUIET.key: is_made}
    context = {
        **row.facts,
        "url": f"{settings.ONECLICK_ORIGIN}{row.facts['path']}",
        "organisation": organisation,
        "at": exact(row.created_at, zone) if zone else exact(row.created_at),
        "because": because.get(row.kind, f"you are an admin of {organisation}"),
        "settings_url": f"{settings.ONECLICK_ORIGIN}{reverse('account-notifications')}",
        "correlation_id": row.correlation_id,
    }
    mail = _mail(server, to=row.user.email, subject=f"{row.facts['title']} ({organisation})", context=context)
    mail["Message-ID"] = _message_id(row.id, server)
    mail["Date"] = format_datetime(row.created_at)
    return mail


def trial_mail(server: MailServer, to: str) -> EmailMessage:
    """A mail that shows that mails arrive; raises `BadMailAddress`."""
    now = utcnow()
    context = {
        "title": "Mails from One-Click DWH arrive",
        "words": f"An operator sent this to try the mail server {server}. There is nothing to do.",
        "url": settings.ONECLICK_ORIGIN,
        "action": "Open One-Click DWH",
        "at": exact(now),
    }
    mail = _mail(server, to=to, subject=context["title"], context=context)
    mail["Message-ID"] = _message_id(new_id(), server)
    mail["Date"] = format_datetime(now)
    return mail


def _mail(server: MailServer, *, to: str, subject: str, context: dict[str, Any]) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = server.sender
    mail["To"] = _address(to)
    mail["Subject"] = one_line(subject)
    mail["Auto-Submitted"] = "auto-generated"  # so that nobody's "I am on holiday" comes back (RFC 3834)
    mail.set_content(render_to_string("notifications/mail.txt", context).strip() + "\n")
    mail.add_alternative(render_to_string("notifications/mail.html", context), subtype="html")
    return mail


def one_line(text: str) -> str:
    """A text for a header: what would end the line or can't be seen becomes a space, and it isn't endless."""
    shown = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return shown if len(shown) <= LONGEST_SUBJECT else f"{shown[: LONGEST_SUBJECT - 1]}…"


def _address(text: str) -> Address:
    try:
        return Address(addr_spec=text)
    except (ValueError, IndexError, HeaderParseError) as exc:
        raise BadMailAddress(f"{one_line(text)!r} isn't an address that mail can go to.") from exc


def _message_id(notification_id: UUID, server: MailServer) -> str:
    return f"<{notification_id}@{server.sender.domain}>"
