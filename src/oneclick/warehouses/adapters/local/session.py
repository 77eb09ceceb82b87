"""One piece of work on one warehouse: connections that are opened when they are first needed, and shared after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import sql

from oneclick.duck import open_duckdb
from oneclick.warehouses.adapters.local.errors import translated
from oneclick.warehouses.adapters.local.names import Names
from oneclick.warehouses.adapters.local.server import MEMBERSHIPS_WITH_OPTIONS, CatalogServer, Connection
from oneclick.warehouses.contract.resources import Session

if TYPE_CHECKING:
    import duckdb

Statement = sql.SQL | sql.Composed
Parameters = Sequence[object] | Mapping[str, object]


@dataclass(kw_only=True)
class LocalSession(Session):
    """Connections to the catalog's server and to one lake."""

    server: CatalogServer
    names: Names
    home: Path
    admin: Connection = field(repr=False)
    _catalog: Connection | None = field(default=None, repr=False)
    _duck: "duckdb.DuckDBPyConnection | None" = field(default=None, repr=False)

    @property
    def is_modern(self) -> bool:
        """Whether the server is PostgreSQL 16 or newer, where a membership says what it is good for."""
        return self.admin.info.server_version >= MEMBERSHIPS_WITH_OPTIONS

    def on_server(self, call: str, statement: Statement, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Run on the server, in the operator's own database. Several statements in one are one transaction."""
        with self.vendor_call(call), translated():
            return _run(self.admin, statement, parameters)

    def in_catalog(self, call: str, statement: Statement, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Run in the warehouse's catalog database."""
        if self._catalog is None:
            self._catalog = self.server.connect(self.names.database)
        with self.vendor_call(call), translated():
            return _run(self._catalog, statement, parameters)

    def in_lake(self, call: str, statements: Sequence[str], *, data: Path) -> None:
        """Run in DuckDB with the lake attached as `lake`, as its owner. Attaching makes the lake if need be."""
        duck = self._duck or self._attach(data)
        with self.vendor_call(call), translated():
            for statement in statements:
                duck.execute(statement)

    def _attach(self, data: Path) -> "duckdb.DuckDBPyConnection":
        attachment = self.server.attachment_as_owner(self.names.owner, database=self.names.database, data=data)
        with self.vendor_call("attach the lake"), translated():
            duck = open_duckdb(home=self.home, threads=1)
            for statement in attachment.statements(catalog="lake", create=True):
                duck.execute(statement)
        self._duck = duck
        return duck

    def leave_catalog(self) -> None:
        """Close what would keep the catalog database from being dropped."""
        if self._duck is not None:
            self._duck.close()
            self._duck = None
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None

    def close(self) -> None:
        """Give all connections back."""
        self.leave_catalog()
        self.admin.close()


def _run(connection: Connection, statement: Statement, parameters: Parameters) -> list[tuple[Any, ...]]:
    cursor = connection.execute(statement, parameters or None)
    return cursor.fetchall() if cursor.description else []
