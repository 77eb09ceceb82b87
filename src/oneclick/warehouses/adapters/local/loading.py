"""Loading files into one table of a lake, exactly once.

In the transaction that brings the rows, two more things happen in the lake's schema `_oneclick`:

- `loads` gets a line with the load's id: a load whose line is there is a repeat, and does nothing.
- The table's own fence (a table with one row) is updated: a load with a smaller fence than the one that it finds is
  refused, and of two loads that run at once the second one's commit fails, because both changed the same row. That
  is what keeps two zombies apart that both found no line in `loads`. DuckLake notices such conflicts per table, so
  each table has a fence table of its own; otherwise loads of different tables would stop one another.

A commit that conflicts is rolled back and done again, which finds what the other one did.
"""

import contextlib
import functools
import random
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from oneclick.duck.newest import newest_rows
from oneclick.duck.quoting import identifier, literal, pattern
from oneclick.warehouses.adapters.local.errors import is_lake_conflict, translate
from oneclick.warehouses.adapters.local.names import BOOKS
from oneclick.warehouses.adapters.local.shaping import existing_columns, fit_table
from oneclick.warehouses.adapters.local.tables import is_plain, written_bytes
from oneclick.warehouses.contract.data_plane import (
    DELETED_AT,
    BulkLoad,
    Deletes,
    LoadMode,
    LoadResult,
    QueryLoad,
    TableName,
)
from oneclick.warehouses.contract.errors import Conflict, InvalidConfig, TooFewRows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ATTEMPTS = 8
QUERY_ATTEMPTS = 3
"""Fewer, as each reads the sources again."""
LONGEST_PAUSE_S = 3.0
LARGE_ROWS = 100_000


@dataclass(frozen=True, kw_only=True)
class _Load:
    """One load, wherever its rows are: `source` stands in a FROM clause, `unique` gives one row per key."""

    source: str
    unique: str
    table: TableName
    load_id: str
    fence: int
    mode: LoadMode
    key: tuple[str, ...]
    present_keys: str = ""
    replaced_keys: str = ""
    deletes: Deletes = Deletes.KEEP
    least_rows: int = 0
    most_deleted: int | None = None
    note: str = ""
    on_begin: "Callable[[], None]" = lambda: None


def bulk_load(connection: duckdb.DuckDBPyConnection, load: BulkLoad) -> LoadResult:
    """Load all files or none. The current catalog of `connection` is the lake, attached for writing.

    Raises `Conflict` when the fence is outdated or others keep changing the table, `InvalidConfig` when the files
    don't fit the table or can't be read.
    """
    _validate(load)
    (result,) = _persist(connection, [of_files(load)], attempts=ATTEMPTS)
    return result


def load_queries(
    connection: duckdb.DuckDBPyConnection, loads: "Sequence[QueryLoad]", *, on_begin: "Callable[[QueryLoad], None]"
) -> "Sequence[LoadResult]":
    """Load all queries or none, in one transaction, which is also the one that the sources are read in.

    Raises what `bulk_load` does, and `TooFewRows`.
    """
    for load in loads:
        _validate_target(load)
    wanted = [
        _Load(
            source=f"({load.select})", unique=newest_rows(load.select, load.key, load.newest_first), table=load.table,
            load_id=load.load_id, fence=load.fence, mode=load.mode, key=load.key, present_keys=load.present_keys,
            replaced_keys=load.replaced_keys, deletes=load.deletes, least_rows=load.least_rows,
            most_deleted=load.most_deleted, note=load.note,
            on_begin=functools.partial(on_begin, load),
        )
        for load in loads
    ]  # fmt: skip
    return _persist(connection, wanted, attempts=QUERY_ATTEMPTS)


def _persist(
    connection: duckdb.DuckDBPyConnection, loads: "Sequence[_Load]", *, attempts: int
) -> "Sequence[LoadResult]":
    for attempt in range(1, attempts + 1):
        try:
            return _attempt(connection, loads)
        except (duckdb.Error, OSError) as exc:
            with contextlib.suppress(duckdb.Error):
                connection.execute("ROLLBACK")
            if attempt == attempts or not is_lake_conflict(exc):
                raise translate(exc) from exc
            # Full jitter, so that two that met don't meet again.
            time.sleep(random.uniform(0, min(LONGEST_PAUSE_S, 0.1 * 2**attempt)))  # noqa: S311 - no secret
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                connection.execute("ROLLBACK")
            raise
    raise Conflict(f"Others keep changing {loads[0].table}.")


def of_files(load: BulkLoad) -> _Load:
    """The load, with its rows read from Parquet files."""
    return _Load(
        source=_source(load.files),
        unique=_unique_rows(load),
        table=load.table,
        load_id=load.load_id,
        fence=load.fence,
        mode=load.mode,
        key=load.key,
        present_keys=_keys(load.present_keys),
        replaced_keys=_keys(load.replaced_keys),
        deletes=load.deletes,
        most_deleted=load.most_deleted,
        note=load.note,
    )


