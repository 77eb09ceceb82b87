"""One piece of work on one warehouse: connections that are opened when they are first needed, and shared after."""

import contextlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from oneclick.core.clock import utcnow
from oneclick.core.errors import OneClickError
from oneclick.core.secrets import SecretText
from oneclick.duck import open_duckdb
from oneclick.warehouses.adapters.local.errors import translated
from oneclick.warehouses.adapters.local.names import CATALOG, METADATA_SCHEMA, Names
from oneclick.warehouses.adapters.local.server import MEMBERSHIPS_WITH_OPTIONS, CatalogServer, Connection
from oneclick.warehouses.contract.resources import Session

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Statement = sql.SQL | sql.Composed
Parameters = Sequence[object] | Mapping[str, object]

PASSING = timedelta(minutes=10)
"""How long a login for one piece of work is good for, should we be killed before we drop it."""
YOUNG = timedelta(seconds=5)
"""For so long, one that nobody is connected with may be somebody's who is just about to."""


@dataclass(kw_only=True)
class LocalSession(Session):
    """Connections to the catalog's server and to one lake."""

    server: CatalogServer
    names: Names
    home: Path
    admin: Connection = field(repr=False)
    proved: set[str] = field(default_factory=set)
    """Logins whose password needs no proof: this session has just set it, or takes them away."""
    _catalog: Connection | None = field(default=None, repr=False)
    _opening: "Future[DuckDBPyConnection] | None" = field(default=None, repr=False)

    @property
    def is_modern(self) -> bool:
        """Whether the server is PostgreSQL 16 or newer, where a membership says what it is good for."""
        return self.admin.info.server_version >= MEMBERSHIPS_WITH_OPTIONS

    def membership_in(self, role: str) -> Statement:
        """Makes the operator's role a member, with all that this is good for."""
        how = sql.SQL(" WITH INHERIT TRUE, SET TRUE" if self.is_modern else "")
        return sql.SQL("GRANT {} TO CURRENT_USER{}").format(sql.Identifier(role), how)

    def on_server(self, call: str, statement: Statement, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Run on the server, in the operator's own database. Several statements in one are one transaction."""
        with self.vendor_call(call), translated():
            return _run(self.admin, statement, parameters)

    def in_catalog(self, call: str, statement: Statement, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Run in the warehouse's catalog database, as the operator's role.

        Loaders own everything in there, and what they wrote must not run with that role's rights. So `statement` may
        change rights and ask PostgreSQL's own tables, and nothing else; to see rows of the lake's use `copied`.
        """
        with self.vendor_call(call), translated():
            return _run(self._in_catalog(), statement, parameters)

    def copied(self, call: str, table: str, columns: Sequence[str]) -> list[tuple[str | None, ...]]:
        """The rows of a table of the catalog, as texts. Unlike SELECT, COPY takes no view, no rule and no cast."""
        statement = sql.SQL("COPY {} ({}) TO STDOUT").format(
            sql.Identifier(METADATA_SCHEMA, table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self.vendor_call(call), translated(), self._in_catalog().cursor().copy(statement) as rows:
            return list(rows.rows())

    def in_lake(self, call: str, statements: Sequence[str], *, data: Path) -> None:
        """Run in DuckDB with the lake attached as `lake`, as its owner. Attaching makes the lake if need be."""
        with self.vendor_call(call), translated(), self._passing_login() as (user, password):
            attachment = self.server.attachment_as(user, password, database=self.names.database, data=data)
            with contextlib.closing(self._opened_duckdb()) as duck:
                for statement in (*attachment.statements(catalog=CATALOG, create=True), *statements):
                    duck.execute(statement)

    def expect_lake(self) -> None:
        """Open DuckDB for `in_lake` while the server is at work, as neither needs the other."""
        if self._opening is None:
            opener = ThreadPoolExecutor(max_workers=1)
            self._opening = opener.submit(self._open_duckdb)
            opener.shutdown(wait=False)

    def _open_duckdb(self) -> "DuckDBPyConnection":
        return open_duckdb(home=self.home, threads=1)

    def _opened_duckdb(self) -> "DuckDBPyConnection":
        opening, self._opening = self._opening, None
        return opening.result() if opening else self._open_duckdb()

    @contextlib.contextmanager
    def _passing_login(self) -> Iterator[tuple[str, SecretText]]:
        """A login that acts as the lake's owner and is dropped afterwards.

        The operator's role could act as the owner, too, but a trigger in the catalog could make it act as itself.
        """
        user, password = f"{self.names.passing}{secrets.token_hex(4)}", SecretText(secrets.token_urlsafe(24))
        verifier = self.admin.pgconn.encrypt_password(password.reveal().encode(), user.encode(), b"scram-sha-256")
        make = sql.SQL(
            "CREATE ROLE {user} LOGIN PASSWORD {verifier} VALID UNTIL {end} IN ROLE {owner};"
            "COMMENT ON ROLE {user} IS {proof};"
            "ALTER ROLE {user} IN DATABASE {database} SET role = {owner};"
            "{membership}"
        ).format(
            user=sql.Identifier(user),
            verifier=sql.Literal(verifier.decode()),
            end=sql.Literal((utcnow() + PASSING).isoformat()),
            owner=sql.Identifier(self.names.owner),
            proof=sql.Literal(self.names.proof),
            database=sql.Identifier(self.names.database),
            membership=self.membership_in(user),
        )
        _run(self.admin, make, ())
        try:
            yield user, password
        finally:
            _run(self.admin, sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(user)), ())

    def drop_passing_logins(self) -> None:
        """Those of workers that were killed."""
        known = sql.SQL("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)")
        for (user,) in self.on_server("look for passing logins", known, [self.names.passing]):
            self.on_server(f"drop role {user}", sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(user)))

    def _in_catalog(self) -> Connection:
        if self._catalog is None:
            catalog = self.server.connect(self.names.database)
            # The owner may have changed the defaults of its database: nothing of its own is found by name, and
            # a policy on a table makes reading it fail rather than run.
            catalog.execute("SET search_path = pg_catalog; SET row_security = off")
            self._catalog = catalog
        return self._catalog

    def leave_catalog(self) -> None:
        """Close what would keep the catalog database from being dropped."""
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None

    def close(self) -> None:
        """Give all connections back, and drop the passing logins of workers that were killed some time ago."""
        self.leave_catalog()
        if self._opening is not None:
            with contextlib.suppress(OneClickError):
                self._opened_duckdb().close()
        with contextlib.suppress(psycopg.Error):  # whoever closes next drops them
            for (user,) in _run(self.admin, _ABANDONED, (self.names.passing, PASSING - YOUNG)):
                _run(self.admin, sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(user)), ())
        self.admin.close()


_ABANDONED = sql.SQL(
    "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s) AND rolvaliduntil < now() + %s"
    " AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE usename = rolname)"
)


def _run(connection: Connection, statement: Statement, parameters: Parameters) -> list[tuple[Any, ...]]:
    cursor = connection.execute(statement, parameters or None)
    return cursor.fetchall() if cursor.description else []
