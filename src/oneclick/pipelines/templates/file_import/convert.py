"""From a file to Parquet parts with typed columns, in bounded memory, and to the rows that don't fit.

1. `detect` has told format and encoding; whatever isn't UTF-8 is written again as UTF-8.
2. `looking` says what each column is. Text is read twice by DuckDB, once to infer types from all values, once to write
   the parts. Spreadsheets and Parquet are read once.
3. Rows that don't fit go to a part of their own, with the line they stand on and the reason.
"""

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from oneclick.pipelines.templates.file_import import column_types, json_lines, line_ends, looking, misfits, preview
from oneclick.pipelines.templates.file_import.detect import FileFacts, FileFormat, open_unpacked
from oneclick.pipelines.templates.file_import.errors import (
    FileDamaged,
    FileEmpty,
    FileImportError,
    ScratchUnavailable,
    TooManyRejected,
)
from oneclick.pipelines.templates.file_import.limits import NO_LIMITS, Limits
from oneclick.pipelines.templates.file_import.looking import Looked
from oneclick.pipelines.templates.file_import.preview import Preview
from oneclick.pipelines.templates.file_import.rejects import (
    MALFORMED,
    count_csv_rejects,
    set_malformed_aside,
    write_no_rejects,
    write_rejects,
)
from oneclick.pipelines.templates.file_import.scratch import translated_disk_errors
from oneclick.pipelines.templates.file_import.styles import FIND_OUT, Styles
from oneclick.pipelines.templates.file_import.work import OnProgress, Options, Parts, Work, opened

CHUNK_CHARACTERS = 1 << 20
FEW_ROWS = 1_000

_DISK_SIGNS = ("No space left", "Disk quota", "Could not write", "max_temp_directory_size")


@dataclass(frozen=True, kw_only=True)
class Converted:
    """What is ready to be loaded. `columns` are (name, DuckDB type); `rejects` is a table
    without rows where every row fits.
    """

    parts: tuple[Path, ...]
    rows: int
    columns: tuple[tuple[str, str], ...]
    rejects: Path
    rejected: int
    styles: Styles = FIND_OUT
    sheet: str = ""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A file that was looked at (`facts`), and what is needed to read it. `folder` is for what lies in between."""

    path: Path
    facts: FileFacts
    folder: Path
    home: Path
    options: Options
    on_progress: OnProgress
    limits: Limits = NO_LIMITS

    @contextlib.contextmanager
    def work(self, source: Path) -> Iterator[Work]:
        """DuckDB at work on the file's content in UTF-8; what it says becomes a `FileImportError`."""
        with opened(self.folder, self.home) as duck:
            try:
                with translated_disk_errors(), self.limits.kept_by(duck):
                    yield Work(
                        duck=duck, source=source, folder=self.folder, on_progress=self.on_progress, limits=self.limits
                    )
            except duckdb.Error as exc:
                raise _translated(exc, self.path) from exc


def convert(reading: Reading) -> Converted:
    """Write what the file holds as Parquet into the folder. Raises a `FileImportError`."""

    def attempt(source: Path) -> Converted:
        with reading.work(source) as work:
            return _write(work, looking.look(work, reading.facts, reading.options), reading.options)

    source = _as_utf8(reading)
    try:
        done = attempt(source)
    except FileDamaged:
        done = attempt(_evened(reading, source))
    if done.rows == 0:
        raise FileEmpty(f"{reading.path.name} holds no rows, at most a header.")
    return done


def preview_of(reading: Reading) -> Preview:
    """What would be loaded: the columns, the first rows, how many fit and how many don't. Raises as `convert` does."""

    def attempt(source: Path) -> Preview:
        with reading.work(source) as work:
            return preview.preview(work, looking.look(work, reading.facts, reading.options), reading.facts)

    source = _as_utf8(reading)
    try:
        found = attempt(source)
    except FileDamaged:
        found = attempt(_evened(reading, source))
    if found.rows == 0 and not found.rejected:
        raise FileEmpty(f"{reading.path.name} holds no rows, at most a header.")
    return found


