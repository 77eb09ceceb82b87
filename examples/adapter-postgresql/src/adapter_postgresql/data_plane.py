"""Reading from and loading into the warehouse with one login."""

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import RawCursor, sql
from psycopg.pq import ExecStatus
from psycopg.rows import tuple_row
from psycopg.types.string import TextLoader

from adapter_postgresql import names
from adapter_postgresql.arrow import BATCH_ROWS, has_kind, to_arrow
from adapter_postgresql.errors import translate, translated
from adapter_postgresql.loading import load_files
from adapter_postgresql.session import Connection, connect
from oneclick.warehouses.contract.data_plane import (
    Access,
    ArrowStream,
    BulkLoad,
    DataPlane,
    DataSession,
    LoadResult,
    SessionLimits,
    TableInfo,
    TableName,
)
from oneclick.warehouses.contract.errors import Cancelled, ContractError, TimedOut

DEFAULT_LIMITS = SessionLimits()


class PostgresqlDataPlane(DataPlane):
    """What a login can do with data."""

    def __init__(self, access: Access) -> None:
        self.access = access

    def connect(self, limits: SessionLimits = DEFAULT_LIMITS) -> "PostgresqlDataSession":
        """Open a session; the server itself watches the time."""
        return PostgresqlDataSession(self._open(f"-c statement_timeout={int(limits.timeout_s * 1000)}"), limits)

    def bulk_load(self, load: BulkLoad) -> LoadResult:
        """Load files into one table, exactly once: the rows and the note of the load are one transaction."""
        with contextlib.closing(self._open()) as connection, translated():
            return load_files(connection, load)

    def list_tables(self) -> Sequence[TableInfo]:
        """Every table and its exact rows, which costs one count each."""
        with contextlib.closing(self._open()) as connection, translated():
            found = connection.execute(
                """
                SELECT n.nspname AS schema, c.relname AS name, pg_total_relation_size(c.oid) AS size_bytes,
                    array_agg(a.attname::text ORDER BY a.attnum) AS columns,
                    array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) AS types
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                WHERE c.relkind IN ('r', 'p') AND n.nspname <> ALL(%s) AND n.nspname NOT LIKE 'pg\\_%%'
                    AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
                GROUP BY c.oid, 1, 2 ORDER BY 1, 2""",
                [[names.BOOK_KEEPING, "information_schema"]],
            ).fetchall()
            return [_table_info(connection, row) for row in found]

    def _open(self, options: str = "") -> Connection:
        access = self.access
        with translated():
            return connect(
                access.instance.config,
                user=names.login_role(access.instance, access.login),
                password=access.secret,
                database=access.instance.spec.name,
                correlation_id=access.correlation_id,
                options=options,
            )


class PostgresqlDataSession(DataSession):
    """One connection."""

    def __init__(self, connection: Connection, limits: SessionLimits) -> None:
        self._connection = connection
        self._limits = limits
        self._is_cancelled = False
        self._rows: Iterator[Sequence[Any]] = iter(())

    def query(self, sql: str, parameters: Sequence[object] = ()) -> ArrowStream:
        """Run one statement; an earlier query's rows that weren't taken are given up."""
        self._is_cancelled = False
        self._close_rows()
        statement = sql.encode()
        try:
            columns = _describe(self._connection, statement)
            cursor = RawCursor(self._connection, row_factory=tuple_row)
            for _, oid in columns:
                if not has_kind(oid):
                    cursor.adapters.register_loader(oid, TextLoader)
            if not columns:
                cursor.execute(statement, parameters)
                return to_arrow([], iter(()))
            self._rows = cursor.stream(statement, parameters, size=BATCH_ROWS)
            first = list(itertools.islice(self._rows, 1))
        except psycopg.Error as exc:
            raise self._error(exc) from exc
        return to_arrow(columns, itertools.chain(first, self._remaining(self._rows)))

    def cancel(self) -> None:
        """Ask the server to stop the statement."""
        self._is_cancelled = True
        with translated():
            self._connection.cancel_safe()

    def close(self) -> None:
        """Give the connection back."""
        self._close_rows()
        self._connection.close()

    def _remaining(self, rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        try:
            yield from rows
        except psycopg.Error as exc:
            raise self._error(exc) from exc

    def _close_rows(self) -> None:
        close = getattr(self._rows, "close", None)
        if close is not None:
            with contextlib.suppress(psycopg.Error):
                close()
        self._rows = iter(())

    def _error(self, exc: psycopg.Error) -> ContractError:
        if not isinstance(exc, psycopg.errors.QueryCanceled):
            return translate(exc)
        if self._is_cancelled:
            return Cancelled()
        return TimedOut(f"The query ran longer than {self._limits.timeout_s:g} seconds.")


def _describe(connection: Connection, statement: bytes) -> list[tuple[str, int]]:
    """The columns (name, type's OID) that a statement will have; none if it returns no rows.

    psycopg's `stream()` shows the columns with the first row only, and an empty result has columns too.
    """
    for result in (connection.pgconn.prepare(b"", statement), connection.pgconn.describe_prepared(b"")):
        if result.status != ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(result)
    return [((result.fname(number) or b"").decode(), result.ftype(number)) for number in range(result.nfields)]


def _table_info(connection: Connection, row: Any) -> TableInfo:
    counted = connection.execute(
        sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(row.schema, row.name))
    ).fetchone()
    return TableInfo(
        table=TableName(schema=row.schema, name=row.name),
        rows=counted[0] if counted else None,
        size_bytes=row.size_bytes,
        columns=tuple(zip(row.columns, row.types, strict=True)),
    )
