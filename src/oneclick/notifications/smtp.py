"""Handing a mail to the mail server: the one place that speaks SMTP, and that translates what goes wrong.

The server is the operator's own, from the installation's settings, and no user can name another; that is why the guard
of outgoing connections isn't asked.
"""

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Any

import certifi

from oneclick.notifications.errors import (
    MailCertificateRefused,
    MailError,
    MailLoginRefused,
    MailRefused,
    MailServerBusy,
    MailServerUnreachable,
    MailServerUnsuitable,
)
from oneclick.notifications.servers import MailServer, Tls

SILENCE_S = 20.0
"""How long the server may take for one answer."""
WHOLE_S = 60.0
"""How long handing over one mail may take, however the server spreads it."""
_SAID = 200
_NOT_NOW = range(400, 500)
_NEVER = range(500, 600)


def hand_over(server: MailServer, mail: EmailMessage, *, to: str, silence_s: float = SILENCE_S) -> None:
    """Give one mail to the server, which has it when this returns. Raises `MailError`."""
    with _session(server, silence_s) as session:
        session.send_message(mail, from_addr=server.sender.addr_spec, to_addrs=[to])


def probe(server: MailServer, *, silence_s: float = SILENCE_S) -> None:
    """Connect and log in, as for a mail, and send none. Raises `MailError`."""
    with _session(server, silence_s) as session:
        session.noop()


class _WithDeadline(smtplib.SMTP):
    """Gives up after a while, even on a server that says a letter now and then."""

    def __init__(self, *args: Any, whole_s: float, **more: Any) -> None:
        self._alarm = threading.Timer(whole_s, self._cut)
        self._alarm.daemon = True
        self._alarm.start()
        try:
            super().__init__(*args, **more)
        except BaseException:
            self._alarm.cancel()
            raise

    def close(self) -> None:
        """Close the connection, and forget the deadline."""
        self._alarm.cancel()
        super().close()

    def _cut(self) -> None:
        if found := getattr(self, "sock", None):
            with suppress(OSError):
                socket.socket.shutdown(found, socket.SHUT_RDWR)


class _WithDeadlineOverTls(_WithDeadline, smtplib.SMTP_SSL):
    """The same where TLS comes before the first word."""


@contextmanager
def _session(server: MailServer, silence_s: float) -> Iterator[smtplib.SMTP]:
    try:
        session = _open(server, silence_s)
        try:
            yield session
            with suppress(smtplib.SMTPException, OSError):  # it has the mail; how it says goodbye doesn't matter
                session.quit()
        finally:
            session.close()
    except (smtplib.SMTPException, OSError, UnicodeError) as exc:
        raise _translated(exc, server) from exc


def _open(server: MailServer, silence_s: float) -> smtplib.SMTP:
    if server.tls is Tls.TLS:
        session: smtplib.SMTP = _WithDeadlineOverTls(
            server.host, server.port, timeout=silence_s, whole_s=WHOLE_S, context=_tls()
        )
    else:
        session = _WithDeadline(server.host, server.port, timeout=silence_s, whole_s=WHOLE_S)
    try:
        if server.tls is Tls.STARTTLS:
            session.starttls(context=_tls())
        if server.user:
            session.login(server.user, server.password.reveal())
    except BaseException:
        session.close()
        raise
    return session


def _tls() -> ssl.SSLContext:
    """Trusts Mozilla's authorities and the system's, SSL_CERT_FILE included, and checks names."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _translated(error: Exception, server: MailServer) -> MailError:
    """What went wrong, in words. What a server answers to a login isn't repeated: it may be the login."""
    match error:
        case smtplib.SMTPAuthenticationError():
            words = f"The mail server {server} refuses the user {server.user!r} with our password."
            found: MailError = MailServerBusy(words) if error.smtp_code in _NOT_NOW else MailLoginRefused(words)
        case smtplib.SMTPRecipientsRefused():
            found = _by_code(*next(iter(error.recipients.values())), server)
        case smtplib.SMTPResponseException():
            found = _by_code(error.smtp_code, error.smtp_error, server)
        case smtplib.SMTPNotSupportedError():
            found = MailServerUnsuitable(f"The mail server {server} doesn't offer what we need: {_clean(str(error))}")
        case ssl.SSLCertVerificationError():
            found = MailCertificateRefused(f"The certificate of {server} isn't valid for us: {error.verify_message}.")
        case ssl.SSLError() if not isinstance(error, ssl.SSLEOFError):
            found = MailServerUnsuitable(f"{server} doesn't speak TLS as we ask for it: {error.reason or 'no reason'}.")
        case UnicodeError():
            found = MailRefused(f"The mail server {server} doesn't take such addresses.")
        case _:
            found = MailServerUnreachable(f"The mail server {server} can't be reached, or fell silent: {_why(error)}.")
    return found


def _by_code(code: int, said: bytes | str, server: MailServer) -> MailError:
    words = f"The mail server {server} says {code}: {_clean(said)}"
    if code in _NEVER:
        return MailRefused(words)
    return MailServerBusy(words) if code in _NOT_NOW else MailServerUnreachable(words)


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "it took too long"
    return _clean(str(getattr(error, "strerror", "") or error or type(error).__name__)).rstrip(".")


def _clean(said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:_SAID]
