"""Keeping a lake quick and small: few large files instead of many small ones, and none that nothing needs.

What is removed, and when:

- Files and snapshots are kept for the longest run that is allowed, and a day more.
- Snapshots are kept from the one on that the oldest open transaction began with.
- A file goes only after it has been out of use for that long; files that no commit mentions may belong to a load that
  is still running, so they too have to be that old.

Anything faster loses data: an open load's file would be deleted under it, its commit would succeed all the same, and
the table would be unreadable for good (https://github.com/duckdb/ducklake/issues/1472 is a relative of that).

Time travel reaches back as far as the snapshots do.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from oneclick.duck.quoting import literal
from oneclick.warehouses.adapters.local.errors import is_lake_conflict
from oneclick.warehouses.adapters.local.names import BOOKS, CATALOG
from oneclick.warehouses.contract.data_plane import TableName

GRACE = timedelta(hours=24)
MANY_DELETED = 0.3
"""The share of deleted rows from which a file is written anew."""


@dataclass(frozen=True, kw_only=True)
class MaintenanceReport:
    """What was done. `kept_since`: nothing that was in use then or later was removed.

    `postponed` are tables that somebody was changing; the next time is early enough for them.
    """

    kept_since: datetime
    tables: int
    rewritten_files: int
    expired_snapshots: int
    removed_files: int
    postponed: tuple[TableName, ...] = ()


def maintain(
    connection: duckdb.DuckDBPyConnection,
    *,
    now: datetime,
    longest_run: timedelta,
    oldest_open: datetime | None,
) -> MaintenanceReport:
    """Tidy the lake that is attached as `lake`; safe beside loads and queries, and safe to stop at any point.

    `longest_run` is how long a load or query may take at most; `oldest_open` is when the oldest transaction that is
    open now began.
    """
    kept_since = min(now - longest_run - GRACE, oldest_open or now)
    rewritten, postponed = 0, []
    tables = _tables(connection)
    for table in tables:
        try:
            rewritten += _tidy(connection, table)
        except duckdb.Error as exc:
            with contextlib.suppress(duckdb.Error):
                connection.execute("ROLLBACK")
            if not is_lake_conflict(exc):
                raise
            postponed.append(table)
    expired = _expire(connection, kept_since)
    removed = _remove_files(connection, kept_since)
    return MaintenanceReport(
        kept_since=kept_since,
        tables=len(tables),
        rewritten_files=rewritten,
        expired_snapshots=expired,
        removed_files=removed,
        postponed=tuple(postponed),
    )


def _tables(connection: duckdb.DuckDBPyConnection) -> Sequence[TableName]:
    """All but our books, whose rows running loads change: touching them would make those start over."""
    rows = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name <> ? ORDER BY ALL",
        [CATALOG, BOOKS],
    ).fetchall()
    return [TableName(schema=schema, name=name) for schema, name in rows]


def _tidy(connection: duckdb.DuckDBPyConnection, table: TableName) -> int:
    schema, name = literal(table.schema), literal(table.name)
    threshold, written = MANY_DELETED, 0
    for statement in (
        f"CALL ducklake_flush_inlined_data('{CATALOG}', schema_name => {schema}, table_name => {name})",
        f"CALL ducklake_rewrite_data_files('{CATALOG}', {name}, schema => {schema}, delete_threshold => {threshold})",
        f"CALL ducklake_merge_adjacent_files('{CATALOG}', {name}, schema => {schema})",
    ):
        rows = connection.execute(statement).fetchall()
        written += sum(row[2] for row in rows if len(row) > 3)  # noqa: PLR2004 - schema, table, files before, files after
    return written


def _expire(connection: duckdb.DuckDBPyConnection, kept_since: datetime) -> int:
    """Forget snapshots before the newest one that was current at `kept_since`: whoever began then may read from it."""
    old = connection.execute(
        f"SELECT snapshot_id FROM ducklake_snapshots('{CATALOG}') WHERE snapshot_time <= ? ORDER BY snapshot_id DESC",
        [kept_since],
    ).fetchall()
    versions = ", ".join(str(row[0]) for row in old[1:])
    if not versions:
        return 0
    return len(connection.execute(f"CALL ducklake_expire_snapshots('{CATALOG}', versions => [{versions}])").fetchall())


def _remove_files(connection: duckdb.DuckDBPyConnection, kept_since: datetime) -> int:
    before = f"older_than => TIMESTAMPTZ {literal(kept_since.isoformat())}"
    return sum(
        len(connection.execute(f"CALL {function}('{CATALOG}', {before})").fetchall())
        for function in ("ducklake_cleanup_old_files", "ducklake_delete_orphaned_files")
    )
