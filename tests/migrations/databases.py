"""Databases of their own on the tests' server, and our migrations run on them as a deployment would."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from oneclick.core.ids import new_id
from oneclick.stack.binaries import binaries
from oneclick.stack.postgres import EmbeddedPostgres
from tests.postgresql import drop_database

MASTER_KEY = "bWFzdGVyLWtleS1vZi1yZWxlYXNlZC1zY2hlbWFzLi4="
AUDIT_KEY = "YXVkaXQta2V5LW9mLXJlbGVhc2VkLXNjaGVtYXMuLi4="
"""The keys that the rows of released schemas were written with: for tests alone."""


@contextmanager
def new_database() -> Iterator[str]:
    """An empty database of our own role; gone afterwards."""
    name = f"migrations_{new_id().hex}"
    server = EmbeddedPostgres(settings.HOME)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield server.url(name)
        finally:
            drop_database(connection, name)


def as_url(conninfo: str) -> str:
    """The same as a URL, which is what DATABASE_URL takes."""
    parts = conninfo_to_dict(conninfo)
    return "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**parts)


def run(conninfo: str, code: str) -> str:
    """Run Python as an installation with that database; what it prints."""
    with tempfile.TemporaryDirectory(prefix="oneclick-migrations-") as home:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("ONECLICK_")} | {
            "DATABASE_URL": as_url(conninfo),
            "DJANGO_SETTINGS_MODULE": "oneclick.project.settings",
            "ONECLICK_HOME": home,
            "ONECLICK_MASTER_KEY": MASTER_KEY,
            "ONECLICK_AUDIT_KEY": AUDIT_KEY,
        }
        done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def load(conninfo: str, dump: str) -> None:
    """Run what `pg_dump` wrote."""
    psql = binaries(settings.HOME, None) / "psql"
    done = subprocess.run(
        [psql, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", make_conninfo(conninfo)],
        input=dump, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
