"""Rows in which a value doesn't fit its column's type: which they are, and where they stand in the file.

DuckDB says which values don't fit, but not on which lines; so the file is read once more for them, with Python's csv
module, and only where there are any.
"""

import contextlib
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal, TypedDict

import duckdb
from arro3.core import Array, DataType, Table

from oneclick.duck.quoting import identifier
from oneclick.pipelines.templates.file_import import keys
from oneclick.pipelines.templates.file_import.candidates import MISSING
from oneclick.pipelines.templates.file_import.dialect import MAX_LINE_BYTES, Dialect
from oneclick.pipelines.templates.file_import.inference import Verdict
from oneclick.pipelines.templates.file_import.limits import NO_LIMITS, Limits
from oneclick.pipelines.templates.file_import.rejects import CHUNK_BYTES, MAX_TEXT, open_source

BATCH = 10_000
CHECKED_LINES = 1 << 16
SHOWN = 100
TABLE = "rows_that_do_not_fit"

_Row = tuple[int | None, Sequence[str]]


class _CsvOptions(TypedDict):
    delimiter: str
    quotechar: str | None
    quoting: Literal[0, 3]
    doublequote: bool
    escapechar: str | None


_NAMES = {
    "BIGINT": "a whole number", "DOUBLE": "a number", "BOOLEAN": "true or false", "DATE": "a date", "TIME": "a time",
    "TIMESTAMP": "a date and time", "TIMESTAMPTZ": "a date and time with a zone",
}  # fmt: skip


def why(value: str, kind: str) -> str:
    """The reason for people."""
    shown = value if len(value) <= SHOWN else value[:SHOWN] + "…"
    return f"{shown!r} isn't {_NAMES.get(kind, 'a number')} ({kind})."


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Columns, with what each is."""

    columns: Sequence[str]
    verdicts: Sequence[Verdict]

    @property
    def tolerant(self) -> list[tuple[int, str, Verdict]]:
        """Position, name and verdict of each column in which a value doesn't fit."""
        everything = enumerate(zip(self.columns, self.verdicts, strict=True))
        return [(position, name, verdict) for position, (name, verdict) in everything if verdict.misfits]

    @property
    def fitting(self) -> str:
        """SQL that is true for rows in which every value fits."""
        return " AND ".join(verdict.fits(identifier(name)) for _, name, verdict in self.tolerant) or "true"

    @property
    def typed(self) -> str:
        """SQL for every column, converted."""
        columns = zip(map(identifier, self.columns), self.verdicts, strict=True)
        return ", ".join(f"{verdict.kind.expression(name)} AS {name}" for name, verdict in columns)


def with_key(duck: duckdb.DuckDBPyConnection, source: str, judged: Judged, key: Sequence[str]) -> Judged:
    """The same, where a row without a value for its key doesn't fit. `source` is a relation in SQL."""
    if not key:
        return judged
    places = [judged.columns.index(name) for name in key]
    measures = ", ".join(
        f"count(*) FILTER (NOT {replace(judged.verdicts[place], is_key=True).fits(identifier(name))})"
        for place, name in zip(places, key, strict=True)
    )
    counts = duck.execute(f"SELECT {measures} FROM {source}").fetchone() or ()
    verdicts = list(judged.verdicts)
    for place, count in zip(places, counts, strict=False):
        verdict = verdicts[place]
        missing = {""} if verdict.kind.is_as_it_stands else MISSING
        verdicts[place] = replace(
            verdict, misfits=count, bad_values=verdict.bad_values.union(missing) if count else frozenset(), is_key=True
        )
    return Judged(columns=judged.columns, verdicts=verdicts)


def set_aside(
    duck: duckdb.DuckDBPyConnection,
    source: Path,
    dialect: Dialect,
    judged: Judged,
    *,
    expected: int,
    limits: Limits = NO_LIMITS,
) -> None:
    """Write the `expected` rows that don't fit into the table `TABLE`: line_number, reason, column_name and raw.

    No line number is known where we and DuckDB don't see the same rows, as in files of mixed line ends.
    """
    _create(duck)
    with contextlib.suppress(csv.Error):
        _insert(duck, _located(source, dialect, judged, limits), judged, dialect.delimiter)
    row = duck.execute(f"SELECT count(*) FROM {TABLE}").fetchone()
    if row and row[0] == expected:
        return
    _create(duck)
    texts = dialect.read_csv(source, store_rejects=False)
    found = duck.cursor().execute(f"SELECT * FROM {texts} WHERE NOT ({judged.fitting})")
    batches = iter(lambda: found.fetchmany(BATCH), [])
    _insert(
        duck, ((None, [cell or "" for cell in row]) for batch in batches for row in batch), judged, dialect.delimiter
    )


