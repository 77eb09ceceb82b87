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
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from oneclick.duck.quoting import identifier, literal, pattern
from oneclick.warehouses.adapters.local.errors import is_lake_conflict, translate
from oneclick.warehouses.adapters.local.names import BOOKS
from oneclick.warehouses.adapters.local.shaping import fit_table
from oneclick.warehouses.contract.data_plane import BulkLoad, LoadMode, LoadResult, TableName
from oneclick.warehouses.contract.errors import Conflict, InvalidConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

ATTEMPTS = 8
LONGEST_PAUSE_S = 3.0


def bulk_load(connection: duckdb.DuckDBPyConnection, load: BulkLoad) -> LoadResult:
    """Load all files or none. The current catalog of `connection` is the lake, attached for writing.

    Raises `Conflict` when the fence is outdated or others keep changing the table, `InvalidConfig` when the files
    don't fit the table or can't be read.
    """
    _validate(load)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _attempt(connection, load)
        except (duckdb.Error, OSError) as exc:
            with contextlib.suppress(duckdb.Error):
                connection.execute("ROLLBACK")
            if attempt == ATTEMPTS or not is_lake_conflict(exc):
                raise translate(exc) from exc
            # Full jitter, so that two that met don't meet again.
            time.sleep(random.uniform(0, min(LONGEST_PAUSE_S, 0.1 * 2**attempt)))  # noqa: S311 - no secret
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                connection.execute("ROLLBACK")
            raise
    raise Conflict(f"Others keep changing {load.table}.")


def _validate(load: BulkLoad) -> None:
    if load.table.schema.casefold() == BOOKS:
        raise InvalidConfig(f"The schema {BOOKS} is for our own book-keeping.", hint="Choose another schema.")
    if not load.files:
        raise InvalidConfig("There is no file to load.")
    if missing := [file for file in load.files if not file.is_file()]:
        raise InvalidConfig(f"The file {missing[0]} doesn't exist.", hint="Bring it back, then load again.")
    if load.mode is LoadMode.MERGE and not load.key:
        raise InvalidConfig("Rows can only be merged by a key.", hint="Name the columns that identify a row.")


def _attempt(connection: duckdb.DuckDBPyConnection, load: BulkLoad) -> LoadResult:
    connection.execute("BEGIN")
    _ensure_books(connection)
    done = connection.execute(f"SELECT rows FROM {BOOKS}.loads WHERE load_id = ?", [load.load_id]).fetchone()
    if done:
        connection.execute("ROLLBACK")
        return LoadResult(rows=done[0], table_rows=_count_rows(connection, load.table), is_repeat=True)
    _take_fence(connection, load)
    source = _source(load.files)
    columns = fit_table(connection, load.table, source, may_retype=load.mode is LoadMode.REPLACE)
    rows = _bring(connection, load, source, columns)
    connection.execute(
        f"INSERT INTO {BOOKS}.loads VALUES (?, ?, ?, ?, now())", [load.load_id, str(load.table), load.fence, rows]
    )
    table_rows = _count_rows(connection, load.table)
    connection.execute("COMMIT")
    return LoadResult(rows=rows, table_rows=table_rows)


def _ensure_books(connection: duckdb.DuckDBPyConnection) -> None:
    if not _exists(connection, TableName(schema=BOOKS, name="loads")):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {BOOKS}")
        connection.execute(
            f"CREATE TABLE {BOOKS}.loads (load_id VARCHAR, table_name VARCHAR, fence BIGINT, rows BIGINT, "
            "loaded_at TIMESTAMPTZ)"
        )


def _take_fence(connection: duckdb.DuckDBPyConnection, load: BulkLoad) -> None:
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


def _bring(connection: duckdb.DuckDBPyConnection, load: BulkLoad, source: str, columns: "Sequence[str]") -> int:
    table = quoted(load.table)
    if load.mode is LoadMode.MERGE:
        return _count(connection, _merge_statement(load, columns))
    if load.mode is LoadMode.REPLACE:
        connection.execute(f"DELETE FROM {table}")
    return _count(connection, f"INSERT INTO {table} BY NAME SELECT * FROM {source}")


def _merge_statement(load: BulkLoad, columns: "Sequence[str]") -> str:
    """One statement; of several rows with one key the last wins, as MERGE itself would take them all."""
    folded = {column.casefold(): column for column in columns}
    unknown = [name for name in load.key if name.casefold() not in folded]
    if unknown:
        raise InvalidConfig(
            f"The key column {unknown[0]!r} isn't in the files.", hint=f"They have: {', '.join(columns)}."
        )
    key = [identifier(folded[name.casefold()]) for name in load.key]
    listed = ", ".join(literal(str(file)) for file in load.files)
    source = _source(load.files, ", filename = true, file_row_number = true")
    newest_first = f"list_position([{listed}], filename) DESC, file_row_number DESC"
    rows = (
        f"SELECT * EXCLUDE (filename, file_row_number) FROM {source} "
        f"QUALIFY row_number() OVER (PARTITION BY {', '.join(key)} ORDER BY {newest_first}) = 1"
    )
    matching = " AND ".join(f"target.{name} IS NOT DISTINCT FROM source.{name}" for name in key)
    others = [name for name in map(identifier, columns) if name not in key]
    update = (
        f"WHEN MATCHED THEN UPDATE SET {', '.join(f'{name} = source.{name}' for name in others)} " if others else ""
    )
    every = ", ".join(map(identifier, columns))
    values = ", ".join(f"source.{identifier(column)}" for column in columns)
    return (
        f"MERGE INTO {quoted(load.table)} AS target USING ({rows}) AS source ON {matching} "
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
