"""Loading Parquet files: DuckDB turns them into CSV, COPY takes that into a temporary table, and one transaction
brings it into place together with the note that this load has happened.
"""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from psycopg import Cursor, sql

from adapter_postgresql.names import BOOK_KEEPING
from adapter_postgresql.session import Connection
from oneclick.warehouses.contract.data_plane import BulkLoad, LoadMode, LoadResult
from oneclick.warehouses.contract.errors import Conflict, InvalidConfig

NULL = r"\N"
CHUNK_BYTES = 1 << 20

# DuckDB's type → PostgreSQL's; what isn't listed has the same name in both, or becomes text.
TYPES = {
    "TINYINT": "smallint", "UTINYINT": "smallint", "USMALLINT": "integer", "UINTEGER": "bigint",
    "UBIGINT": "numeric(20)", "HUGEINT": "numeric(39)", "UHUGEINT": "numeric(39)",
    "FLOAT": "real", "DOUBLE": "double precision", "BLOB": "bytea", "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "TIMESTAMP_S": "timestamp", "TIMESTAMP_MS": "timestamp", "TIMESTAMP_NS": "timestamp", "JSON": "jsonb",
}  # fmt: skip
SAME = {"BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "DATE", "TIME", "TIMESTAMP", "UUID"}

Columns = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class _Table:
    """Where a load goes, with its identifiers quoted."""

    name: sql.Identifier
    columns: sql.Composed
    definition: sql.Composed


def load_files(connection: Connection, load: BulkLoad) -> LoadResult:
    """Load once. Raises `Conflict` for a fence smaller than the table has seen."""
    if load.mode is LoadMode.MERGE and not load.key:
        raise InvalidConfig("A merge needs the columns that identify a row.")
    folder = tempfile.TemporaryDirectory(prefix="adapter-postgresql-")
    with folder, connection.transaction(), connection.cursor() as cursor:
        if earlier := _take_turn(cursor, load):
            return earlier
        csv = Path(folder.name) / "rows.csv"
        write_csv(load.files, csv)
        table = _table(load, read_columns(load.files))
        rows = _copy(cursor, table, csv)
        _bring_into_place(cursor, table, load)
        _note(cursor, load, rows)
        return LoadResult(rows=rows, note=load.note, table_rows=_count(cursor, table))


def _take_turn(cursor: Cursor[Any], load: BulkLoad) -> LoadResult | None:
    """Wait until no other load of the table runs, then look: the result, if this load happened before."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(load.table)])
    log = sql.Identifier(BOOK_KEEPING)
    cursor.execute(sql.SQL("SELECT rows, note FROM {}.load WHERE load_id = %s").format(log), [load.load_id])
    if found := cursor.fetchone():
        return LoadResult(rows=found.rows, note=found.note, is_repeat=True)
    query = sql.SQL("SELECT max(fence) AS fence FROM {}.load WHERE table_name = %s").format(log)
    newest = cursor.execute(query, [str(load.table)]).fetchone()
    if newest and newest.fence is not None and newest.fence > load.fence:
        raise Conflict(f"A newer run has loaded {load.table} already.")
    return None


def _note(cursor: Cursor[Any], load: BulkLoad, rows: int) -> None:
    statement = sql.SQL("INSERT INTO {}.load (load_id, table_name, fence, rows, note) VALUES (%s, %s, %s, %s, %s)")
    values = [load.load_id, str(load.table), load.fence, rows, load.note]
    cursor.execute(statement.format(sql.Identifier(BOOK_KEEPING)), values)


def read_columns(files: Sequence[Path]) -> Columns:
    """The files' columns, in PostgreSQL's types."""
    with _reading(files) as relation:
        return [(name, _type(str(kind))) for name, kind in zip(relation.columns, relation.types, strict=True)]


def write_csv(files: Sequence[Path], target: Path) -> None:
    """Write the rows of all files as COPY reads them."""
    with _reading(files) as relation:
        columns = zip(relation.columns, relation.types, strict=True)
        selected = ", ".join(_expression(name, str(kind)) for name, kind in columns)
        relation.project(selected).write_csv(str(target), header=False, na_rep=NULL)
    target.touch()


@contextlib.contextmanager
def _reading(files: Sequence[Path]) -> Iterator[duckdb.DuckDBPyRelation]:
    with duckdb.connect() as engine:
        try:
            yield engine.read_parquet([str(file) for file in files])
        except duckdb.Error as exc:
            raise InvalidConfig(f"The files can't be read: {str(exc).splitlines()[0]}") from exc


def _expression(name: str, kind: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    if kind == "BLOB":
        return f"'\\x' || hex({quoted}) AS {quoted}"
    if _is_nested(kind):
        return f"to_json({quoted})::VARCHAR AS {quoted}"
    return quoted


def _type(kind: str) -> str:
    if _is_nested(kind):
        return "jsonb"
    if kind in SAME or kind.startswith("DECIMAL("):
        return kind.lower().replace("decimal", "numeric")
    return TYPES.get(kind, "text")


def _is_nested(kind: str) -> bool:
    return kind.endswith("]") or kind.startswith(("STRUCT(", "MAP("))


def _table(load: BulkLoad, columns: Columns) -> _Table:
    definition = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns]
    return _Table(
        name=sql.Identifier(load.table.schema, load.table.name),
        columns=sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns),
        definition=sql.SQL(", ").join(definition),
    )


def _copy(cursor: Cursor[Any], table: _Table, csv: Path) -> int:
    cursor.execute(sql.SQL("CREATE TEMPORARY TABLE incoming ({}) ON COMMIT DROP").format(table.definition))
    statement = sql.SQL("COPY incoming FROM STDIN (FORMAT csv, NULL {})").format(sql.Literal(NULL))
    with csv.open("rb") as file, cursor.copy(statement) as copy:
        while chunk := file.read(CHUNK_BYTES):
            copy.write(chunk)
    return cursor.rowcount


def _bring_into_place(cursor: Cursor[Any], table: _Table, load: BulkLoad) -> None:
    words = {"table": table.name, "columns": table.columns, "definition": table.definition}
    if load.mode is LoadMode.REPLACE:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {table}").format(**words))
    cursor.execute(sql.SQL("CREATE TABLE IF NOT EXISTS {table} ({definition})").format(**words))
    if load.mode is LoadMode.MERGE:
        cursor.execute(_merge(table, load.key))
    else:
        cursor.execute(sql.SQL("INSERT INTO {table} ({columns}) SELECT {columns} FROM incoming").format(**words))


def _merge(table: _Table, key: Sequence[str]) -> sql.Composed:
    same = sql.SQL(" AND ").join(
        sql.SQL("old.{column} = incoming.{column}").format(column=sql.Identifier(column)) for column in key
    )
    columns = [column for column in table.columns if isinstance(column, sql.Identifier)]
    updates = sql.SQL(", ").join(sql.SQL("{0} = incoming.{0}").format(column) for column in columns)
    values = sql.SQL(", ").join(sql.SQL("incoming.{}").format(column) for column in columns)
    return sql.SQL(
        "MERGE INTO {table} old USING incoming ON {same} WHEN MATCHED THEN UPDATE SET {updates}"
        " WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({values})"
    ).format(table=table.name, same=same, updates=updates, columns=table.columns, values=values)


def _count(cursor: Cursor[Any], table: _Table) -> int | None:
    found = cursor.execute(sql.SQL("SELECT count(*) AS rows FROM {}").format(table.name)).fetchone()
    return found.rows if found else None
