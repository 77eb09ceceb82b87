"""The harness of the example adapter, over the PostgreSQL of the test run."""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapter_postgresql import PostgresqlAdapter
from adapter_postgresql.errors import translate
from oneclick.core.secrets import SecretText
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.warehouses.contract.data_plane import Access
from oneclick.warehouses.contract.errors import (
    AlreadyExists,
    Conflict,
    ContractError,
    InvalidConfig,
    InvalidCredentials,
    LimitExceeded,
    NotFound,
    NotSupported,
    PermissionDenied,
    TerminalError,
    Throttled,
    TimedOut,
    Unavailable,
)
from oneclick.warehouses.contract.instance import Account, Installation, Instance
from oneclick.warehouses.contract.resources import Address
from oneclick.warehouses.testing import Foreign, Harness, VendorError
from tests.postgresql import drop_database

I = sql.Identifier  # noqa: E741 - short, because every statement below is full of it

INSIDE = """
    SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$|public$)'
    UNION ALL
    SELECT 'table ' || n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema$)'"""


class PostgresqlHarness(Harness):
    """Reaches around the adapter with SQL of its own, as the same role, which has CREATEDB and CREATEROLE only."""

    def __init__(self, adapter: type[PostgresqlAdapter] = PostgresqlAdapter) -> None:
        self._adapter = adapter(Installation(id="contract-suite", home=Path(settings.HOME)))
        self._url = settings.ONECLICK_ADAPTER_OPTIONS["local"]["catalog_url"].reveal()

    @property
    def adapter(self) -> PostgresqlAdapter:
        return self._adapter

    @cached_property
    def account(self) -> Account:
        return self._account()

    @property
    def wrong_account(self) -> Account:
        return self._account(password="planted-wrong-password")

    @property
    def unreachable_account(self) -> Account:
        return self._account(port="1")

    @cached_property
    def lacking_accounts(self) -> Sequence[tuple[str, Account]]:
        accounts = []
        with self._connect(EmbeddedPostgres(Path(settings.HOME)).superuser_url()) as server:
            for lacking, has in (("CREATEDB", "CREATEROLE"), ("CREATEROLE", "CREATEDB")):
                name = f"lacks_{lacking.lower()}"
                server.execute(f"DROP OWNED BY {name}; DROP ROLE {name}" if _exists(server, name) else "SELECT 1")
                server.execute(f"CREATE ROLE {name} LOGIN {has} PASSWORD 'planted'")
                server.execute(f"GRANT CONNECT ON DATABASE postgres TO {name}")
                accounts.append((lacking, self._account(user=name, password="planted")))
        return accounts

    def snapshot(self) -> frozenset[str]:
        with self._server() as server:
            names = {f"role {name}" for (name,) in server.execute("SELECT rolname FROM pg_roles")}
            databases = [name for (name,) in server.execute("SELECT datname FROM pg_database")]
        for database in databases:
            names.add(f"database {database}")
            if database.startswith("suite"):
                names |= self._inside(database)
        return frozenset(names)

    def inventory(self, instance: Instance) -> frozenset[str]:
        roles, databases = (
            "SELECT rolname FROM pg_roles WHERE rolname ~ %s",
            "SELECT 1 FROM pg_database WHERE datname = %s",
        )
        with self._server() as server:
            names = {f"role {name}" for (name,) in server.execute(roles, [instance.tag])}
            has_database = server.execute(databases, [instance.spec.name]).fetchone()
        if has_database:
            names |= {f"database {instance.spec.name}", *self._inside(instance.spec.name)}
        return frozenset(names)

    def foreign(self, address: Address, instance: Instance) -> Foreign | None:
        if address.kind == "role":
            return self._foreign_role(address.name)
        if address.kind == "database":
            return self._foreign_database(address.name)
        return None

    def drop_behind_our_back(self, address: Address, instance: Instance) -> bool:
        name = address.name.split(".")
        if address.kind == "database":
            with self._server() as server:
                drop_database(server, *name)
            return True
        statements = {
            "role": ("DROP OWNED BY {}", "DROP ROLE {}"),
            "schema": ("DROP SCHEMA {} CASCADE",),
            "table": ("DROP TABLE {}",),
        }[address.kind]
        inside = I(*name) if address.kind == "role" else I(*name[1:])
        with self._connect(self._url, instance.spec.name) as database:
            try:
                with database.transaction():
                    for statement in statements:
                        database.execute(sql.SQL(statement).format(inside))
            except errors.DependentObjectsStillExist:
                return False
        return True

    def reaches(self, access: Access, other: Instance) -> bool:
        user = self.adapter.credentials(access.instance, access.login).parameters["user"]
        url = make_conninfo(self._url, user=user, password=access.secret.reveal())
        try:
            with self._connect(url, other.spec.name) as database:
                database.execute("SELECT count(*) FROM pg_class")
        except psycopg.OperationalError:
            return False
        return True

    @property
    def vendor_errors(self) -> Sequence[VendorError]:
        table: dict[Exception, type[ContractError]] = {
            psycopg.OperationalError("connection failed: Connection refused"): Unavailable,
            psycopg.OperationalError('FATAL:  password authentication failed for user "x"'): InvalidCredentials,
            psycopg.OperationalError('FATAL:  role "x" is not permitted to log in'): InvalidCredentials,
            psycopg.OperationalError("FATAL:  sorry, too many clients already"): Throttled,
            psycopg.OperationalError('FATAL:  permission denied for database "x"'): PermissionDenied,
            psycopg.OperationalError('FATAL:  database "x" does not exist'): NotFound,
            psycopg.InterfaceError("the connection is lost"): TerminalError,
            errors.AdminShutdown("terminating connection due to administrator command"): Unavailable,
            errors.CannotConnectNow("the database system is starting up"): Unavailable,
            errors.ConnectionFailure("server closed the connection unexpectedly"): Unavailable,
            errors.DeadlockDetected("deadlock detected"): Conflict,
            errors.DiskFull("could not extend file"): LimitExceeded,
            errors.DivisionByZero("division by zero"): InvalidConfig,
            errors.DuplicateTable('relation "x" already exists'): AlreadyExists,
            errors.FeatureNotSupported("cannot do that"): NotSupported,
            errors.InsufficientPrivilege("permission denied to create database"): PermissionDenied,
            errors.InsufficientPrivilege("permission denied to create role"): PermissionDenied,
            errors.InsufficientPrivilege("permission denied for table x"): PermissionDenied,
            errors.InvalidPassword("password authentication failed"): InvalidCredentials,
            errors.LockNotAvailable("could not obtain lock"): Conflict,
            errors.ObjectInUse('database "x" is being accessed by other users'): Conflict,
            errors.QueryCanceled("canceling statement due to statement timeout"): TimedOut,
            errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"): PermissionDenied,
            errors.SerializationFailure("could not serialize access"): Conflict,
            errors.SyntaxError('syntax error at or near "x"'): InvalidConfig,
            errors.TooManyConnections("too many connections"): Throttled,
            errors.UndefinedColumn('column "x" does not exist'): NotFound,
            errors.UndefinedTable('relation "x" does not exist'): NotFound,
            errors.UniqueViolation("duplicate key value"): InvalidConfig,
        }
        return [VendorError(error=error, expected=expected) for error, expected in table.items()]

    def translate(self, error: Exception) -> ContractError:
        assert isinstance(error, psycopg.Error)
        return translate(error, user="oneclick")

    @property
    def slow_query(self) -> str:
        return "SELECT 1 AS n FROM pg_sleep(60)"

    # -- the parts -----------------------------------------------------------------------------------------------

    def _account(self, *, password: str = "", **changes: str) -> Account:
        parts = conninfo_to_dict(self._url)
        config = {name: str(parts[name]) for name in ("host", "port", "user")} | changes
        return Account(config=config, secrets={"password": SecretText(password or str(parts["password"]))})

    def _server(self) -> contextlib.AbstractContextManager[psycopg.Connection[Any]]:
        return self._connect(self._url, "postgres")

    @contextlib.contextmanager
    def _connect(self, url: str, database: str = "postgres") -> Iterator[psycopg.Connection[Any]]:
        with contextlib.closing(psycopg.connect(url, dbname=database, autocommit=True)) as connection:
            yield connection

    def _inside(self, database: str) -> set[str]:
        with self._connect(self._url, database) as connection:
            return {f"{database}: {name}" for (name,) in connection.execute(INSIDE)}

    def _foreign_role(self, name: str) -> Foreign:
        seen = """
            SELECT r, shobj_description(r.oid, 'pg_authid'),
                (SELECT array_agg(m::text) FROM pg_auth_members m WHERE r.oid IN (m.roleid, m.member))
            FROM pg_roles r WHERE rolname = %s"""
        with self._server() as server:
            server.execute(sql.SQL("CREATE ROLE {}").format(I(name)))
            server.execute(sql.SQL("COMMENT ON ROLE {} IS 'Somebody else''s'").format(I(name)))
        return self._watch(seen, name, sql.SQL("DROP ROLE IF EXISTS {}").format(I(name)))

    def _foreign_database(self, name: str) -> Foreign:
        seen = "SELECT d::text FROM pg_database d WHERE datname = %s"
        with self._server() as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(I(name)))
        with self._connect(self._url, name) as database:
            database.execute("CREATE SCHEMA theirs; CREATE TABLE theirs.precious AS SELECT 1 AS n")
        watched = self._watch(seen, name, sql.SQL("DROP DATABASE IF EXISTS {}").format(I(name)))
        inside = self._inside(name)
        return dataclasses.replace(
            watched, is_untouched=lambda: watched.is_untouched() and self._inside(name) == inside
        )

    def _watch(self, query: str, name: str, removal: sql.Composed) -> Foreign:
        def look() -> Any:
            with self._server() as server:
                return server.execute(query, [name]).fetchone()

        def remove() -> None:
            with self._server() as server:
                server.execute(removal)

        first = look()
        return Foreign(is_untouched=lambda: look() == first, remove=remove)


def _exists(server: psycopg.Connection[Any], role: str) -> bool:
    return server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None
