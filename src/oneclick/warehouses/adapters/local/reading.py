"""Queries over one lake: streamed, bounded in time, stopped on demand, errors by type."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
from arro3.core import RecordBatchReader, Schema

from oneclick.duck.arrow import fetch_arrow
from oneclick.warehouses.adapters.local.errors import translate
from oneclick.warehouses.adapters.local.watch import Watch
from oneclick.warehouses.contract.data_plane import DataSession, SessionLimits
from oneclick.warehouses.contract.errors import Cancelled, InvalidConfig


class LakeSession(DataSession):
    """One DuckDB with the lake attached."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, limits: SessionLimits) -> None:
        self._connection = connection
        self._limits = limits
        self._watch: Watch | None = None

    def query(self, sql: str, parameters: Sequence[object] = ()) -> RecordBatchReader:
        """Rows come as they are made, in batches. The time-out covers reading them, and an error may come with any.

        Iterate the stream itself to have errors by type: on its way through Arrow's C interface one keeps its text.
        """
        self._end_query()
        watch = self._watch = Watch(self._connection.interrupt, timeout_s=self._limits.timeout_s)
        try:
            with self._as_contract_errors(watch):
                rows = self._run(sql, parameters)
        except BaseException:
            watch.end()
            raise
        return RecordBatchReader.from_batches(rows.schema, self._batches(rows, watch))

    def cancel(self) -> None:
        """Interrupt DuckDB; it answers within milliseconds."""
        if watch := self._watch:
            watch.stop(Cancelled())

    def close(self) -> None:
        """Close DuckDB, and with it the catalog connections."""
        self._end_query()
        self._connection.close()

    def _run(self, sql: str, parameters: Sequence[object]) -> RecordBatchReader:
        statements = self._connection.extract_statements(sql)
        if len(statements) != 1:
            raise InvalidConfig("Exactly one statement can be run at a time.")
        if statements[0].type == duckdb.StatementType.SELECT:
            self._connection.execute(statements[0], list(parameters))
            return fetch_arrow(self._connection)
        relation = self._connection.sql(sql, params=list(parameters) or None)
        if relation is None:
            return RecordBatchReader.from_batches(Schema([]), [])
        return RecordBatchReader.from_arrow(relation)

    def _batches(self, rows: RecordBatchReader, watch: Watch) -> Iterator[Any]:
        try:
            with self._as_contract_errors(watch):
                while (batch := next(rows, None)) is not None:
                    if watch.stopped_by:
                        raise watch.stopped_by
                    yield batch
        finally:
            watch.end()

    @contextlib.contextmanager
    def _as_contract_errors(self, watch: Watch) -> Iterator[None]:
        """Translate; and leave the failed transaction, in which the connection would stay."""
        try:
            yield
        except Exception as exc:
            error = watch.stopped_by or translate(exc)
            watch.end()
            with contextlib.suppress(duckdb.Error):
                self._connection.execute("ROLLBACK")
            if error is exc:
                raise
            raise error from exc

    def _end_query(self) -> None:
        if self._watch:
            self._watch.end()
            self._watch = None