def _keys(files: "Sequence[Path]") -> str:
    return f"SELECT * FROM {_source(files)}" if files else ""


def _validate(load: BulkLoad) -> None:
    _validate_target(load)
    if not load.files:
        raise InvalidConfig("There is no file to load.")
    if missing := [file for file in load.every_file if not file.is_file()]:
        raise InvalidConfig(f"The file {missing[0]} doesn't exist.", hint="Bring it back, then load again.")


def _validate_target(load: "BulkLoad | QueryLoad") -> None:
    if load.table.schema.casefold() == BOOKS:
        raise InvalidConfig(f"The schema {BOOKS} is for our own book-keeping.", hint="Choose another schema.")
    if load.mode is LoadMode.MERGE and not load.key:
        raise InvalidConfig("Rows can only be merged by a key.", hint="Name the columns that identify a row.")


def _attempt(connection: duckdb.DuckDBPyConnection, loads: "Sequence[_Load]") -> "Sequence[LoadResult]":
    connection.execute("BEGIN")
    _ensure_books(connection)
    results = [_bring_in(connection, load) for load in loads]
    if all(result.is_repeat for result in results):
        connection.execute("ROLLBACK")
        return results
    connection.execute("COMMIT")
    written = written_bytes(connection)
    return [
        result if result.is_repeat else replace(result, written_bytes=written.get(load.table, 0))
        for load, result in zip(loads, results, strict=True)
    ]


def _bring_in(connection: duckdb.DuckDBPyConnection, load: _Load) -> LoadResult:
    load.on_begin()
    done = connection.execute(f"SELECT rows, note FROM {BOOKS}.loads WHERE load_id = ?", [load.load_id]).fetchone()
    if done:
        rows, note = done
        return LoadResult(rows=rows, note=note or "", table_rows=_count_rows(connection, load.table), is_repeat=True)
    _take_fence(connection, load)
    before = existing_columns(connection, load.table)
    columns = fit_table(connection, load.table, load.source, may_retype=load.mode is LoadMode.REPLACE)
    rows = _bring(connection, load, columns)
    if rows < load.least_rows:
        raise TooFewRows(
            f"Only {rows:,} rows came for {load.table}, and at least {load.least_rows:,} were to be expected."
        )
    deleted = _delete_missing(connection, load) if load.present_keys else 0
    if load.most_deleted is not None and deleted > load.most_deleted:
        raise TooFewRows(f"{deleted:,} rows of {load.table} are gone at the source, far more than usual.")
    connection.execute(
        f"INSERT INTO {BOOKS}.loads BY NAME "
        "SELECT ? AS load_id, ? AS table_name, ? AS fence, ? AS rows, ? AS note, now() AS loaded_at",
        [load.load_id, str(load.table), load.fence, rows, load.note],
    )
    return LoadResult(
        rows=rows,
        note=load.note,
        table_rows=_count_rows(connection, load.table),
        deleted=deleted,
        changes=_changes(before, existing_columns(connection, load.table)),
    )


def _changes(before: "Mapping[str, str]", after: "Mapping[str, str]") -> tuple[str, ...]:
    """What the table's columns became, in words; nothing of a table that is new."""
    if not before:
        return ()
    added = [f"{name} was added ({kind})" for name, kind in after.items() if name not in {*before, DELETED_AT}]
    retyped = [
        f"{name} became {kind} (was {before[name]})" for name, kind in after.items() if before.get(name, kind) != kind
    ]
    return (*added, *retyped)


def _delete_missing(connection: duckdb.DuckDBPyConnection, load: _Load) -> int:
    """Rows whose key the source has no more, marked or removed; rows that came back are unmarked by the merge."""
    table = quoted(load.table)
    gone = f"NOT EXISTS (FROM ({load.present_keys}) AS source WHERE {_same_key(load.key)})"
    if load.deletes is Deletes.REMOVE:
        return _count(connection, f"DELETE FROM {table} AS target WHERE {gone}")
    if load.deletes is Deletes.MARK:
        mark = identifier(DELETED_AT)
        if DELETED_AT not in existing_columns(connection, load.table):
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {mark} TIMESTAMP WITH TIME ZONE")
        return _count(connection, f"UPDATE {table} AS target SET {mark} = now() WHERE {mark} IS NULL AND {gone}")
    return 0


def _same_key(key: "Sequence[str]") -> str:
    return " AND ".join(f"target.{name} IS NOT DISTINCT FROM source.{name}" for name in map(identifier, key))


def _ensure_books(connection: duckdb.DuckDBPyConnection) -> None:
    if not _exists(connection, TableName(schema=BOOKS, name="loads")):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {BOOKS}")
        connection.execute(
            f"CREATE TABLE {BOOKS}.loads (load_id VARCHAR, table_name VARCHAR, fence BIGINT, rows BIGINT, "
            "loaded_at TIMESTAMPTZ, note VARCHAR)"
        )
    elif "note" not in existing_columns(connection, TableName(schema=BOOKS, name="loads")):
        connection.execute(f"ALTER TABLE {BOOKS}.loads ADD COLUMN note VARCHAR")


