"""The rows of a query as Python values, CSV, JSON, Parquet and Arrow.

DuckDB converts, as it knows every type that a warehouse hands out (intervals, nested types, infinity); rows stream
through and are never all in memory.
"""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from oneclick.duck.quoting import identifier, literal

if TYPE_CHECKING:
    import duckdb

CHUNK_ROWS = 2_048

_PLAIN_NUMBERS = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
)
_FLOATS = frozenset({"FLOAT", "DOUBLE"})


def python_rows(rows: Any) -> Iterator[tuple[Any, ...]]:
    """Each row as a tuple of Python values. `rows` is any Arrow stream, here and below."""
    yield from _fetched(_scan(rows))


def text_rows(rows: Any) -> Iterator[tuple[str | None, ...]]:
    """Each row as texts, in DuckDB's spelling; NULL is None."""
    scan = _scan(rows)
    yield from _fetched(scan.project("COLUMNS(*)::VARCHAR") if scan.columns else scan)


def csv_lines(rows: Any) -> Iterator[str]:
    """CSV (RFC 4180) with a header; NULL is empty."""
    scan = _scan(rows)
    yield _csv_line(_names(rows))
    for row in _fetched(scan.project("COLUMNS(*)::VARCHAR")):
        yield _csv_line(row)


def json_rows(rows: Any, *, as_objects: bool) -> Iterator[str]:
    """Each row as the text of a JSON object or array. Decimals keep every digit; NaN and infinity are null."""
    scan = _scan(rows)
    values = [_json_value(f'"{name}"', str(kind)) for name, kind in zip(scan.columns, scan.types, strict=True)]
    if as_objects:
        keys = [f"to_json({literal(name)}) || ':'" for name in _names(rows)]
        values = [f"{key} || {value}" for key, value in zip(keys, values, strict=True)]
    opening, closing = ("{", "}") if as_objects else ("[", "]")
    joined = " || ',' || ".join(values)
    for (text,) in _fetched(scan.project(f"'{opening}' || {joined} || '{closing}'")):
        yield text


def json_array(rows: Any) -> Iterator[str]:
    """The rows as one JSON array of objects, a line each."""
    opening = "["
    for row in json_rows(rows, as_objects=True):
        yield f"{opening}\n{row}"
        opening = ","
    yield "[]\n" if opening == "[" else "\n]\n"


def write_lines(lines: Iterable[str], stream: IO[bytes]) -> None:
    """Write texts in UTF-8."""
    for line in lines:
        stream.write(line.encode())
    stream.flush()


def write_arrow(rows: Any, stream: IO[bytes]) -> None:
    """An Arrow IPC stream, not compressed: every client reads it."""
    from arro3.core import RecordBatchReader
    from arro3.io import write_ipc_stream

    write_ipc_stream(RecordBatchReader.from_stream(rows), stream, compression=None)
    stream.flush()


def write_parquet(rows: Any, stream: IO[bytes]) -> None:
    """A Parquet file, compressed with zstd. It needs room for itself in the folder for temporary files."""
    scan = _scan(rows)
    names = ", ".join(
        f'"{column}" AS {identifier(name)}' for column, name in zip(scan.columns, unique(_names(rows)), strict=True)
    )
    with tempfile.TemporaryDirectory(prefix="oneclick-parquet-") as folder:
        path = Path(folder) / "rows.parquet"
        scan.project(names).write_parquet(str(path), compression="zstd")
        with path.open("rb") as file:
            shutil.copyfileobj(file, stream)
    stream.flush()


def type_names(schema: Any) -> list[str]:
    """The columns' types in DuckDB's spelling, such as BIGINT or DECIMAL(18,3)."""
    from arro3.core import RecordBatchReader

    return [str(kind) for kind in _scan(RecordBatchReader.from_batches(schema, [])).types]


def unique(names: list[str]) -> list[str]:
    """The names, those that occur again (in any case of letters) with a number behind them."""
    taken: set[str] = set()
    found = []
    for name in names:
        candidate, number = name or "column", 1
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{name or 'column'}_{number}"
        taken.add(candidate.casefold())
        found.append(candidate)
    return found


def _scan(rows: Any) -> "duckdb.DuckDBPyRelation":
    """The rows as a relation with columns c0, c1 …, so that doubled and odd names do no harm."""
    import duckdb
    from arro3.core import RecordBatchReader

    names = ", ".join(f"c{number}" for number in range(len(_names(rows))))
    connection = duckdb.connect(config={"autoload_known_extensions": False, "threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("rows", RecordBatchReader.from_stream(rows))
    return connection.sql(f"SELECT * FROM rows AS r({names})")


def _names(rows: Any) -> list[str]:
    return list(rows.schema.names)


def _fetched(relation: "duckdb.DuckDBPyRelation") -> Iterator[tuple[Any, ...]]:
    while chunk := relation.fetchmany(CHUNK_ROWS):
        yield from chunk


def _json_value(column: str, kind: str) -> str:
    if kind in _PLAIN_NUMBERS or kind.startswith("DECIMAL("):
        return f"coalesce({column}::VARCHAR, 'null')"
    if kind in _FLOATS:
        return f"CASE WHEN isfinite({column}) THEN to_json({column})::VARCHAR ELSE 'null' END"
    return f"coalesce(to_json({column})::VARCHAR, 'null')"


def _csv_line(values: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()
