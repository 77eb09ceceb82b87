"""Secrets that the environment gives: a real stack runs with them, and none of its processes tells them to anybody."""

import base64
import json
import secrets
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from oneclick.project.environment import SETTINGS
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.stack.processes import strays
from tests.notifications.post_office import PostOffice, open_post_office
from tests.notifications.test_settings import settings_of
from tests.postgresql import drop_database
from tests.secret_store.life import plain_canary
from tests.secret_store.listening import Listener, pg_dump
from tests.stack.conftest import Installation, empty_home

__all__ = ["empty_home"]
NAME = "canary_of_settings"


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def listener() -> Listener:
    listener = Listener()
    for setting in ("ONECLICK_MASTER_KEY", "ONECLICK_AUDIT_KEY"):
        listener.keep(setting, _key())
    others = ("SECRET_KEY", "OIDC_CLIENT_SECRET", "SMTP_PASSWORD", "LAKE_DATABASE_URL")
    for setting in ("DATABASE_URL", *(f"ONECLICK_{name}" for name in others)):
        listener.keep(setting, plain_canary())
    return listener


@pytest.fixture
def office(listener: Listener) -> Iterator[PostOffice]:
    with open_post_office(wants_login=True, password=dict(listener.secrets)["ONECLICK_SMTP_PASSWORD"]) as opened:
        yield opened


@pytest.fixture
def installation(listener: Listener, empty_home: Path, office: PostOffice) -> Iterator[Installation]:
    """A stack on the test run's own server, as two roles with passwords of ours."""
    superuser = EmbeddedPostgres(Path(settings.HOME)).superuser_url()
    at, given = conninfo_to_dict(superuser), dict(listener.secrets)
    with psycopg.connect(superuser, autocommit=True) as server:
        for role, setting in ((NAME, "DATABASE_URL"), (f"{NAME}_lake", "ONECLICK_LAKE_DATABASE_URL")):
            password, named = given[setting], sql.Identifier(role)
            server.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}").format(named, password))
            server.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(named))
            given[setting] = f"postgresql://{role}:{password}@{at['host']}:{at['port']}/{role}"
        provider = {"KIND": "okta", "ISSUER": "one.okta.com", "CLIENT_ID": "c"}
        given |= {f"ONECLICK_OIDC_{name}": value for name, value in provider.items()}
        given |= settings_of(office, given["ONECLICK_SMTP_PASSWORD"])
        installed = Installation(empty_home, {**given, "ONECLICK_LOG_LEVEL": "DEBUG"})
        try:
            yield installed
        finally:
            installed.run("down")
            for (name,) in server.execute("SELECT datname FROM pg_database WHERE datname ~ '^(canary|oneclick_lake)'"):
                drop_database(server, name)
    assert not list(strays(empty_home))


def test_a_stack_tells_nobody_the_secrets_of_its_settings(installation: Installation, listener: Listener) -> None:
    assert {setting.name for setting in SETTINGS if setting.secret} == listener.secrets.keys()

    for command in ("up --detach", "doctor", "status --json", "sign-in list", "warehouse create sales", "job list"):
        done = installation.run(*command.split())
        assert done.returncode == 0, done.stderr
        listener.hear(command, done.stdout, done.stderr)
    token = json.loads(installation.run("token", "create", "t", "--role", "admin", "--json").stdout)["token"]
    url = installation.status()["url"]
    for path in ("/", "/sign-in/", "/metrics", "/healthz", "/api/openapi.json", "/api/warehouses", "/api/audit"):
        request = urllib.request.Request(url + path, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - ours
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - the same
            listener.hear(path, answer.read().decode(), answer.headers)
    for part in installation.status()["parts"]:
        if part["pid"]:
            listener.hear("command lines", Path(f"/proc/{part['pid']}/cmdline").read_bytes())
    at = conninfo_to_dict(EmbeddedPostgres(Path(settings.HOME)).superuser_url())
    listener.hear("dump", pg_dump({**{name.upper(): value for name, value in at.items()}, "NAME": NAME}))
    assert installation.run("down").returncode == 0
    for file in (each for each in installation.home.rglob("*") if each.is_file()):
        listener.hear("files", file.name, file.read_bytes().decode(errors="replace"))

    assert listener.leaks({}) == set()
    assert {"web.log", "worker.log", "migration.log"} <= set(listener.said["files"])
    assert '"service": "web"' in "".join(listener.said["files"])
    assert "COPY public.sign_in_identityprovider" in "".join(listener.said["dump"])
