"""Every setting of an installation, read once from environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from oneclick.core import environment as env
from oneclick.core.environment import Setting
from oneclick.core.secrets import SecretText
from oneclick.notifications.servers import MailServer
from oneclick.outbound.destinations import Destination, parse
from oneclick.outbound.errors import BadDestination
from oneclick.project.mail_settings import MAIL_SETTINGS, read_mail
from oneclick.project.sign_in_settings import SIGN_IN_SETTINGS, SignInEnvironment, read_sign_in

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound


def default_home() -> Path:
    """The user's data folder; for root a system folder, because PostgreSQL's own user must reach it."""
    if os.geteuid() == 0:
        return Path("/var/lib/one-click-dwh")
    return Path(platformdirs.user_data_dir("one-click-dwh"))


def _postgres_url(raw: str) -> SecretText:
    if not raw.startswith(("postgresql://", "postgres://")):
        raise ValueError("it must look like postgresql://user:password@host:5432/database")
    return SecretText(raw)


def _destinations(raw: str) -> tuple[Destination, ...]:
    try:
        return tuple(parse(word) for word in env.words(raw))
    except BadDestination as exc:
        raise ValueError(f"{exc.message} {exc.hint}") from None


HOME = Setting(
    name="ONECLICK_HOME",
    help="The folder that holds all state: database, lakes, logs, keys. An absolute path.",
    parse=env.path,
    default=None,
    shown_default="the user's data folder; /var/lib/one-click-dwh for root",
)
DATABASE_URL = Setting(
    name="DATABASE_URL",
    help="PostgreSQL 14 or newer for our own metadata, such as postgresql://user:password@host:5432/oneclick. "
    "The role needs CREATEDB and CREATEROLE. Empty: the embedded server.",
    parse=_postgres_url,
    default=SecretText(""),
    shown_default="the embedded server",
    secret=True,
)
LAKE_DATABASE_URL = Setting(
    name="ONECLICK_LAKE_DATABASE_URL",
    help="The PostgreSQL server that holds the catalogs of local warehouses.",
    parse=_postgres_url,
    default=SecretText(""),
    shown_default="the server of DATABASE_URL",
    secret=True,
)
MASTER_KEY = Setting(
    name="ONECLICK_MASTER_KEY",
    help="The key that wraps every secret: 32 bytes in base64.",
    parse=env.secret,
    default=SecretText(""),
    shown_default="made once and kept in <home>/keys/master.key",
    secret=True,
)
AUDIT_KEY = Setting(
    name="ONECLICK_AUDIT_KEY",
    help="The key that seals the audit log: 32 bytes in base64.",
    parse=env.secret,
    default=SecretText(""),
    shown_default="made once and kept in <home>/keys/audit.key",
    secret=True,
)
AUDIT_KEEP_MONTHS = Setting(
    name="ONECLICK_AUDIT_KEEP_MONTHS",
    help="Full months of the audit log to keep beside the present one. Older ones are dropped once a day, and a signed "
    "anchor stays of each.",
    parse=env.whole_number(1, 1200),
    default=None,
    shown_default="all are kept",
)
SECRET_STORE = Setting(
    name="ONECLICK_SECRET_STORE",
    help="Where secrets are kept: `database` is our own PostgreSQL, encrypted under the master key.",
    parse=env.choice("database"),
    default="database",
)
SECRET_KEY = Setting(
    name="ONECLICK_SECRET_KEY",
    help="Signs sessions and forms: any long random text.",
    parse=env.secret,
    default=SecretText(""),
    shown_default="made once and kept in <home>/keys/django.key",
    secret=True,
)
BIND = Setting(
    name="ONECLICK_BIND",
    help="The address that the browser's port listens on.",
    parse=env.text,
    default="127.0.0.1",
)
PORT = Setting(
    name="ONECLICK_PORT",
    help="The browser's port. When it is taken, another free one is chosen and printed.",
    parse=env.whole_number(1, 65535),
    default=8000,
)
EXTERNAL_URL = Setting(
    name="ONECLICK_EXTERNAL_URL",
    help="The address that people type, when a proxy stands before us, such as https://dwh.example.com.",
    parse=env.text,
    default="",
    shown_default="http://<bind>:<port>",
)
WORKER_CONCURRENCY = Setting(
    name="ONECLICK_WORKER_CONCURRENCY",
    help="How many jobs one worker process drives at once.",
    parse=env.whole_number(1, 256),
    default=8,
)
LEGAL_FOLDER = Setting(
    name="ONECLICK_LEGAL_FOLDER",
    help="A folder with imprint.txt, privacy.txt and terms.txt, as far as you need them: plain text, empty lines "
    "between paragraphs. Each becomes a public page with a link at the foot of all.",
    parse=env.path,
    default=None,
    shown_default="there are no such pages",
)
LOG_LEVEL = Setting(
    name="ONECLICK_LOG_LEVEL",
    help="How much is logged.",
    parse=env.choice("DEBUG", "INFO", "WARNING", "ERROR"),
    default="INFO",
)
DEBUG = Setting(
    name="ONECLICK_DEBUG", help="Show errors in detail; for development only.", parse=env.flag, default=False
)
QUERY_TIMEOUT_S = Setting(
    name="ONECLICK_QUERY_TIMEOUT_S",
    help="The longest that a query may run, in seconds.",
    parse=env.whole_number(1, 86400),
    default=60,
)
QUERY_MEMORY_MB = Setting(
    name="ONECLICK_QUERY_MEMORY_MB",
    help="The memory that one query may use, in MiB.",
    parse=env.whole_number(64, 1 << 20),
    default=1024,
)
UPLOAD_MB = Setting(
    name="ONECLICK_UPLOAD_MB",
    help="The largest file that the REST API and the pages take, in MiB. The command line loads any size.",
    parse=env.whole_number(1, 1 << 20),
    default=10240,
)
LOAD_UNPACKED_MB = Setting(
    name="ONECLICK_LOAD_UNPACKED_MB",
    help="The most that a packed file may hold when it is unpacked to be loaded, in MiB.",
    parse=env.whole_number(1, 1 << 30),
    default=51200,
)
LOAD_TIMEOUT_S = Setting(
    name="ONECLICK_LOAD_TIMEOUT_S",
    help="The longest that reading and converting a file may take when it is loaded, in seconds. "
    "Handing the rows over to the warehouse, all or none, comes after that.",
    parse=env.whole_number(1, 604800),
    default=3600,
)
QUERIES_PER_ORGANISATION = Setting(
    name="ONECLICK_QUERIES_PER_ORGANISATION",
    help="How many queries one organisation may have under way at once, in all processes together.",
    parse=env.whole_number(1, 1000),
    default=8,
)
ALLOWED_HOSTS: Setting[tuple[str, ...]] = Setting(
    name="ONECLICK_ALLOWED_HOSTS",
    help="Further names under which people and programs reach the installation, separated by commas, such as "
    "dwh.internal,.example.com (with all below it). Loopback names, ONECLICK_BIND and the host of "
    "ONECLICK_EXTERNAL_URL are accepted anyway.",
    parse=env.words,
    default=(),
    shown_default="none",
)
OUTBOUND_ALLOW: Setting[tuple[Destination, ...]] = Setting(
    name="ONECLICK_OUTBOUND_ALLOW",
    help="Your company's own networks, and single hosts with their port, that connections may go to although they "
    "aren't public, separated by commas, such as 10.20.0.0/16,db.corp.example:5432. They come on top of what operators "
    "allow on the pages and with `oneclick outbound allow`.",
    parse=_destinations,
    default=(),
    shown_default="none",
)

SETTINGS: tuple[Setting[Any], ...] = (
    HOME,
    DATABASE_URL,
    LAKE_DATABASE_URL,
    BIND,
    PORT,
    EXTERNAL_URL,
    ALLOWED_HOSTS,
    OUTBOUND_ALLOW,
    *SIGN_IN_SETTINGS,
    *MAIL_SETTINGS,
    MASTER_KEY,
    AUDIT_KEY,
    AUDIT_KEEP_MONTHS,
    SECRET_STORE,
    SECRET_KEY,
    WORKER_CONCURRENCY,
    QUERY_TIMEOUT_S,
    QUERY_MEMORY_MB,
    QUERIES_PER_ORGANISATION,
    UPLOAD_MB,
    LOAD_UNPACKED_MB,
    LOAD_TIMEOUT_S,
    LEGAL_FOLDER,
    LOG_LEVEL,
    DEBUG,
)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The settings in force. `database_url` is empty where the embedded server is used."""

    home: Path
    database_url: SecretText
    lake_database_url: SecretText
    master_key: SecretText
    audit_key: SecretText
    audit_keep_months: int | None
    secret_store: str
    secret_key: SecretText
    bind: str
    port: int
    external_url: str
    outbound_allow: tuple[Destination, ...]
    sign_in: SignInEnvironment
    mail_server: MailServer | None
    allowed_hosts: tuple[str, ...]
    worker_concurrency: int
    query_timeout_s: int
    query_memory_mb: int
    queries_per_organisation: int
    upload_mb: int
    load_unpacked_mb: int
    load_timeout_s: int
    legal_folder: Path | None
    log_level: str
    debug: bool

    @property
    def origin(self) -> str:
        """The start of every address that we hand out, such as https://dwh.example.com."""
        bind = EVERY_ADDRESS.get(self.bind, self.bind)
        host = f"[{bind}]" if ":" in bind else bind
        return self.external_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def is_embedded(self) -> bool:
        """Whether we run PostgreSQL ourselves."""
        return not self.database_url


