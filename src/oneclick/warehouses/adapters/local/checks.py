"""Whether a local lake can be made here: looks, makes nothing."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from psycopg import sql

from oneclick.warehouses.adapters.local.server import MEMBERSHIPS_WITH_OPTIONS, CatalogServer, Connection
from oneclick.warehouses.contract.descriptions import Check, CheckResult
from oneclick.warehouses.contract.errors import ContractError

OLDEST_SERVER = 14
FREE_BYTES = 512 << 20


def run_checks(server: CatalogServer, home: Path) -> Sequence[Check]:
    """All checks; those that need the server are not checkable while it can't be reached."""
    return [*_server_checks(server), _folder_check(home), _disk_check(home)]


def _server_checks(server: CatalogServer) -> list[Check]:
    title = f"The catalogs' server answers at {server.host}:{server.port}"
    try:
        connection = server.connect()
    except ContractError as exc:
        later = ("The server is PostgreSQL 14 or newer", "Our role may make databases", "Our role may make roles")
        return [
            Check(title=title, result=CheckResult.FAILED, detail=f"{exc.message} {exc.hint}"),
            *(
                Check(title=text, result=CheckResult.NOT_CHECKABLE, detail="The server didn't answer.")
                for text in later
            ),
        ]
    with connection:
        return [
            Check(title=title, result=CheckResult.PASSED),
            _version_check(connection),
            _right_check(connection, "Our role may make databases", "CREATEDB", "rolcreatedb"),
            _right_check(connection, "Our role may make roles", "CREATEROLE", "rolcreaterole"),
            _membership_check(connection),
            _own_database_check(connection),
        ]


def _version_check(connection: Connection) -> Check:
    version = connection.info.server_version // 10_000
    return _check(
        "The server is PostgreSQL 14 or newer",
        version >= OLDEST_SERVER,
        detail=f"It is PostgreSQL {version}.",
        remedy=f"Install PostgreSQL {OLDEST_SERVER} or newer.",
    )


def _right_check(connection: Connection, title: str, privilege: str, column: str) -> Check:
    statement = sql.SQL("SELECT rolsuper OR {} FROM pg_roles WHERE rolname = current_user").format(
        sql.Identifier(column)
    )
    return _check(
        title,
        _one(connection, statement),
        missing=privilege,
        remedy=f'ALTER ROLE "{connection.info.user}" {privilege};',
    )


def _membership_check(connection: Connection) -> Check:
    """Before version 16, a role that doesn't inherit can't own a database through a group."""
    is_modern = connection.info.server_version >= MEMBERSHIPS_WITH_OPTIONS
    return _check(
        "Our role has the rights of the groups that it belongs to",
        is_modern or _one(connection, sql.SQL("SELECT rolinherit FROM pg_roles WHERE rolname = current_user")),
        missing="INHERIT",
        remedy=f'ALTER ROLE "{connection.info.user}" INHERIT;',
    )


def _own_database_check(connection: Connection) -> Check:
    """The logins of a lake are roles of the server, so they could sign in wherever the public may."""
    statement = sql.SQL("SELECT NOT has_database_privilege('public', current_database(), 'CONNECT')")
    rows = connection.execute("""
        SELECT string_agg(quote_ident(datname), ', ' ORDER BY datname) FROM pg_database
        WHERE datallowconn AND datname <> current_database() AND has_database_privilege('public', oid, 'CONNECT')
    """).fetchone()
    others = f" Other databases are open to the logins of every lake: {rows[0]}." if rows and rows[0] else ""
    return _check(
        f"The database {connection.info.dbname} is closed to the logins of lakes",
        _one(connection, statement),
        detail=others.strip(),
        missing="no CONNECT for PUBLIC",
        remedy=f'REVOKE ALL ON DATABASE "{connection.info.dbname}" FROM PUBLIC;',
    )


def _folder_check(home: Path) -> Check:
    lakes = home / "lakes"
    nearest = next(folder for folder in (lakes, *lakes.parents) if folder.exists())
    return _check(
        f"We may write to {lakes}",
        nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK),
        missing=f"write permission on {nearest}",
        remedy=f"chown $(whoami) {nearest} && chmod u+rwx {nearest}",
    )


def _disk_check(home: Path) -> Check:
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(nearest).free
    return _check(
        f"The disk has at least {FREE_BYTES >> 20} MB free",
        free >= FREE_BYTES,
        detail=f"{free >> 20} MB are free.",
        remedy="Free some space, or set ONECLICK_HOME to a larger disk.",
    )


def _check(title: str, is_passed: bool, *, detail: str = "", missing: str = "", remedy: str = "") -> Check:
    if is_passed:
        return Check(title=title, result=CheckResult.PASSED, detail=detail)
    return Check(title=title, result=CheckResult.FAILED, detail=detail, missing=missing, remedy=remedy)


def _one(connection: Connection, statement: sql.SQL | sql.Composed) -> bool:
    row = connection.execute(statement).fetchone()
    return bool(row and row[0])
