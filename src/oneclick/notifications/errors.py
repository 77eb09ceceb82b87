"""Why a mail can't be sent.

::

    MailError
    ├── TransientMailError         it may work later: tried again by itself
    │   ├── MailServerUnreachable  nobody answers, or it falls silent
    │   └── MailServerBusy         it says "not now"
    ├── MailRefused                it says "never"
    ├── MailLoginRefused           it doesn't know our user and password
    ├── MailCertificateRefused     it can't prove that it is who we called
    ├── MailServerUnsuitable       it doesn't offer what the settings ask for
    ├── BadMailAddress             it isn't an address that mail can go to
    └── NoMailServer               none is set up
    UnknownKind                    there is nothing of that name to be told of
"""

from typing import ClassVar

from oneclick.core.errors import ErrorKind, OneClickError

_CHECK = "Check ONECLICK_SMTP_HOST, ONECLICK_SMTP_PORT and ONECLICK_SMTP_TLS; then restart it."


class MailError(OneClickError):
    """The mail can't be sent."""

    code: ClassVar[str] = "mail_error"


class TransientMailError(MailError):
    """The mail can't be sent just now."""

    code = "mail_not_now"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


class MailServerUnreachable(TransientMailError):
    """The mail server can't be reached, or fell silent."""

    code = "mail_server_unreachable"
    hint = f"See that it runs and that a firewall lets us through. {_CHECK}"


class MailServerBusy(TransientMailError):
    """The mail server doesn't take the mail just now."""

    code = "mail_server_busy"
    hint = "Wait: it is tried again by itself."


class MailRefused(MailError):
    """The mail server refuses the mail."""

    code = "mail_refused"
    hint = "See that ONECLICK_SMTP_SENDER is an address that this server may send from, and that the recipient exists."


class MailLoginRefused(MailError):
    """The mail server refuses our user and password."""

    code = "mail_login_refused"
    hint = "Correct ONECLICK_SMTP_USER and ONECLICK_SMTP_PASSWORD; then restart it."


class MailCertificateRefused(MailError):
    """The mail server can't prove that it is who we called: its TLS certificate isn't valid for us."""

    code = "mail_certificate_refused"
    hint = (
        "Check ONECLICK_SMTP_HOST and the certificate. Your own certificate authority has to be in the trust store of "
        "the machine that One-Click runs on, or in the file that SSL_CERT_FILE names; then restart it."
    )


class MailServerUnsuitable(MailError):
    """The mail server doesn't offer what the settings ask for."""

    code = "mail_server_unsuitable"
    hint = _CHECK


class BadMailAddress(MailError):
    """Mail can't go to this address."""

    code = "bad_mail_address"
    hint = "Write it like ada@example.com."


class NoMailServer(MailError):
    """No mail server is set up."""

    code = "no_mail_server"
    hint = "Set ONECLICK_SMTP_HOST and ONECLICK_SMTP_SENDER where One-Click runs; then restart it."


class UnknownKind(OneClickError):
    """There is nothing of that name to be told of."""

    code = "unknown_notification_kind"
    hint = "Ask for /api/notifications/settings to see what there is."