def read_environment(environ: Mapping[str, str] = os.environ) -> Environment:
    """Read them all; raises `SettingError` for a bad value and for an unknown `ONECLICK_*` name."""
    env.refuse_unknown(environ, {setting.name for setting in SETTINGS}, prefix="ONECLICK_")
    return Environment(
        home=HOME.read(environ) or default_home(),
        database_url=DATABASE_URL.read(environ),
        lake_database_url=LAKE_DATABASE_URL.read(environ),
        master_key=MASTER_KEY.read(environ),
        audit_key=AUDIT_KEY.read(environ),
        audit_keep_months=AUDIT_KEEP_MONTHS.read(environ),
        secret_store=SECRET_STORE.read(environ),
        secret_key=SECRET_KEY.read(environ),
        bind=BIND.read(environ),
        port=PORT.read(environ),
        external_url=EXTERNAL_URL.read(environ),
        outbound_allow=OUTBOUND_ALLOW.read(environ),
        sign_in=read_sign_in(environ),
        mail_server=read_mail(environ),
        allowed_hosts=ALLOWED_HOSTS.read(environ),
        worker_concurrency=WORKER_CONCURRENCY.read(environ),
        query_timeout_s=QUERY_TIMEOUT_S.read(environ),
        query_memory_mb=QUERY_MEMORY_MB.read(environ),
        queries_per_organisation=QUERIES_PER_ORGANISATION.read(environ),
        upload_mb=UPLOAD_MB.read(environ),
        load_unpacked_mb=LOAD_UNPACKED_MB.read(environ),
        load_timeout_s=LOAD_TIMEOUT_S.read(environ),
        legal_folder=LEGAL_FOLDER.read(environ),
        log_level=LOG_LEVEL.read(environ),
        debug=DEBUG.read(environ),
    )