def _write(work: Work, looked: Looked, options: Options) -> Converted:
    with work.stage("Converting"):
        parts = work.write_parts(looked.select, order=options.order)
    if looked.objects is not None:
        rejects, rejected = json_lines.write_rejects(work.duck, looked.objects, work.folder)
        _refuse_mostly_rejected(parts.rows, rejected)
        return _converted(parts, rejects, rejected)
    if looked.judged is None:
        return _with_lacking_key(work, parts, looked)
    malformed = count_csv_rejects(work.duck)
    ill_typed = looked.rows - parts.rows if looked.judged.tolerant else 0
    if ill_typed:
        _refuse_all_rejected(parts.rows, looked.judged)
        with work.stage("Setting rows aside"):
            looking.set_aside(work, looked, ill_typed)
    if parts.rows <= FEW_ROWS and not work.has_values(parts.files):
        parts = Parts()
    _refuse_mostly_rejected(parts.rows + ill_typed, malformed)
    if malformed:
        set_malformed_aside(work.duck, work.source)
    tables = [table for table, count in ((MALFORMED, malformed), (misfits.TABLE, ill_typed)) if count]
    rejects = write_rejects(work.duck, work.folder, tables) if tables else write_no_rejects(work.duck, work.folder)
    return replace(
        _converted(parts, rejects, malformed + ill_typed),
        styles=looked.styles,
        sheet=looked.sheet.name if looked.sheet else "",
    )


def _with_lacking_key(work: Work, parts: Parts, looked: Looked) -> Converted:
    if not looked.lacking_key:
        return _converted(parts, write_no_rejects(work.duck, work.folder), 0)
    row = work.duck.execute(f"SELECT count(*) FROM {looked.lacking_key}").fetchone()
    rejected = int(row[0]) if row else 0
    _refuse_mostly_rejected(parts.rows, rejected)
    return _converted(parts, write_rejects(work.duck, work.folder, [looked.lacking_key]), rejected)


def _converted(parts: Parts, rejects: Path, rejected: int) -> Converted:
    return Converted(parts=parts.files, rows=parts.rows, columns=parts.columns, rejects=rejects, rejected=rejected)


def _refuse_mostly_rejected(rows: int, rejected: int) -> None:
    if rejected > rows:
        raise TooManyRejected(f"Of {rows + rejected:,} rows, {rejected:,} don't fit the others.")


def _refuse_all_rejected(rows: int, judged: misfits.Judged) -> None:
    if not rows:
        worst = max(judged.tolerant, key=lambda each: each[2].misfits)
        _, name, verdict = worst
        raise TooManyRejected(
            f"No row fits: {verdict.misfits:,} values of the column {name!r} aren't of the type {verdict.kind.type}.",
            hint=f"Nothing was changed. Give the column another type, such as TEXT. There are: {column_types.NAMES}.",
        )


def _as_utf8(reading: Reading) -> Path:
    """The content under a name that needs no quoting: the file itself where it is UTF-8, else a copy in UTF-8."""
    path, facts = reading.path, reading.facts
    reading.on_progress(f"Reading {facts.encoding}" if facts.encoding else "Reading", None)
    ending = facts.ending + (".gz" if facts.is_gzip else "")
    if facts.encoding in ("", "utf-8", "ascii"):
        link = reading.folder / f"source.{ending}"
        with translated_disk_errors():
            link.symlink_to(path.resolve())
        return link
    copy = reading.folder / f"source.{facts.ending}"
    try:
        with (
            translated_disk_errors(),
            open_unpacked(path, facts) as raw,
            copy.open("w", encoding="utf-8", newline="") as file,
        ):
            reader = io.TextIOWrapper(raw, encoding=facts.encoding, newline="")
            while text := reader.read(CHUNK_CHARACTERS):
                reading.limits.check_time()
                file.write(text)
    except UnicodeError as exc:
        raise FileDamaged(
            f"{path.name} isn't {facts.encoding} all through: {getattr(exc, 'reason', exc)}.",
            hint="Nothing was changed. Name the encoding that it has with --encoding.",
        ) from exc
    return copy


def _write_again(reading: Reading, copy: Path) -> None:
    with open_unpacked(reading.path, reading.facts) as raw, copy.open("w", encoding="utf-8", newline="") as file:
        reader = io.TextIOWrapper(raw, encoding=reading.facts.encoding, newline="")
        while text := reader.read(CHUNK_CHARACTERS):
            reading.limits.check_time()
            file.write(text)


def _evened(reading: Reading, source: Path) -> Path:
    """The content with one kind of line ends; raises what is being handled where they aren't the cause."""
    with translated_disk_errors():
        if reading.facts.format is not FileFormat.CSV or not line_ends.is_mixed(source):
            raise  # noqa: PLE0704 - called where the error is handled
        return line_ends.with_one_kind(source, reading.folder, reading.limits)


def _translated(exc: duckdb.Error, path: Path) -> FileImportError:
    text = str(exc)
    if any(sign in text for sign in _DISK_SIGNS):
        return ScratchUnavailable()
    reason = re.sub(r"""(in file )?(["'])[^"']*/scratch/[^"']*\2""", "", text.strip().splitlines()[0]).strip()
    return FileDamaged(f"{path.name} can't be read: {reason}")
