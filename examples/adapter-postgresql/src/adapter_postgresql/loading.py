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
from oneclick.warehouses.contract.data_plane import DELETED_AT, BulkLoad, Deletes, LoadMode, LoadResult
from oneclick.warehouses.contract.errors import Conflict, InvalidConfig, TooFewRows

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
        table = _table(load, read_columns(load.files))
        rows = _copy(cursor, "incoming", load.files, folder=Path(folder.name))
        _bring_into_place(cursor, table, load, folder=Path(folder.name))
        deleted = _follow_deletes(cursor, table, load, folder=Path(folder.name))
        _note(cursor, load, rows)
        return LoadResult(rows=rows, deleted=deleted, note=load.note, table_rows=_count(cursor, table))


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
    return _Table(
        name=sql.Identifier(load.table.schema, load.table.name),
        columns=sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns),
        definition=_definition(columns),
    )


def _definition(columns: Columns) -> sql.Composed:
    named = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns]
    return sql.SQL(", ").join(named)


def _copy(cursor: Cursor[Any], name: str, files: Sequence[Path], *, folder: Path) -> int:
    """Bring the files' rows into a temporary table of that name; how many there are."""
    csv, temporary = folder / f"{name}.csv", sql.Identifier(name)
    write_csv(files, csv)
    make = sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP")
    cursor.execute(make.format(temporary, _definition(read_columns(files))))
    statement = sql.SQL("COPY {} FROM STDIN (FORMAT csv, NULL {})").format(temporary, sql.Literal(NULL))
    with csv.open("rb") as file, cursor.copy(statement) as copy:
        while chunk := file.read(CHUNK_BYTES):
            copy.write(chunk)
    return cursor.rowcount


def _bring_into_place(cursor: Cursor[Any], table: _Table, load: BulkLoad, *, folder: Path) -> None:
    words = {"table": table.name, "columns": table.columns, "definition": table.definition}
    if load.mode is LoadMode.REPLACE:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {table}").format(**words))
    cursor.execute(sql.SQL("CREATE TABLE IF NOT EXISTS {table} ({definition})").format(**words))
    if load.mode is LoadMode.MERGE:
        cursor.execute(_merge(table, load.key, unmarks=_is_marking(cursor, load)))
    else:
        if load.replaced_keys:
            _copy(cursor, "replaced", load.replaced_keys, folder=folder)
            statement = sql.SQL("DELETE FROM {} old WHERE EXISTS (SELECT FROM replaced WHERE {})")
            cursor.execute(statement.format(table.name, _same(load.key, "replaced")))
        cursor.execute(sql.SQL("INSERT INTO {table} ({columns}) SELECT {columns} FROM incoming").format(**words))


def _follow_deletes(cursor: Cursor[Any], table: _Table, load: BulkLoad, *, folder: Path) -> int:
    """Remove or mark the rows whose key the source has no more; how many. Raises `TooFewRows`."""
    if not load.present_keys or load.deletes is Deletes.KEEP:
        return 0
    _copy(cursor, "present", load.present_keys, folder=folder)
    mark = sql.Identifier(DELETED_AT)
    has_key = sql.SQL(" AND ").join(sql.SQL("old.{} IS NOT NULL").format(sql.Identifier(each)) for each in load.key)
    gone = sql.SQL("{} AND NOT EXISTS (SELECT FROM present WHERE {})").format(has_key, _same(load.key, "present"))
    if load.deletes is Deletes.REMOVE:
        cursor.execute(sql.SQL("DELETE FROM {} old WHERE {}").format(table.name, gone))
    else:
        cursor.execute(sql.SQL("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {} timestamptz").format(table.name, mark))
        statement = sql.SQL("UPDATE {} old SET {mark} = now() WHERE {mark} IS NULL AND {gone}")
        cursor.execute(statement.format(table.name, mark=mark, gone=gone))
    deleted = cursor.rowcount
    if load.most_deleted is not None and deleted > load.most_deleted:
        raise TooFewRows(f"{deleted:,} rows of {load.table} are gone at the source, far more than usual.")
    return deleted


def _is_marking(cursor: Cursor[Any], load: BulkLoad) -> bool:
    """Whether rows of the table may be marked as deleted; those that come again are not."""
    query = "SELECT FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s AND NOT attisdropped"
    name = sql.Identifier(load.table.schema, load.table.name).as_string(cursor)
    return cursor.execute(query, [name, DELETED_AT]).fetchone() is not None


def _same(key: Sequence[str], other: str) -> sql.Composed:
    """That a row of the table, `old`, has the key of one of the other table."""
    return sql.SQL(" AND ").join(
        sql.SQL("old.{column} = {other}.{column}").format(column=sql.Identifier(column), other=sql.Identifier(other))
        for column in key
    )


def _merge(table: _Table, key: Sequence[str], *, unmarks: bool) -> sql.Composed:
    columns = [column for column in table.columns if isinstance(column, sql.Identifier)]
    assigned = [sql.SQL("{0} = incoming.{0}").format(column) for column in columns]
    if unmarks and sql.Identifier(DELETED_AT) not in columns:
        assigned.append(sql.SQL("{} = NULL").format(sql.Identifier(DELETED_AT)))
    updates = sql.SQL(", ").join(assigned)
    values = sql.SQL(", ").join(sql.SQL("incoming.{}").format(column) for column in columns)
    return sql.SQL(
        "MERGE INTO {table} old USING incoming ON {same} WHEN MATCHED THEN UPDATE SET {updates}"
        " WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({values})"
    ).format(table=table.name, same=_same(key, "incoming"), updates=updates, columns=table.columns, values=values)


def _count(cursor: Cursor[Any], table: _Table) -> int | None:
    found = cursor.execute(sql.SQL("SELECT count(*) AS rows FROM {}").format(table.name)).fetchone()
    return found.rows if found else None
