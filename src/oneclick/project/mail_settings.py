"""The settings of the mail server."""

import ipaddress
from collections.abc import Mapping
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Any

from oneclick.core import environment as env
from oneclick.core.environment import Setting, SettingError
from oneclick.core.secrets import SecretText
from oneclick.notifications.servers import PORTS, MailServer, Tls

SENDER_NAME = "One-Click DWH"


def _sender(raw: str) -> Address:
    name, address = parseaddr(raw)
    try:
        found = Address(display_name=name or SENDER_NAME, addr_spec=address)
    except (ValueError, IndexError, HeaderParseError):
        found = None
    if found is None or not found.username or not found.domain or not raw.isprintable():
        raise ValueError("it must be an address such as dwh@example.com, or Our warehouse <dwh@example.com>")
    return found


def _host(raw: str) -> str:
    if not raw.isprintable() or any(letter in raw for letter in " /@"):
        raise ValueError("it must be the name or the address of a host alone, such as smtp.example.com")
    return raw


SMTP_HOST = Setting(
    name="ONECLICK_SMTP_HOST",
    help="The mail server that notifications are sent through. Without it they are written into the log alone.",
    parse=_host,
    default="",
    shown_default="none: no mail is sent",
)
SMTP_PORT = Setting(
    name="ONECLICK_SMTP_PORT",
    help="The mail server's port.",
    parse=env.whole_number(1, 65535),
    default=None,
    shown_default="587 with STARTTLS, 465 with TLS, 25 with none",
)
SMTP_TLS = Setting(
    name="ONECLICK_SMTP_TLS",
    help="How the connection to the mail server is encrypted. `starttls` begins in the clear and goes on encrypted or "
    "not at all; `tls` is encrypted from the first byte; `none` isn't, and takes no user and password but on this "
    "machine itself.",
    parse=env.choice("starttls", "tls", "none"),
    default="starttls",
)
SMTP_USER = Setting(
    name="ONECLICK_SMTP_USER",
    help="The user that logs in to the mail server.",
    parse=env.text,
    default="",
    shown_default="without a login",
)
SMTP_PASSWORD = Setting(
    name="ONECLICK_SMTP_PASSWORD",
    help="That user's password.",
    parse=env.secret,
    default=SecretText(""),
    shown_default="none",
    secret=True,
)
SMTP_SENDER: Setting[Address | None] = Setting(
    name="ONECLICK_SMTP_SENDER",
    help="The address that mails come from, such as dwh@example.com or Our warehouse <dwh@example.com>.",
    parse=_sender,
    default=None,
    shown_default="none; needed with ONECLICK_SMTP_HOST",
)

MAIL_SETTINGS: tuple[Setting[Any], ...] = (SMTP_HOST, SMTP_PORT, SMTP_TLS, SMTP_USER, SMTP_PASSWORD, SMTP_SENDER)


def read_mail(environ: Mapping[str, str]) -> MailServer | None:
    """The mail server, if one is set; raises `SettingError`, also for one that is described by halves."""
    given = {setting: setting.read(environ) for setting in MAIL_SETTINGS}
    if not given[SMTP_HOST]:
        for setting in MAIL_SETTINGS:
            if given[setting] != setting.default:
                raise _by_halves(SMTP_HOST)
        return None
    for here, there in ((SMTP_HOST, SMTP_SENDER), (SMTP_USER, SMTP_PASSWORD), (SMTP_PASSWORD, SMTP_USER)):
        if given[here] and not given[there]:
            raise _by_halves(there)
    tls = Tls(given[SMTP_TLS])
    if given[SMTP_USER] and tls is Tls.NONE and not _is_this_machine(given[SMTP_HOST]):
        raise SettingError(
            "ONECLICK_SMTP_TLS: with none, everybody on the way could read the password.",
            hint="Set it to starttls or tls, or leave ONECLICK_SMTP_USER and ONECLICK_SMTP_PASSWORD empty.",
        )
    return MailServer(
        host=given[SMTP_HOST], port=given[SMTP_PORT] or PORTS[tls], tls=tls, user=given[SMTP_USER],
        password=given[SMTP_PASSWORD], sender=given[SMTP_SENDER],
    )  # fmt: skip


def _by_halves(missing: Setting[Any]) -> SettingError:
    return SettingError(f"{missing.name} is missing: the mail server is described by halves.", hint=missing.help)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
