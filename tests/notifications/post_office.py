"""A mail server of the test's own, on a real socket, that can be told to misbehave."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd import smtp
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from oneclick.core.secrets import SecretText
from oneclick.notifications.servers import MailServer, Tls

USER, PASSWORD = "dwh", "a password of the mail server"
SENDER = Address(display_name="One-Click DWH", addr_spec="dwh@acme.example")


@dataclass
class PostOffice:
    """What came in. `says` are answers to DATA, in order, then "250 OK"; "" cuts the line once the mail is kept."""

    server: MailServer
    received: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    says_to_recipient: str = ""
    waits_s: float = 0.0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it
        self, server: smtp.SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.says_to_recipient:
            return self.says_to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: smtp.SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        await asyncio.sleep(self.waits_s)
        answer = self.says.pop(0) if self.says else "250 OK"
        if answer.startswith("250") or not answer:
            self.received.append(
                cast("EmailMessage", message_from_bytes(cast("bytes", envelope.content), policy=default))
            )
            self.recipients += envelope.rcpt_tos
        if not answer:
            server.transport.abort()
        return answer or "250 OK"


@contextmanager
def open_post_office(
    *,
    tls: Tls = Tls.NONE,
    host: str = "127.0.0.1",
    context: ssl.SSLContext | None = None,
    wants_login: bool = False,
    password: str = PASSWORD,
) -> Iterator[PostOffice]:
    """Open one on a free port of this machine; `host` is what the client calls it."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = MailServer(
        host=host, port=listener.getsockname()[1], tls=tls, user=USER if wants_login else "",
        password=SecretText(password if wants_login else ""), sender=SENDER,
    )  # fmt: skip
    office = PostOffice(server=server)
    more: dict[str, Any] = {}
    if wants_login:
        more |= {"authenticator": _check(password), "auth_require_tls": tls is Tls.STARTTLS}
    if tls is Tls.STARTTLS:
        more |= {"tls_context": context, "require_starttls": True}
    hours = _Hours()
    made: list[smtp.SMTP] = []

    def answer() -> smtp.SMTP:
        made.append(smtp.SMTP(office, **more))
        return made[-1]

    async def serve() -> None:
        over = asyncio.Event()
        served = await asyncio.get_running_loop().create_server(
            answer, sock=listener, ssl=context if tls is Tls.TLS else None
        )
        hours.open(asyncio.get_running_loop(), over)
        await over.wait()
        served.close()
        for each in made:
            if each.transport is not None and not each.transport.is_closing():
                each.transport.abort()
        await asyncio.sleep(0.05)

    thread = threading.Thread(target=asyncio.run, args=[serve()], daemon=True)
    thread.start()
    hours.is_open.wait(10)
    yield office
    hours.close()
    thread.join()


class _Hours:
    """From when on it takes mail, and until when, told between threads."""

    def __init__(self) -> None:
        self.is_open = threading.Event()

    def open(self, loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
        self.close = lambda: loop.call_soon_threadsafe(over.set)
        self.is_open.set()


def _check(password: str) -> Callable[..., AuthResult]:
    def check(server: smtp.SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), password.encode())
        return AuthResult(success=is_right, handled=False)

    return check
