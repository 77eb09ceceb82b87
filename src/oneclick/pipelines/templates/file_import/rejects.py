"""The rows that don't fit, as a table of their own: where they stand, why they don't fit, and their text."""

import gzip
import io
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb
from arro3.core import Array, DataType, Table

from oneclick.duck.quoting import literal

MAX_TEXT = 10_000
CHUNK_BYTES = 1 << 20
CHUNK_ROWS = 10_000
MALFORMED = "malformed_rows"

_LINE_ENDS = "chr(13) || chr(10)"

COLUMNS = (
    "line_number::BIGINT AS line_number, reason::VARCHAR AS reason, column_name::VARCHAR AS column_name,"
    " raw::VARCHAR AS raw"
)
"""The columns of every table of rejected rows."""


def count_csv_rejects(duck: duckdb.DuckDBPyConnection) -> int:
    """How many rows DuckDB left out while it read with `store_rejects`."""
    if not duck.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'").fetchone():
        return 0
    row = duck.execute("SELECT count(DISTINCT line_byte_position) FROM reject_errors").fetchone()
    return int(row[0]) if row else 0


def set_malformed_aside(duck: duckdb.DuckDBPyConnection, source: Path) -> None:
    """Write what DuckDB noted while it read into the table `MALFORMED`, one line for each row.

    DuckDB counts records, which may span lines; people's editors count lines. So we count them up to its positions,
    which are those of the blank lines before the record, if there are any.
    """
    duck.execute(
        "CREATE TEMP TABLE rejected AS"
        f" SELECT place + length(line) - length(ltrim(line, {_LINE_ENDS})) AS place, column_name, reason,"
        f" trim(line, {_LINE_ENDS})[:{MAX_TEXT}] AS raw FROM (SELECT line_byte_position AS place,"
        " arg_min(column_name, column_idx) AS column_name, arg_min(error_message, column_idx) AS reason,"
        " coalesce(arg_min(csv_line, column_idx), '') AS line FROM reject_errors GROUP BY ALL)"
    )
    positions = array("q")
    found = duck.execute("SELECT place FROM rejected ORDER BY place")
    while chunk := found.fetchmany(CHUNK_ROWS):
        positions.extend(place for (place,) in chunk)
    numbers = array("q", line_numbers(_chunks(source), positions))
    lines = Table(  # noqa: F841 - DuckDB finds it by its name
        {"place": Array(positions, type=DataType.int64()), "line_number": Array(numbers, type=DataType.int64())}
    )
    duck.execute(f"CREATE TEMP TABLE {MALFORMED} AS SELECT {COLUMNS} FROM rejected JOIN lines USING (place)")


def write_rejects(duck: duckdb.DuckDBPyConnection, folder: Path, tables: Sequence[str]) -> Path:
    """Tables with these columns, as one Parquet file."""
    target = folder / "rejected.parquet"
    rows = " UNION ALL ".join(f"SELECT {COLUMNS} FROM {table}" for table in tables)
    duck.execute(
        f"COPY (FROM ({rows}) ORDER BY line_number) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )
    return target


def write_no_rejects(duck: duckdb.DuckDBPyConnection, folder: Path) -> Path:
    """The same table without rows."""
    target = folder / "rejected.parquet"
    duck.execute(
        f"COPY (SELECT {COLUMNS} FROM (SELECT 0 AS line_number, '' AS reason, '' AS column_name, '' AS raw)"
        f" WHERE false) TO {literal(str(target))} (FORMAT parquet)"
    )
    return target


def line_numbers(chunks: Iterable[bytes], positions: Iterable[int]) -> Iterator[int]:
    """The line that each position (ascending, counted from 1) is on. A lone CR ends a line where there is no LF."""
    reader = iter(chunks)
    chunk = next(reader, b"")
    end_of_line = b"\n" if b"\n" in chunk else b"\r"
    begin, counted, line = 0, 0, 1
    for position in positions:
        while position - 1 > begin + len(chunk):
            line += chunk.count(end_of_line, counted)
            begin, counted, chunk = begin + len(chunk), 0, next(reader, b"")
            if not chunk:
                break
        upto = position - 1 - begin
        line += chunk.count(end_of_line, counted, upto)
        counted = upto
        yield line


def open_source(source: Path) -> gzip.GzipFile | io.BufferedReader:
    """The file's content, unpacked."""
    return gzip.open(source, "rb") if source.suffix == ".gz" else source.open("rb")


def _chunks(source: Path) -> Iterator[bytes]:
    with open_source(source) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
