"""The mail server that an operator set up, as plain facts. Needs no Django."""

from dataclasses import dataclass
from email.headerregistry import Address
from enum import StrEnum

from oneclick.core.secrets import SecretText


class Tls(StrEnum):
    """How the connection to a mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


PORTS = {Tls.STARTTLS: 587, Tls.TLS: 465, Tls.NONE: 25}
"""Where mail servers listen for each (RFC 8314)."""


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where mail is handed over, and as whom. An empty `user` means: without a login."""

    host: str
    port: int
    tls: Tls
    user: str
    password: SecretText
    sender: Address

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"
