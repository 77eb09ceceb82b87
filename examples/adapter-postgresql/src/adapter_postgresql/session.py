"""The open connection to the server, and the calls that go through it."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from adapter_postgresql.errors import WHILE_PROVISIONING, translated
from oneclick.core.secrets import SecretText
from oneclick.warehouses.contract.errors import NotFound
from oneclick.warehouses.contract.resources import Session

MAINTENANCE_DATABASE = "postgres"
CONNECT_TIMEOUT_S = 10

Connection = psycopg.Connection[Any]


def connect(
    config: Mapping[str, str], *, user: str, password: SecretText, database: str, correlation_id: str = "",
    options: str = "",
) -> Connection:  # fmt: skip
    """Open one connection. Raises what psycopg raises."""
    return psycopg.connect(
        host=config.get("host", ""),
        port=config.get("port") or "5432",
        sslmode=config.get("sslmode") or "prefer",
        user=user,
        password=password.reveal(),
        dbname=database,
        application_name=f"oneclick {correlation_id}".strip(),
        connect_timeout=CONNECT_TIMEOUT_S,
        options=options,
        autocommit=True,
        row_factory=namedtuple_row,
    )


@dataclass(kw_only=True)
class PostgresqlSession(Session):
    """Acts as the account's role: on the server as a whole, and inside the warehouse's database once it exists."""

    config: Mapping[str, str]
    password: SecretText
    server: Connection = field(repr=False)
    inside: dict[str, Connection] = field(default_factory=dict, repr=False)

    @property
    def user(self) -> str:
        """The account's role."""
        return self.config["user"]

    def row(
        self, call: str, query: sql.SQL, parameters: Sequence[str] | Mapping[str, str], *, database: str = ""
    ) -> Any:
        """The first row of a query, or None."""
        with self._call(call):
            return self._connection(database).execute(query, parameters).fetchone()

    def run(self, call: str, statement: sql.Composed) -> None:
        """One statement that can't be part of a transaction."""
        with self._call(call):
            self.server.execute(statement)

    def run_together(self, call: str, *statements: sql.Composed, database: str = "") -> None:
        """Statements that take effect together or not at all: to the outside they are one call."""
        with self._call(call):
            connection = self._connection(database)
            with connection.transaction():
                for statement in statements:
                    connection.execute(statement)

    def leave(self, database: str) -> None:
        """Close our own connection to a database, so that it can be dropped."""
        if connection := self.inside.pop(database, None):
            connection.close()

    def close(self) -> None:
        """Close everything."""
        for connection in (self.server, *self.inside.values()):
            connection.close()

    @contextlib.contextmanager
    def _call(self, call: str) -> Iterator[None]:
        with self.vendor_call(call), translated(table=WHILE_PROVISIONING, user=self.user):
            yield

    def _connection(self, database: str) -> Connection:
        if not database:
            return self.server
        known = self.inside.get(database)
        if known is None or known.broken:
            known = self.inside[database] = connect(
                self.config,
                user=self.user,
                password=self.password,
                database=database,
                correlation_id=self.correlation_id,
            )
        return known


def ignore_missing() -> contextlib.AbstractContextManager[object]:
    """For what another worker may have removed a moment ago."""
    return contextlib.suppress(NotFound)
