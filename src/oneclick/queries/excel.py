"""The rows of a query as an Excel workbook.

A cell holds what its column's type says and nothing else: text that begins with `=`, `+` or `@` stays text, an address
doesn't become a link. What Excel would change (numbers of more than 15 digits, days before 1900) goes in as text.
"""

import datetime as dt
import math
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from oneclick.queries import outputs
from oneclick.queries.errors import QueryResultTooLarge

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MAX_ROWS = 100_000
"""As many as a download holds: Excel itself takes 1,048,576, most machines open far fewer with pleasure."""
MAX_COLUMNS = 16_384
"""https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3, as the next."""
MAX_TEXT = 32_767
DIGITS = 15
FIRST_DAY = dt.date(1900, 3, 1)
"""Excel believes that 1900 had a 29 February; before it, days are off by one."""
WIDTHS = (8, 40)
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
}

_Reader = Callable[[str], Any]


def write_excel(rows: Any, stream: IO[bytes]) -> None:
    """A workbook of one sheet with a header. `rows` is an Arrow stream; raises `QueryResultTooLarge`."""
    import xlsxwriter

    names, kinds = list(rows.schema.names), outputs.type_names(rows.schema)
    if len(names) > MAX_COLUMNS:
        raise QueryResultTooLarge(f"The result has {len(names):,} columns; Excel takes {MAX_COLUMNS:,}.")
    with tempfile.TemporaryDirectory(prefix="oneclick-excel-") as folder, tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(file, {**OPTIONS, "tmpdir": folder})
        sheet = book.add_worksheet("Rows")
        shapes = {name: book.add_format({"num_format": text}) for name, text in _SHAPES.items()}
        _write_head(sheet, names, book.add_format({"bold": True}))
        for number, row in enumerate(outputs.text_rows(rows), start=1):
            _write_row(sheet, number, kinds, row, shapes)
        book.close()
        file.seek(0)
        shutil.copyfileobj(file, stream)
    stream.flush()


def _write_head(sheet: "Worksheet", names: Sequence[str], bold: "Format") -> None:
    least, most = WIDTHS
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(names):
        sheet.set_column(column, column, min(max(len(name) + 2, least), most))
        sheet.write_string(0, column, name[:MAX_TEXT], bold)


def _write_row(
    sheet: "Worksheet", number: int, kinds: Sequence[str], row: Sequence[str | None], shapes: Mapping[str, "Format"]
) -> None:
    for column, (kind, text) in enumerate(zip(kinds, row, strict=True)):
        value = None if text is None else cell(kind, text)
        if value is None:
            continue
        if isinstance(value, bool):
            sheet.write_boolean(number, column, value)
        elif isinstance(value, (int, float)):
            sheet.write_number(number, column, value)
        elif isinstance(value, str):
            sheet.write_string(number, column, value)
        else:
            sheet.write_datetime(number, column, value, shapes[_shape_of(kind)])


def cell(kind: str, text: str) -> Any:
    """A value of that type, in DuckDB's spelling, as Excel keeps it; the text itself where it can't."""
    read = _READERS.get(kind.partition("(")[0])
    if read is not None:
        with suppress(ValueError, ArithmeticError):
            return read(text)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def _number(text: str) -> float:
    exact = Decimal(text)
    if len(exact.normalize().as_tuple().digits) > DIGITS:
        raise ValueError("more digits than Excel keeps")
    return int(exact) if exact == exact.to_integral_value() and abs(exact) < 10**DIGITS else float(exact)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("Excel knows no infinity")
    return value


def _day(text: str) -> dt.date:
    return _since_1900(dt.date.fromisoformat(text))


def _moment(text: str) -> dt.datetime:
    value = dt.datetime.fromisoformat(text).replace(tzinfo=None)
    _since_1900(value.date())
    return value


def _since_1900(day: dt.date) -> dt.date:
    if day < FIRST_DAY:
        raise ValueError("before Excel's calendar")
    return day


def _shape_of(kind: str) -> str:
    return kind if kind in _SHAPES else "TIMESTAMP"


_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_READERS: Mapping[str, _Reader] = {
    **dict.fromkeys((*_WHOLE, *(f"U{kind}" for kind in _WHOLE), "DECIMAL"), _number),
    **dict.fromkeys(("FLOAT", "DOUBLE"), _float),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP WITH TIME ZONE"), _moment),
    "BOOLEAN": "true".__eq__,
    "DATE": _day,
    "TIME": dt.time.fromisoformat,
}
_SHAPES: Mapping[str, str] = {
    "DATE": "yyyy-mm-dd",
    "TIME": "hh:mm:ss",
    "TIMESTAMP": "yyyy-mm-dd hh:mm:ss",
    "TIMESTAMP WITH TIME ZONE": 'yyyy-mm-dd hh:mm:ss "UTC"',
}
