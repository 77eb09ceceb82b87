"""The harness of the local adapter: around it by SQL as the operator's role, and by the file system."""

import contextlib
import dataclasses
import errno
import shutil
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from django.conf import settings
from psycopg import errors, sql

from oneclick.core.secrets import SecretText
from oneclick.warehouses.adapters.local import LocalAdapter
from oneclick.warehouses.adapters.local.errors import translate
from oneclick.warehouses.contract.data_plane import Access
from oneclick.warehouses.contract.errors import (
    Cancelled,
    Conflict,
    ContractError,
    InvalidConfig,
    InvalidCredentials,
    LimitExceeded,
    NotFound,
    PermissionDenied,
    TerminalError,
    Throttled,
    Unavailable,
)
from oneclick.warehouses.contract.instance import Installation, Instance
from oneclick.warehouses.contract.resources import Address
from oneclick.warehouses.testing import Foreign, Harness, VendorError
from tests.postgresql import drop_database


class LocalHarness(Harness):
    """Reaches around the adapter as the same role, which has CREATEDB and CREATEROLE only."""

    def __init__(self, *, catalog_url: SecretText | None = None, home: Path | None = None) -> None:
        self.catalog_url: SecretText = catalog_url or settings.ONECLICK_ADAPTER_OPTIONS["local"]["catalog_url"]
        self.home = home or Path(settings.HOME)

    @cached_property
    def adapter(self) -> LocalAdapter:
        options = {"catalog_url": self.catalog_url}
        return LocalAdapter(Installation(id="contract-suite", home=self.home, options=options))

    def snapshot(self) -> frozenset[str]:
        with self.server() as server:
            names = {f"role {name}" for (name,) in server.execute("SELECT rolname FROM pg_roles")}
            names |= {f"database {name}" for (name,) in server.execute("SELECT datname FROM pg_database")}
        return frozenset(names | {f"folder {_final_name(path)}" for path in (self.home / "lakes").glob("*")})

    def inventory(self, instance: Instance) -> frozenset[str]:
        return frozenset(name for name in self.snapshot() if instance.tag in name)

    def foreign(self, address: Address, instance: Instance) -> Foreign | None:
        make = {"role": self._foreign_role, "database": self._foreign_database, "folder": _foreign_folder}
        return make[address.kind](address.name) if address.kind in make else None

    def drop_behind_our_back(self, address: Address, instance: Instance) -> bool:
        name = sql.Identifier(address.name)
        if address.kind == "folder":
            shutil.rmtree(address.name)
        elif address.kind == "database":
            with self.server() as server:
                drop_database(server, address.name)
        elif address.kind == "lake":
            with self.server(address.name) as catalog:
                catalog.execute("DROP SCHEMA lake CASCADE")
        else:
            with self.server() as server:
                try:
                    server.execute(sql.SQL("DROP ROLE {}").format(name))
                except errors.DependentObjectsStillExist:
                    return False
        return True

    def reaches(self, access: Access, other: Instance) -> bool:
        user = self.adapter.credentials(access.instance, access.login).parameters["user"]
        database = self.adapter.credentials(other, access.login).parameters["database"]
        try:
            with self.server(database, user=user, password=access.secret.reveal()) as catalog:
                catalog.execute("SELECT count(*) FROM pg_class")
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
            psycopg.OperationalError('FATAL:  too many connections for role "x"'): Throttled,
            psycopg.OperationalError('FATAL:  permission denied for database "x"'): PermissionDenied,
            psycopg.OperationalError('FATAL:  database "x" does not exist'): NotFound,
            psycopg.OperationalError('FATAL:  database "x" is not currently accepting connections'): Conflict,
            psycopg.InterfaceError("the connection is lost"): Unavailable,
            errors.AdminShutdown("terminating connection due to administrator command"): Unavailable,
            errors.CannotConnectNow("the database system is starting up"): Unavailable,
            errors.DeadlockDetected("deadlock detected"): Conflict,
            errors.DependentObjectsStillExist("role cannot be dropped"): Conflict,
            errors.DiskFull("could not extend file"): LimitExceeded,
            errors.DuplicateDatabase('database "x" already exists'): Conflict,
            errors.DuplicateObject('role "x" already exists'): Conflict,
            errors.InsufficientPrivilege("permission denied to create database"): PermissionDenied,
            errors.InternalError_("tuple concurrently updated"): Conflict,
            errors.InternalError_("could not find tuple for role 1234"): Conflict,
            errors.LockNotAvailable("canceling statement due to lock timeout"): Conflict,
            errors.ObjectInUse('database "x" is being accessed by other users'): Conflict,
            errors.TooManyConnections("too many connections"): Throttled,
            errors.UndefinedObject('role "x" does not exist'): NotFound,
            errors.UniqueViolation("duplicate key value violates pg_database_datname_index"): Conflict,
            duckdb.BinderException('Binder Error: Referenced column "x" not found'): InvalidConfig,
            duckdb.CatalogException("Catalog Error: Table with name x does not exist!"): InvalidConfig,
            duckdb.ConversionException("Conversion Error: Could not convert string 'x' to INT32"): InvalidConfig,
            duckdb.InterruptException("INTERRUPT Error: Interrupted!"): Cancelled,
            duckdb.IOException('IO Error: Unable to connect to Postgres at "": FATAL:  no such'): Unavailable,
            duckdb.InvalidInputException(
                'Invalid Input Error: Cannot execute statement of type "CREATE" on database "lake" '
                "which is attached in read-only mode!"
            ): PermissionDenied,
            duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block"): LimitExceeded,
            duckdb.ParserException("Parser Error: syntax error"): InvalidConfig,
            duckdb.PermissionException("Permission Error: file system operations are disabled"): PermissionDenied,
            duckdb.TransactionException("TransactionContext Error: Failed to commit: Transaction conflict"): Conflict,
            duckdb.TransactionException(
                'Failed to initialize DuckLake: Failed to execute query: ERROR:  relation "x" already exists'
            ): Conflict,
            duckdb.InternalException("INTERNAL Error: assertion failed"): TerminalError,
            Exception("C Data interface error: Conversion Error: Could not convert"): InvalidConfig,
            Exception("C Data interface error: Out of Memory Error: failed to pin block"): LimitExceeded,
            OSError(errno.ENOSPC, "No space left on device", "/lakes/x"): LimitExceeded,
            OSError(errno.EACCES, "Permission denied", "/lakes/x"): PermissionDenied,
            OSError(errno.ENOTEMPTY, "Directory not empty", "/lakes/x"): Conflict,
            OSError(errno.EIO, "Input/output error", "/lakes/x"): Unavailable,
        }
        return [VendorError(error=error, expected=expected) for error, expected in table.items()]

    def translate(self, error: Exception) -> ContractError:
        return translate(error)

    @property
    def slow_query(self) -> str:
        return "SELECT count(*) AS n FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = -1"

    # -- the parts -----------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def server(self, database: str = "", **parameters: str) -> Iterator[psycopg.Connection[Any]]:
        """A connection, as the operator's role unless `parameters` say otherwise."""
        if database:
            parameters["dbname"] = database
        with contextlib.closing(
            psycopg.connect(self.catalog_url.reveal(), autocommit=True, **parameters)
        ) as connection:
            yield connection

    def _foreign_role(self, name: str) -> Foreign:
        with self.server() as server:
            server.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
            server.execute(sql.SQL("COMMENT ON ROLE {} IS 'Somebody else''s'").format(sql.Identifier(name)))
        seen = """
            SELECT r::text, shobj_description(r.oid, 'pg_authid'),
                (SELECT array_agg(m::text) FROM pg_auth_members m WHERE r.oid IN (m.roleid, m.member))
            FROM pg_roles r WHERE rolname = %s"""
        return self._watch(seen, name, sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))

    def _foreign_database(self, name: str) -> Foreign:
        with self.server() as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with self.server(name) as database:
            database.execute("CREATE SCHEMA lake; CREATE TABLE lake.precious AS SELECT 1 AS n")

        def is_precious() -> bool:
            with self.server(name) as database:
                return database.execute("SELECT n FROM lake.precious").fetchall() == [(1,)]

        removal = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
        watched = self._watch("SELECT d::text FROM pg_database d WHERE datname = %s", name, removal)
        return dataclasses.replace(watched, is_untouched=lambda: watched.is_untouched() and is_precious())

    def _watch(self, query: str, name: str, removal: sql.Composed) -> Foreign:
        def look() -> Any:
            with self.server() as server:
                return server.execute(query, [name]).fetchone()

        def remove() -> None:
            with self.server() as server:
                server.execute(removal)

        first = look()
        return Foreign(is_untouched=lambda: look() == first, remove=remove)


def _final_name(path: Path) -> str:
    """A folder that is being made or removed counts as the folder that it becomes or was."""
    return path.name.removeprefix(".").removesuffix(".new").removesuffix(".gone")


def _foreign_folder(name: str) -> Foreign:
    path = Path(name)
    path.mkdir(parents=True, mode=0o750)
    (path / "precious.txt").write_text("theirs")

    def is_untouched() -> bool:
        return (path / "precious.txt").read_text() == "theirs" and path.stat().st_mode & 0o777 == 0o750

    return Foreign(is_untouched=is_untouched, remove=lambda: shutil.rmtree(path, ignore_errors=True))
