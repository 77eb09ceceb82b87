"""A secret in every field that takes one, through the whole product: heard nowhere but where it is shown on purpose."""

import base64
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import structlog
from django.conf import settings
from django.db import connection

from adapter_postgresql import PostgresqlAdapter
from oneclick.accounts.sign_in import local, providers
from oneclick.accounts.sign_in.forms import ProviderForm
from oneclick.accounts.sign_in.models import IdentityProvider
from oneclick.audit.services import record
from oneclick.core.errors import OneClickError
from oneclick.core.secrets import SecretText
from oneclick.secret_store import services as secret_store
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.telemetry import logs
from oneclick.warehouses.contract.errors import InvalidCredentials
from oneclick.warehouses.contract.instance import Account
from tests.accounts.isolation import World
from tests.accounts.sign_in.conftest import idp, origin, provider  # noqa: F401 - fixtures, asked for by name
from tests.accounts.sign_in.provider import Provider
from tests.accounts.test_isolation import folders_at_home, numbers, one_lake, world  # noqa: F401 - fixtures, asked for by name
from tests.secret_store.bearers import bearers
from tests.secret_store.life import Life, rows
from tests.secret_store.listening import Listener, pg_dump, pg_dump_roles

pytestmark = pytest.mark.django_db(transaction=True)

CARRIED: dict[str, str] = {
    "setting DATABASE_URL": "database password",
    "setting ONECLICK_LAKE_DATABASE_URL": "database password",
    "setting ONECLICK_MASTER_KEY": "master key",
    "setting ONECLICK_AUDIT_KEY": "audit key",
    "setting ONECLICK_SECRET_KEY": "key of sessions",
    "setting ONECLICK_SMTP_PASSWORD": "mail password",
    "notifications.servers MailServer.password": "mail password",
    "setting ONECLICK_OIDC_CLIENT_SECRET": "client secret of the environment",
    "project.environment Environment.database_url": "database password",
    "project.environment Environment.lake_database_url": "database password",
    "project.environment Environment.master_key": "master key",
    "project.environment Environment.audit_key": "audit key",
    "project.environment Environment.secret_key": "key of sessions",
    "project.sign_in_settings FirstProvider.client_secret": "client secret of the environment",
    "accounts.sign_in.providers ProviderInput.client_secret": "client secret of a page",
    "form ProviderForm.client_secret": "client secret of a mistyped page",
    "api ProviderRequest.client_secret": "client secret over REST",
    "api ProviderChange.client_secret": "client secret that is mistyped over REST",
    "accounts.sign_in.local Invited.token": "one-time link",
    "form LinkForm.token": "one-time link",
    "form LinkForm.password": "password",
    "form LocalForm.password": "wrong password",
    "accounts.invitations Invited.secret": "invitation",
    "api AccountLinkRequest.secrets": "connection password over REST",
    "onboarding.services Handover.token": "link to the steps",
    "api InvitationMade.url": "invitation",
    "api FirstAdminMade.url": "first admin's link over REST",
    "api TokenMade.token": "token of a service account",
    "project.watching Watch.authorization": "token of a user",
    "project.watching Watch.session": "session key",
    "pipelines.contract.sources Settings.secrets": "source password",
    "api FlowRequest.secrets": "source password over REST",
    "api ReconnectRequest.secrets": "source password that is wrong",
    "pipelines.templates.airbyte.conversation Conversation.secrets": "connector's token",
    "adapter postgresql password": "connection password",
    "warehouses.contract.instance Account.secrets": "connection password",
    "warehouses.contract.instance Installation.options": "database password",
    "warehouses.contract.data_plane Access.secret": "warehouse login (write)",
    "warehouses.contract.data_plane DuckDBAttachment.statements": "lake login (write)",
    "warehouses.adapters.local.server LakeAttachment.password": "lake login (write)",
    "warehouses.services RevealedCredentials.secret": "warehouse login after rotation (read)",
    "api CredentialsAnswer.secret": "warehouse login after rotation (read)",
    "api CredentialsAnswer.sqlalchemy_url": "warehouse login after rotation (read)",
    "api CredentialsAnswer.snippets": "warehouse login after rotation (read)",
}
"""Field → the secret that goes through it in `Life`."""

NO_SECRET: dict[str, str] = {
    "form LinkForm.code": "six digits that work once, for a minute and a half: too short to be looked for",
    "form LocalForm.code": "the same",
    "demo.shop Shop.password": "of the sample application's reader, on this machine and made anew at each demo",
    "demo.flows _Source.given": "the same",
    "option oneclick sign-in add client_secret_file": "a path",
    "option oneclick account connect secret_files": "paths",
    "option oneclick flow create secret_files": "paths",
    "option oneclick token revoke token": "an id or the first characters",
}
"""Fields that only sound like it."""

LOGINS = {
    f"{name} ({level})" for name in ("warehouse login after rotation", "lake login") for level in ("read", "write")
}
SHOWN: dict[str, set[str]] = {
    "GET /sign-in/link": {"one-time link", "TOTP seed"},
    "POST /sign-in/link": {"one-time link", "TOTP seed"},
    "POST first-admin": {"first admin's link", "first admin's link over REST"},
    "POST /team/invitations/new": {"invitation"},
    "POST /tokens/new": {"token of a user"},
    "POST hand-over": {"link to the steps"},
    "POST /api/tokens": {"token of a service account"},
    "GET credentials": LOGINS,
}
"""Where a secret is shown on purpose: once, or to whoever asked for it and may, which is written down."""