def _take_fence(connection: duckdb.DuckDBPyConnection, load: _Load) -> None:
    fence = TableName(schema=BOOKS, name=f"fence of {load.table}")
    if not _exists(connection, fence):
        connection.execute(f"CREATE TABLE {quoted(fence)} (fence BIGINT)")
        connection.execute(f"INSERT INTO {quoted(fence)} VALUES (?)", [load.fence])
        return
    seen = connection.execute(f"SELECT max(fence) FROM {quoted(fence)}").fetchone()
    if seen and seen[0] is not None and seen[0] > load.fence:
        raise Conflict(
            f"Somebody with a newer lease (fence {seen[0]}) has loaded {load.table} since; ours is {load.fence}.",
            hint="Nothing is to be done: the newer one goes on.",
        )
    connection.execute(f"UPDATE {quoted(fence)} SET fence = ?", [load.fence])


def _source(files: "Sequence[Path]", further: str = "") -> str:
    return f"read_parquet([{', '.join(map(pattern, files))}], hive_partitioning = false{further})"


def _bring(connection: duckdb.DuckDBPyConnection, load: _Load, columns: "Sequence[str]") -> int:
    table = quoted(load.table)
    if load.mode is LoadMode.MERGE:
        return _count(connection, _merge_statement(load, columns, existing_columns(connection, load.table)))
    if load.mode is LoadMode.REPLACE:
        _empty(connection, load.table)
    elif load.replaced_keys:
        same = _same_key(load.key)
        connection.execute(
            f"DELETE FROM {table} AS target WHERE EXISTS (FROM ({load.replaced_keys}) AS source WHERE {same})"
        )
    return _count(connection, f"INSERT INTO {table} BY NAME SELECT * FROM {load.source}")


def _empty(connection: duckdb.DuckDBPyConnection, table: TableName) -> None:
    """Take all rows out. DELETE and TRUNCATE read each of them, so a large table is made anew where that loses nothing.

    A small one isn't: each new table that keeps its rows in the catalog has a table of its own there.
    """
    if (_count_rows(connection, table) or 0) >= LARGE_ROWS and is_plain(connection, table):
        connection.execute(f"CREATE OR REPLACE TABLE {quoted(table)} AS FROM {quoted(table)} LIMIT 0")
    else:
        connection.execute(f"DELETE FROM {quoted(table)}")


def _unique_rows(load: BulkLoad) -> str:
    """Of several rows with one key the last wins, as MERGE itself would take them all."""
    if load.mode is not LoadMode.MERGE:
        return ""
    listed = ", ".join(literal(str(file)) for file in load.files)
    source = _source(load.files, ", filename = true, file_row_number = true")
    newest_first = f"list_position([{listed}], filename) DESC, file_row_number DESC"
    newest = newest_rows(f"FROM {source}", load.key, newest_first)
    return f"SELECT * EXCLUDE (filename, file_row_number) FROM ({newest})"


def _merge_statement(load: _Load, columns: "Sequence[str]", target: "Mapping[str, str]") -> str:
    """Update and insert in one statement."""
    folded = {column.casefold(): column for column in columns}
    unknown = [name for name in load.key if name.casefold() not in folded]
    if unknown:
        raise InvalidConfig(
            f"The key column {unknown[0]!r} isn't in the files.", hint=f"They have: {', '.join(columns)}."
        )
    key = [identifier(folded[name.casefold()]) for name in load.key]
    matching = " AND ".join(f"target.{name} IS NOT DISTINCT FROM source.{name}" for name in key)
    assigned = [f"{name} = source.{name}" for name in map(identifier, columns) if name not in key]
    if DELETED_AT in target and DELETED_AT not in columns:
        assigned.append(f"{identifier(DELETED_AT)} = NULL")
    update = f"WHEN MATCHED THEN UPDATE SET {', '.join(assigned)} " if assigned else ""
    every = ", ".join(map(identifier, columns))
    values = ", ".join(f"source.{identifier(column)}" for column in columns)
    return (
        f"MERGE INTO {quoted(load.table)} AS target USING ({load.unique}) AS source ON {matching} "
        f"{update}WHEN NOT MATCHED THEN INSERT ({every}) VALUES ({values})"
    )


def quoted(table: TableName) -> str:
    """The table as DuckDB writes it."""
    return f"{identifier(table.schema)}.{identifier(table.name)}"


def _exists(connection: duckdb.DuckDBPyConnection, table: TableName) -> bool:
    return bool(
        connection.execute(
            "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = ? "
            "AND table_name = ?",
            [table.schema, table.name],
        ).fetchone()
    )


def _count_rows(connection: duckdb.DuckDBPyConnection, table: TableName) -> int | None:
    if not _exists(connection, table):
        return None
    return _count(connection, f"SELECT count(*) FROM {quoted(table)}")


def _count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0
