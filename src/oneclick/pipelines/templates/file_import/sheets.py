"""Sheets of spreadsheets (.xlsx, .xlsm, .xlsb, .xls, .ods): read by calamine, in a process that may die alone.

The process (`sheet_process`) writes the sheet's cells as Parquet, a column each: with its own type where all cells are
of one kind, else as text, which is then judged like the text of a CSV file.
"""

import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from oneclick.duck.quoting import identifier, pattern
from oneclick.pipelines.templates.file_import.errors import (
    BadImportOption,
    FileDamaged,
    FileEmpty,
    FileImportError,
    FileProtected,
    FileTooLarge,
    TooManyColumns,
)
from oneclick.pipelines.templates.file_import.limits import Limits
from oneclick.pipelines.templates.file_import.naming import column_names
from oneclick.pipelines.templates.file_import.work import Work

MEMORY_BYTES = 4 << 30
"""What reading one sheet may take: calamine holds all of its cells, and one far-off cell makes for billions."""

TEXT = "VARCHAR"
POLL_S = 0.5
LARGEST_EXACT = 2**53

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", "TZ": "UTC"}
_ERRORS: Final[Mapping[str, type[FileImportError]]] = {
    kind.code: kind for kind in (BadImportOption, FileDamaged, FileEmpty, FileProtected, FileTooLarge, TooManyColumns)
}
_OUT_OF_MEMORY = (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGBUS)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet's cells. `header_line` is the row of the names, None without one; `names` are all sheets.

    `places` number the columns in `path`; `kinds` are DuckDB types. Columns in `spelled`, quoted, are to be read as
    text although they hold none.
    """

    path: Path
    name: str
    names: tuple[str, ...]
    header_line: int | None
    places: tuple[int, ...]
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: int
    spelled: frozenset[str] = frozenset()

    @property
    def texts(self) -> list[str]:
        """The quoted names of the columns that are judged by their text."""
        columns = zip(map(identifier, self.columns), self.kinds, strict=True)
        return [column for column, kind in columns if kind == TEXT or column in self.spelled]

    @property
    def typed(self) -> frozenset[str]:
        """The quoted names of the columns whose cells are of one kind."""
        columns = zip(map(identifier, self.columns), self.kinds, strict=True)
        return frozenset(column for column, kind in columns if kind != TEXT)

    @property
    def relation(self) -> str:
        """SQL for line_number and all columns."""
        values = []
        for place, name, kind in zip(self.places, map(identifier, self.columns), self.kinds, strict=True):
            value = f"CAST(c{place} AS {kind})"
            values.append(f"{f'CAST({value} AS {TEXT})' if name in self.spelled else value} AS {name}")
        return f"(SELECT line_number, {', '.join(values)} FROM read_parquet({pattern(self.path)}))"


def read(work: Work, *, wanted: str, has_header: bool | None) -> Sheet:
    """Read the sheet of that name, or the first one with cells. Raises a `FileImportError`."""
    _refuse_bombs(work.source, work.limits)
    answer = _asked(
        {
            "path": str(work.source),
            "folder": str(work.folder),
            "sheet": wanted,
            "has_header": has_header,
            "memory_bytes": MEMORY_BYTES,
        },
        work,
    )
    names = column_names(answer["columns"])
    path = Path(answer["path"])
    return Sheet(
        path=path,
        name=answer["sheet"],
        names=tuple(answer["sheets"]),
        header_line=answer["header_line"],
        places=tuple(answer["places"]),
        columns=tuple(names),
        kinds=_with_whole_numbers(work, path, dict(zip(answer["places"], answer["kinds"], strict=True))),
        rows=answer["rows"],
    )


def _with_whole_numbers(work: Work, path: Path, kinds: Mapping[int, str]) -> tuple[str, ...]:
    """A sheet knows only one kind of number: those columns that hold whole ones, and no larger ones than are exact."""
    numbers = [place for place, kind in kinds.items() if kind == "DOUBLE"]
    if not numbers:
        return tuple(kinds.values())
    measures = ", ".join(
        f"bool_and(c{place} = trunc(c{place}) AND abs(c{place}) <= {LARGEST_EXACT})" for place in numbers
    )
    row = work.duck.execute(f"SELECT {measures} FROM read_parquet({pattern(path)})").fetchone() or ()
    whole = {place for place, is_whole in zip(numbers, row, strict=True) if is_whole}
    return tuple("BIGINT" if place in whole else kind for place, kind in kinds.items())


def _refuse_bombs(source: Path, limits: Limits) -> None:
    """Raise `FileTooLarge` for an archive that says so; one that lies meets the bounds of the process."""
    try:
        with zipfile.ZipFile(source) as archive:
            limits.check_size(sum(entry.file_size for entry in archive.infolist()))
    except (zipfile.BadZipFile, OSError, ValueError):
        return  # an .xls, or damaged, which calamine tells better


def _asked(job: Mapping[str, Any], work: Work) -> dict[str, Any]:
    """What the process answers; raises what it raised."""
    command = [sys.executable, "-I", "-m", "oneclick.pipelines.templates.file_import.sheet_process"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_ENVIRONMENT
    ) as process:
        try:
            text = _waited_for(process, json.dumps(job).encode(), work.limits)
        finally:
            process.kill()
    if not text:
        raise _died(process.returncode)
    answer: dict[str, Any] = json.loads(text)
    if code := answer.get("code"):
        kind = _ERRORS[code]
        raise kind(answer["message"], hint=answer["hint"]) if answer["hint"] else kind(answer["message"])
    return answer


def _waited_for(process: "subprocess.Popen[bytes]", job: bytes, limits: Limits) -> bytes:
    given: bytes | None = job
    while True:
        limits.check_time()
        try:
            return process.communicate(given, timeout=POLL_S)[0]
        except subprocess.TimeoutExpired:
            given = None


def _died(code: int) -> FileImportError:
    if code in _OUT_OF_MEMORY:
        return FileTooLarge(
            f"The sheet needs more than {MEMORY_BYTES >> 30} GiB of memory, the most allowed.",
            hint="Nothing was changed. Remove cells far outside of the table, split the sheet, or save it as CSV.",
        )
    return FileDamaged("The spreadsheet can't be read.")
