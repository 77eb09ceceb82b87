"""Reading from and loading into a local lake, by a DuckDB in this process."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from arro3.core import RecordBatchReader, Schema

from oneclick.core.secrets import SecretText
from oneclick.duck import LAKE_EXTENSIONS, open_duckdb
from oneclick.duck.arrow import fetch_arrow
from oneclick.warehouses.adapters.local import loading, maintenance
from oneclick.warehouses.adapters.local.errors import translate, translated
from oneclick.warehouses.adapters.local.names import BOOKS, METADATA_SCHEMA, Names
from oneclick.warehouses.adapters.local.resources import lake_folder
from oneclick.warehouses.adapters.local.server import CatalogServer, LakeAttachment, identifier, literal
from oneclick.warehouses.adapters.local.watch import Watch
from oneclick.warehouses.contract.data_plane import (
    Access,
    BulkLoad,
    DataPlane,
    DataSession,
    DuckDBAttachment,
    LoadResult,
    SessionLimits,
    TableInfo,
    TableName,
)
from oneclick.warehouses.contract.errors import Cancelled, InvalidConfig, PermissionDenied
from oneclick.warehouses.contract.instance import AccessLevel, Installation

if TYPE_CHECKING:
    import duckdb

LAKE = "lake"
DEFAULT_LIMITS = SessionLimits()


class LocalDataPlane(DataPlane):
    """One login of one lake."""

    def __init__(self, server: CatalogServer, installation: Installation, access: Access) -> None:
        self._server = server
        self._installation = installation
        self._access = access

    def connect(self, limits: SessionLimits = DEFAULT_LIMITS) -> "LakeSession":
        """A DuckDB of its own, with the lake as its current catalog.

        With the read level it reaches nothing but the lake: no other file, no host, no setting. Scanner functions
        are the exception that DuckDB makes (`postgres_scan`), so a stranger's SQL is to be parsed before.
        """
        connection = self._open(limits)
        if self._access.login.level is AccessLevel.READ:
            _lock(connection, self._attachment())
        return LakeSession(connection, limits)

    def bulk_load(self, load: BulkLoad) -> LoadResult:
        """Load Parquet files; see `loading`."""
        if self._access.login.level is not AccessLevel.WRITE:
            raise PermissionDenied("The read login can't load.", hint="Use the write login.")
        with contextlib.closing(self._open(DEFAULT_LIMITS)) as connection:
            return loading.bulk_load(connection, load)

    def list_tables(self) -> Sequence[TableInfo]:
        """All tables with their exact numbers of rows."""
        with contextlib.closing(self._open(DEFAULT_LIMITS)) as connection, translated():
            return list(_tables(connection))

    def maintain(self, *, now: datetime, longest_run: timedelta) -> Mapping[str, int]:
        """Merge small files and remove what nothing needs any more; see `maintenance`. Needs the write login."""
        with contextlib.closing(self._open(DEFAULT_LIMITS)) as connection, translated():
            oldest_open = self._oldest_open_transaction()
            report = maintenance.maintain(connection, now=now, longest_run=longest_run, oldest_open=oldest_open)
        return {
            "rewritten_files": report.rewritten_files,
            "expired_snapshots": report.expired_snapshots,
            "removed_files": report.removed_files,
            "postponed_tables": len(report.postponed),
        }

    def duckdb_attach(self) -> DuckDBAttachment:
        """The lake under a name of its own, so that several can be attached at once."""
        catalog = f"lake_{self._access.instance.tag}"
        statements = self._attachment().statements(
            catalog=catalog, read_only=self._access.login.level is AccessLevel.READ
        )
        return DuckDBAttachment(
            catalog=catalog,
            statements=tuple(SecretText(statement) for statement in statements),
            extensions=LAKE_EXTENSIONS,
        )

    def _oldest_open_transaction(self) -> datetime | None:
        """Loads and queries alike hold a transaction open in the catalog for as long as they run."""
        database = Names.of(self._installation, self._access.instance).database
        with contextlib.closing(self._server.connect()) as connection:
            row = connection.execute("SELECT min(xact_start) FROM pg_stat_activity WHERE datname = %s", [database])
            found: tuple[datetime | None] | None = row.fetchone()
        return found[0] if found else None

    def _attachment(self) -> LakeAttachment:
        instance = self._access.instance
        names = Names.of(self._installation, instance)
        return self._server.attachment_as(
            names.login(self._access.login),
            self._access.secret,
            database=names.database,
            data=lake_folder(self._installation.home, instance) / "data",
        )

    def _open(self, limits: SessionLimits) -> "duckdb.DuckDBPyConnection":
        connection = open_duckdb(home=self._installation.home, memory_bytes=limits.memory_bytes, threads=limits.threads)
        read_only = self._access.login.level is AccessLevel.READ
        try:
            with translated():
                for statement in self._attachment().statements(catalog=LAKE, read_only=read_only):
                    connection.execute(statement)
                connection.execute(f"USE {LAKE}")
        except BaseException:
            connection.close()
            raise
        return connection


class LakeSession(DataSession):
    """One DuckDB with the lake attached."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", limits: SessionLimits) -> None:
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
        import duckdb

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
        import duckdb

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


def _lock(connection: "duckdb.DuckDBPyConnection", attachment: LakeAttachment) -> None:
    """Shut the doors that DuckDB can shut, and throw the key away."""
    with translated():
        for setting in (
            f"allowed_directories = [{literal(f'{attachment.data}/')}]",
            "enable_external_access = false",
            "python_enable_replacements = false",
            "lock_configuration = true",
        ):
            connection.execute(f"SET {setting}")


def _tables(connection: "duckdb.DuckDBPyConnection") -> Iterator[TableInfo]:
    found = connection.execute(
        f"""
        SELECT t.schema_name, t.table_name, i.file_size_bytes + i.delete_file_size_bytes,
               (SELECT list((c.column_name, c.data_type) ORDER BY c.column_index) FROM duckdb_columns() c
                WHERE c.database_name = $1 AND c.table_oid = t.table_oid)
        FROM duckdb_tables() t
        LEFT JOIN (
            SELECT s.schema_name, i.* FROM ducklake_table_info($1) i
            JOIN __ducklake_metadata_{LAKE}.{METADATA_SCHEMA}.ducklake_schema s
            ON s.schema_id = i.schema_id AND s.end_snapshot IS NULL
        ) i ON i.schema_name = t.schema_name AND i.table_name = t.table_name
        WHERE t.database_name = $1 AND t.schema_name <> $2 ORDER BY ALL
        """,
        [LAKE, BOOKS],
    ).fetchall()
    for schema, name, size_bytes, columns in found:
        yield TableInfo(
            table=TableName(schema=schema, name=name),
            rows=_one(connection, f"SELECT count(*) FROM {LAKE}.{identifier(schema)}.{identifier(name)}"),
            size_bytes=size_bytes,
            columns=tuple((str(column), str(kind)) for column, kind in columns),
        )


def _one(connection: "duckdb.DuckDBPyConnection", sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
