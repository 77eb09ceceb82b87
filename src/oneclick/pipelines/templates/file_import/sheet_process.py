"""The process that reads one sheet and ends: `python -I -m oneclick.pipelines.templates.file_import.sheet_process`.

It knows that file and nothing else of ours: no Django, no database, no keys, an empty environment, bounded memory. It
gets a job as JSON, writes the cells as Parquet into the job's folder (`line_number`, then c0, c1 …), answers in JSON.
"""

import datetime as dt
import gc
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import arro3.io
from arro3.core import Array, DataType, Field, RecordBatch, Schema, Table
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from oneclick.pipelines.templates.file_import.errors import (
    BadImportOption,
    FileDamaged,
    FileEmpty,
    FileImportError,
    FileProtected,
    FileTooLarge,
    TooManyColumns,
)

MAX_COLUMNS = 2_000
BATCH_CELLS = 1 << 16
GROUP_ROWS = 1 << 15
"""DuckDB reads so many rows at a time on one thread."""

HEADER_ROWS = 50
EXACT_DIGITS = 15

Row = list[Any]

TEXT = "VARCHAR"

_TYPES: Final[dict[str, DataType]] = {
    TEXT: DataType.utf8(), "DOUBLE": DataType.float64(), "BOOLEAN": DataType.bool(),
    "DATE": DataType.date32(), "TIMESTAMP": DataType.timestamp("us"),
}  # fmt: skip
_DAY_US = 86_400_000_000
_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - a sheet's times have no zone
_MICROSECOND = dt.timedelta(microseconds=1)