PLANTED = {
    "logs": "client secret of a page",
    "audit rows": "client secret of a page",
    "dump": "client secret of a page",
    "POST /settings/sign-in/add/generic": "client secret of a mistyped page",
    "reprs": "one-time link",
    "exceptions": "password",
    "job rows": "connection password that is wrong",
}
"""What each of the planted faults must give away, and where."""


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What a process of the product would write into its log, at its most talkative."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    logs.configure("web", "DEBUG")
    written = StringIO()
    (handler,) = root.handlers
    handler.setStream(written)  # type: ignore[attr-defined]  # it is one that writes to a stream
    yield written
    logging.captureWarnings(capture=False)
    sys.excepthook = sys.__excepthook__
    structlog.configure(**before)
    root.handlers, root.level = handlers, level


@pytest.fixture
def live(
    world: World,  # noqa: F811 - the fixture
    idp: Provider,  # noqa: F811 - the fixture
    provider: IdentityProvider,  # noqa: F811 - the fixture
    lines: StringIO,
    capfd: pytest.CaptureFixture[str],
) -> Callable[[], Listener]:
    """Lives a life; what was heard in it, and what lies in the database afterwards."""

    def run() -> Listener:
        server, listener = EmbeddedPostgres(Path(settings.HOME)), Listener()
        Life(listener=listener, world=world, idp=idp, provider=provider).live()
        listener.hear("logs", lines.getvalue(), *capfd.readouterr(), server.log.read_text(encoding="utf-8"))
        listener.hear("audit rows", *rows("audit_"))
        listener.hear("job rows", *rows("provisioning_"), *rows("procrastinate_"))
        listener.hear("dump", pg_dump(connection.settings_dict), pg_dump_roles(server.superuser_url()))
        return listener

    return run


def test_no_secret_is_heard_anywhere(live: Callable[[], Listener]) -> None:
    listener = live()

    assert listener.leaks(SHOWN) == set(), "(place, secret); one that is shown there on purpose belongs into SHOWN"
    assert set(CARRIED.values()) <= listener.secrets.keys()
    assert "COPY public.secret_store_secret" in (dump := "".join(listener.said["dump"]))
    assert "CREATE ROLE" in dump
    assert "identity_provider.added" in "".join(listener.said["audit rows"])
    assert "invalid_credentials" in "".join(listener.said["job rows"])
    assert '"event": "request"' in "".join(listener.said["logs"])
    assert {place for place, _ in listener.leaks({})} == SHOWN.keys(), "a secret that is said to be shown isn't"


def test_a_leak_would_be_heard(live: Callable[[], Listener], monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    missed = set(PLANTED.items()) - live().leaks(SHOWN)

    assert not missed


def plant(monkeypatch: pytest.MonkeyPatch) -> None:
    """One fault of each kind, as somebody in a hurry would make it."""
    put, note, open_link = secret_store.put, providers._record, local.open_link
    enter = PostgresqlAdapter.open

    def put_and_tell(value: SecretText, **more: Any) -> str:
        structlog.get_logger().info(f"keeping {value.reveal()}")
        return put(value, **more)

    def record_all(principal: Any, action: str, made: IdentityProvider) -> None:
        note(principal, action, made)
        raw = secret_store.get(made.secret_reference).reveal()
        detail = {"fields": base64.b64encode(f"secret={raw}".encode()).decode()}
        record(organisation_id=made.organisation_id, actor="x", action="identity_provider.changed", detail=detail)

    def open_and_explain(token: SecretText, *, password: SecretText, code: str) -> Any:
        try:
            return open_link(token, password=password, code=code)
        except OneClickError as exc:
            raise type(exc)(f"{exc.message} With {password.reveal()}") from exc

    @contextmanager
    def enter_and_explain(self: PostgresqlAdapter, account: Account, *more: Any, **named: Any) -> Iterator[Any]:
        try:
            with enter(self, account, *more, **named) as session:
                yield session
        except InvalidCredentials as exc:
            raise InvalidCredentials(f"{account.secrets['password'].reveal()} was refused.") from exc

    monkeypatch.setattr(secret_store, "put", put_and_tell)
    monkeypatch.setattr(PostgresqlAdapter, "open", enter_and_explain)
    monkeypatch.setattr(providers, "_record", record_all)
    monkeypatch.setattr(local, "open_link", open_and_explain)
    monkeypatch.setattr(local.Invited, "__repr__", lambda invited: f"Invited({invited.token.reveal()})")
    monkeypatch.setattr(ProviderForm.base_fields["client_secret"].widget, "render_value", True)


def test_every_field_that_can_hold_a_secret_is_known() -> None:
    """A new one needs a line in `CARRIED`, and its secret a place in `Life`."""
    assert bearers() == CARRIED.keys() | NO_SECRET.keys()


@pytest.mark.parametrize("secret", ["canary-of-letters", "canary&'\"<é>/+ plain-canary"])
def test_every_spelling_is_found(secret: str) -> None:
    listener = Listener()
    listener.keep("it", secret)
    for number, text in enumerate(
        (secret, secret.encode().hex().upper(), json.dumps({"a": secret}), quote(secret), urlencode({"a": secret}))
    ):
        listener.hear(f"text {number}", f"before {text} behind")
    for number in range(6):
        listener.hear(f"base64 {number}", base64.b64encode(b"x" * number + secret.encode() + b"y" * number).decode())

    assert {place for place, _ in listener.leaks({})} == listener.said.keys()