def set_numbered_aside(duck: duckdb.DuckDBPyConnection, source: str, judged: Judged) -> None:
    """The same for a relation in SQL that knows each row's `line_number`."""
    _create(duck)
    texts = ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name in judged.columns)
    found = duck.cursor().execute(f"SELECT line_number, {texts} FROM {source} WHERE NOT ({judged.fitting})")
    batches = iter(lambda: found.fetchmany(BATCH), [])
    rows = ((line, [cell or "" for cell in cells]) for batch in batches for line, *cells in batch)
    _insert(duck, rows, judged, ",")


def _create(duck: duckdb.DuckDBPyConnection) -> None:
    duck.execute(
        f"CREATE OR REPLACE TEMP TABLE {TABLE} (line_number BIGINT, reason VARCHAR, column_name VARCHAR, raw VARCHAR)"
    )


def _located(source: Path, dialect: Dialect, judged: Judged, limits: Limits) -> Iterator[_Row]:
    """The rows with a value that doesn't fit, and the line that each begins on."""
    with open_source(source) as file:
        first = file.read(CHUNK_BYTES)
        is_plain = not dialect.quote or all(
            dialect.quote.encode() not in chunk for chunk in (first, *iter(lambda: file.read(CHUNK_BYTES), b""))
        )
    if is_plain and b"\n" in first:
        return _by_line(source, dialect, judged, limits)
    return _by_record(source, dialect, judged, limits, newline="\n" if b"\n" in first else "")


def _by_line(source: Path, dialect: Dialect, judged: Judged, limits: Limits) -> Iterator[_Row]:
    """Where nothing is quoted: a third of the time that the csv module takes."""
    delimiter, width = dialect.delimiter.encode(), len(judged.columns)
    wanted = [(place, {value.encode() for value in verdict.bad_values}) for place, _, verdict in judged.tolerant]
    place, values = wanted[0]
    with open_source(source) as lines:
        skipped = dialect.skipped_lines + int(dialect.has_header)
        for number, line in enumerate(lines, start=1):
            if number % CHECKED_LINES == 0:
                limits.check_time()
            cells = line.split(delimiter)
            if len(cells) != width or number <= skipped:
                continue
            cells[-1] = cells[-1].rstrip(b"\r\n")
            if cells[place] in values or (len(wanted) > 1 and any(cells[at] in bad for at, bad in wanted)):
                yield number, [cell.decode("utf-8", errors="surrogateescape") for cell in cells]


def _by_record(source: Path, dialect: Dialect, judged: Judged, limits: Limits, *, newline: str) -> Iterator[_Row]:
    csv.field_size_limit(MAX_LINE_BYTES)
    wanted = [(place, verdict.bad_values) for place, _, verdict in judged.tolerant]
    width = len(judged.columns)
    with io.TextIOWrapper(
        open_source(source), encoding="utf-8-sig", errors="surrogateescape", newline=newline
    ) as lines:
        for _ in range(dialect.skipped_lines):
            next(lines, None)
        reader = csv.reader(lines, **_csv_options(dialect))
        if dialect.has_header:
            next(reader, None)
        line = reader.line_num
        for row in reader:
            if len(row) == width and any(row[place] in values for place, values in wanted):
                yield dialect.skipped_lines + line + 1, row
            line = reader.line_num
            if line % CHECKED_LINES == 0:
                limits.check_time()


def _csv_options(dialect: Dialect) -> _CsvOptions:
    is_doubled = dialect.escape == dialect.quote
    return {
        "delimiter": dialect.delimiter,
        "quotechar": dialect.quote or None,
        "quoting": csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        "doublequote": is_doubled,
        "escapechar": None if is_doubled else dialect.escape or None,
    }


def _insert(duck: duckdb.DuckDBPyConnection, rows: Iterator[_Row], judged: Judged, delimiter: str) -> None:
    found = _explained(rows, judged, delimiter)
    while batch := list(islice(found, BATCH)):
        lines, reasons, columns, raws = zip(*batch, strict=True)
        misfits = Table(  # noqa: F841 - DuckDB finds it by its name
            {
                "line_number": Array(lines, type=DataType.int64()),
                "reason": Array(reasons, type=DataType.utf8()),
                "column_name": Array(columns, type=DataType.utf8()),
                "raw": Array(raws, type=DataType.utf8()),
            }
        )
        duck.execute(f"INSERT INTO {TABLE} SELECT * FROM misfits")


def _explained(rows: Iterator[_Row], judged: Judged, delimiter: str) -> Iterator[tuple[int | None, str, str, str]]:
    for line, row in rows:
        raw = _raw(row, delimiter)
        if raw is not None:  # else DuckDB has left it out because of its broken bytes
            place, column, verdict = next(each for each in judged.tolerant if row[each[0]] in each[2].bad_values)
            is_lacking = verdict.is_key and row[place] in MISSING
            yield line, keys.EMPTY if is_lacking else why(row[place], verdict.kind.type), column, raw


def _raw(row: Sequence[str], delimiter: str) -> str | None:
    """The row as a line again; None where bytes in it are no text."""
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(row)
    text = line.getvalue()[:-1][:MAX_TEXT]
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return text