def main() -> None:
    """Read the job, answer, end."""
    job = json.loads(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_AS, (job["memory_bytes"], job["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # millions of cells, and no cycle among them
    try:
        answer = _answer(job)
    except MemoryError:
        os.abort()  # as calamine does
    except FileImportError as exc:
        answer = {"code": exc.code, "message": exc.message, "hint": exc.hint}
    json.dump(answer, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # rather than give millions of cells back one by one


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    try:
        book = CalamineWorkbook.from_path(job["path"])
        name, sheet = _chosen(book, job["sheet"])
        cells = _Cells.of(sheet, has_header=job["has_header"])
        path = Path(job["folder"]) / "sheet.parquet"
        kinds, rows = _write(cells, path)
        named = [_spelled(cell).strip() for cell in cells.header] or [""] * len(kinds)
        kept = [place for place, kind in enumerate(kinds) if kind or named[place]]
        if not any(kinds):
            raise FileEmpty(f"The sheet {name!r} holds no rows, at most a header.")
        return {
            "path": str(path),
            "sheet": name,
            "sheets": _names(book),
            "header_line": cells.header_line,
            "places": kept,
            "columns": [named[place] for place in kept],
            "kinds": [kinds[place] or TEXT for place in kept],
            "rows": rows,
        }
    except PasswordError as exc:
        raise FileProtected from exc
    except CalamineError as exc:
        if "limit exceeded" in str(exc):
            raise FileTooLarge(
                "The sheet has cells so far apart that it would be billions of them.",
                hint="Nothing was changed. Remove cells far outside of the table, or save the sheet as CSV.",
            ) from exc
        raise FileDamaged(f"The spreadsheet can't be read: {exc}.") from exc


def _names(book: CalamineWorkbook) -> list[str]:
    """The sheets that hold cells, those that people see first."""
    sheets = [each for each in book.sheets_metadata if each.typ is SheetTypeEnum.WorkSheet]
    return [each.name for each in sorted(sheets, key=lambda each: each.visible is not SheetVisibleEnum.Visible)]


def _chosen(book: CalamineWorkbook, wanted: str) -> tuple[str, CalamineSheet]:
    """The sheet of that name or number, or the first with cells."""
    names = _names(book)
    if wanted:
        known = {name.casefold(): name for name in names}
        by_number = {str(number): name for number, name in enumerate(names, start=1)}
        name = known.get(wanted.casefold()) or by_number.get(wanted)
        if name is None:
            raise BadImportOption(f"There is no sheet {wanted!r}.", hint=f"There are: {', '.join(names)}.")
        return name, book.get_sheet_by_name(name)
    for name in names:
        sheet = book.get_sheet_by_name(name)
        if sheet.height:
            return name, sheet
    raise FileEmpty("The spreadsheet has no cell with content.")


@dataclass(frozen=True, kw_only=True)
class _Cells:
    """The rows below the header with the line that each stands on; blank ones are left out."""

    header: Row
    header_line: int | None
    rows: Iterator[tuple[int, Row]]
    width: int

    @classmethod
    def of(cls, sheet: CalamineSheet, *, has_header: bool | None) -> "_Cells":
        width = sheet.width
        if width > MAX_COLUMNS:
            raise TooManyColumns(f"The sheet has {width:,} columns; at most {MAX_COLUMNS:,} can be loaded.")
        blank = [""] * width
        filled = ((line, row) for line, row in enumerate(sheet.iter_rows(), start=1) if row != blank)
        first = list(islice(filled, HEADER_ROWS))
        place = _header(first, has_header)
        if place is None:
            return cls(header=[], header_line=None, rows=chain(first, filled), width=width)
        line, header = first[place]
        return cls(header=header, header_line=line, rows=chain(first[place + 1 :], filled), width=width)


def _header(rows: Sequence[tuple[int, Row]], has_header: bool | None) -> int | None:
    """Which of the first rows holds the names: the first that is as wide as the table, if it is all text.

    What stands above it, such as a title, is no part of the table.
    """
    if has_header is False or not rows:
        return None
    widths = [sum(cell != "" for cell in row) for _, row in rows]
    place = next(place for place, width in enumerate(widths) if 2 * width > max(widths))
    is_text = all(isinstance(cell, str) for cell in rows[place][1])
    return place if has_header or is_text else None


def _write(cells: _Cells, path: Path) -> tuple[list[str], int]:
    """The columns as Parquet; what each holds (empty where it holds nothing), and how many rows there are."""
    lines: list[Array] = []
    batches: list[list[tuple[str, Array]]] = []
    count = max(BATCH_CELLS // max(cells.width, 1), 1)
    while batch := list(islice(cells.rows, count)):
        numbers, rows = zip(*batch, strict=True)
        lines.append(Array(numbers, type=DataType.int64()))
        batches.append([_column(values) for values in zip(*rows, strict=True)])
    kinds = [_shared({batch[place][0] for batch in batches}) for place in range(cells.width)]
    fields = [Field("line_number", DataType.int64())]
    fields += [Field(f"c{place}", _TYPES[kind or TEXT]) for place, kind in enumerate(kinds)]
    schema = Schema(fields)
    tables = [
        RecordBatch.from_arrays(
            [numbers, *(_as(kind or TEXT, column) for kind, column in zip(kinds, columns, strict=True))], schema=schema
        )
        for numbers, columns in zip(lines, batches, strict=True)
    ]
    arro3.io.write_parquet(
        Table.from_batches(tables, schema=schema), path, compression="uncompressed", max_row_group_size=GROUP_ROWS
    )
    return kinds, sum(len(numbers) for numbers in lines)


def _shared(kinds: set[str]) -> str:
    """What a column holds whose parts hold these."""
    found = kinds - {""}
    if found == {"DATE", "TIMESTAMP"}:
        return "TIMESTAMP"
    return found.pop() if len(found) <= 1 and found else TEXT if found else ""


def _as(kind: str, column: tuple[str, Array]) -> Array:
    held, array = column
    if held == kind:
        return array
    if held == "" or kind == "TIMESTAMP":
        return array.cast(_TYPES[kind])
    return _texts(array.to_pylist())


def _column(values: Sequence[Any]) -> tuple[str, Array]:
    """What a column's cells are, and all of them."""
    types = set(map(type, values))
    has_blanks = str in types and "" in values
    if has_blanks:
        values = [None if value == "" else value for value in values]
        types = set(map(type, values)) - {type(None)}
    if not types:
        return "", Array(values, type=DataType.utf8())
    if types in ({int}, {int, float}):
        return "DOUBLE", _doubles(values)
    for kind, (held, encode) in _ENCODERS.items():
        if types <= held:
            return kind, encode(values)
    return TEXT, _texts(values)


def _doubles(values: Sequence[Any]) -> Array:
    return Array([None if value is None else float(value) for value in values], type=DataType.float64())


def _days(values: Sequence[Any]) -> Array:
    days = [None if value is None else value.toordinal() - _EPOCH_DAY for value in values]
    return Array(days, type=DataType.int32()).cast(DataType.date32())


def _moments(values: Sequence[Any]) -> Array:
    moments = [
        None if value is None
        else (value - _EPOCH) // _MICROSECOND if type(value) is dt.datetime
        else (value.toordinal() - _EPOCH_DAY) * _DAY_US
        for value in values
    ]  # fmt: skip
    return Array(moments, type=DataType.int64()).cast(DataType.timestamp("us"))


def _texts(values: Sequence[Any]) -> Array:
    return Array([None if value is None else _spelled(value) for value in values], type=DataType.utf8())


def _spelled(value: Any) -> str:
    """A cell as text, in the spelling that is recognised again."""
    spell: Callable[[Any], str] = _SPELLERS.get(type(value), str)
    return spell(value)


def _spelled_number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 10**EXACT_DIGITS else str(value)


def _spelled_duration(value: dt.timedelta) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


_ENCODERS: Final[dict[str, tuple[set[type], Callable[[Sequence[Any]], Array]]]] = {
    "DOUBLE": ({float}, lambda values: Array(values, type=DataType.float64())),
    TEXT: ({str}, lambda values: Array(values, type=DataType.utf8())),
    "BOOLEAN": ({bool}, lambda values: Array(values, type=DataType.bool())),
    "DATE": ({dt.date}, _days),
    "TIMESTAMP": ({dt.date, dt.datetime}, _moments),
}
_SPELLERS: Final[dict[type, Callable[[Any], str]]] = {
    bool: lambda value: "true" if value else "false",
    float: _spelled_number,
    dt.datetime: lambda value: value.isoformat(" "),
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    dt.timedelta: _spelled_duration,
}


if __name__ == "__main__":
    main()
