"""How a CSV file is written: delimiter, quotes, header. DuckDB's sniffer looks at the beginning."""

import csv
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from oneclick.duck.quoting import literal, pattern
from oneclick.pipelines.templates.file_import.errors import BadImportOption, FileDamaged, TooManyColumns
from oneclick.pipelines.templates.file_import.naming import column_names
from oneclick.pipelines.templates.file_import.rejects import open_source

SNIFFED_ROWS = 20_480
MAX_LINE_BYTES = 2 << 20
MAX_COLUMNS = 2_000
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """The way one CSV file is written; `columns` are the names that its columns get."""

    delimiter: str
    quote: str
    escape: str
    has_header: bool
    skipped_lines: int
    columns: tuple[str, ...]

    def read_csv(self, source: Path, *, store_rejects: bool) -> str:
        """SQL that reads every column as text. What doesn't fit is left out, and noted where asked for."""
        kinds = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self.columns)
        rejects = "store_rejects = true, rejects_limit = 0" if store_rejects else "ignore_errors = true"
        return (
            f"read_csv({file_of(source)}, auto_detect = false, columns = {{{kinds}}},"
            f" delim = {literal(self.delimiter)}, quote = {literal(self.quote)}, escape = {literal(self.escape)},"
            f" header = {str(self.has_header).lower()}, skip = {self.skipped_lines}, nullstr = '',"
            f" max_line_size = {MAX_LINE_BYTES}, strict_mode = true, {rejects})"
        )


def file_of(source: Path) -> str:
    """A text file, for the functions that read one. DuckDB itself doesn't see the ending behind a `?` in the path."""
    packing = ", compression = 'gzip'" if source.suffix == ".gz" else ""
    return pattern(source) + packing


def sniff(
    connection: duckdb.DuckDBPyConnection, source: Path, *, delimiter: str = "", has_header: bool | None = None
) -> Dialect:
    """Find out how `source` (UTF-8) is written; what is given is believed. Raises `FileDamaged`."""
    if len(delimiter) > 1:
        raise BadImportOption(f"The delimiter must be one character, not {delimiter!r}.")
    given = f", delim = {literal(delimiter)}" if delimiter else ""
    if has_header is not None:
        given += f", header = {str(has_header).lower()}"
    try:
        row = connection.execute(
            "SELECT Delimiter, Quote, Escape, SkipRows, HasHeader, list_transform(Columns, lambda c: c.name)"
            f" FROM sniff_csv({file_of(source)}, sample_size = {SNIFFED_ROWS}, ignore_errors = true,"
            f" all_varchar = true, max_line_size = {MAX_LINE_BYTES}{given})"
        ).fetchone()
    except duckdb.Error as exc:
        raise FileDamaged(f"The file can't be read as CSV: {str(exc).splitlines()[0]}") from exc
    if row is None:
        raise FileDamaged("The file can't be read as CSV.")
    found_delimiter, quote, escape, skipped, header, names = row
    quote = _given(quote) or _unseen_quote(source)
    return Dialect(
        delimiter=_given(found_delimiter) or ",",
        quote=quote,
        escape=_given(escape) or quote,
        has_header=bool(header),
        skipped_lines=int(skipped),
        columns=tuple(column_names(_header(connection, source, row) if header else list(names))),
    )


def refuse_too_wide(source: Path, delimiter: str = "") -> None:
    """Raise `TooManyColumns` before DuckDB uses up all its memory: the first line tells."""
    with open_source(source) as file:
        text = file.readline(MAX_LINE_BYTES).decode("utf-8-sig", errors="replace")
    line = text.replace("\r", "\n").partition("\n")[0]
    if max(map(line.count, delimiter or _DELIMITERS)) < MAX_COLUMNS:
        return
    csv.field_size_limit(MAX_LINE_BYTES)
    width = max(len(next(csv.reader([line], delimiter=sign), [])) for sign in delimiter or _DELIMITERS)
    if width > MAX_COLUMNS:
        raise TooManyColumns(f"The file has {width:,} columns; at most {MAX_COLUMNS:,} can be loaded.")


def _given(sniffed: object) -> str:
    return "" if sniffed == "(empty)" else str(sniffed or "")


def _unseen_quote(source: Path) -> str:
    """Quotes that begin after the sniffed part are quotes; those that DuckDB saw and took for text are not."""
    with open_source(source) as file:
        lines = iter(lambda: file.readline(MAX_LINE_BYTES), b"")
        return "" if any(b'"' in line for line in islice(lines, SNIFFED_ROWS)) else '"'


def _header(connection: duckdb.DuckDBPyConnection, source: Path, sniffed: tuple[object, ...]) -> list[str]:
    """The header's cells as they are written: DuckDB has numbered blank and doubled ones its own way."""
    delimiter, quote, escape, skipped, _, names = sniffed
    width = len(names) if isinstance(names, list) else 0
    kinds = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(width))
    row = connection.execute(
        f"SELECT * FROM read_csv({file_of(source)}, auto_detect = false, header = false, skip = {skipped},"
        f" columns = {{{kinds}}}, delim = {literal(_given(delimiter) or ',')}, quote = {literal(_given(quote) or '')},"
        f" escape = {literal(_given(escape) or _given(quote))}, max_line_size = {MAX_LINE_BYTES}, nullstr = '',"
        " ignore_errors = true, strict_mode = true, parallel = false) LIMIT 1"
    ).fetchone()
    return [str(cell or "") for cell in row] if row else [""] * width
