"""From a file to Parquet parts with typed columns, in bounded memory, and to the rows that don't fit.

1. `detect` has told format and encoding; whatever isn't UTF-8 is written again as UTF-8.
2. Text: DuckDB reads it twice, once to infer types from all values, once to write the parts. Parquet is read once.
3. Rows that don't fit go to a part of their own, with the line they stand on and the reason.
"""

import contextlib
import io
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from oneclick.duck import open_duckdb
from oneclick.duck.quoting import identifier, literal, pattern
from oneclick.pipelines.templates.file_import import column_types, dialect, inference, json_lines, line_ends, misfits
from oneclick.pipelines.templates.file_import.detect import FileFacts, FileFormat, open_unpacked
from oneclick.pipelines.templates.file_import.errors import (
    BadImportOption,
    FileDamaged,
    FileEmpty,
    FileImportError,
    ScratchUnavailable,
    TooManyRejected,
)
from oneclick.pipelines.templates.file_import.limits import NO_LIMITS, Limits
from oneclick.pipelines.templates.file_import.naming import column_names
from oneclick.pipelines.templates.file_import.rejects import (
    MALFORMED,
    count_csv_rejects,
    set_malformed_aside,
    write_no_rejects,
    write_rejects,
)
from oneclick.pipelines.templates.file_import.scratch import translated_disk_errors

MEMORY_BYTES = 768 << 20
THREADS = 2
PART_BYTES = 128 << 20
CHUNK_CHARACTERS = 1 << 20
FEW_ROWS = 1_000
POLL_S = 0.2

_DISK_SIGNS = ("No space left", "Disk quota", "Could not write", "max_temp_directory_size")

OnProgress = Callable[[str, float | None], None]
"""Told what is being done, and how far it is (0 to 1, or None where nobody knows)."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the person knows better than detection; empty means: find out. `types` are names of types by column."""

    delimiter: str = ""
    has_header: bool | None = None
    encoding: str = ""
    types: Mapping[str, str] = field(default_factory=dict)


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


def convert(
    path: Path,
    facts: FileFacts,
    folder: Path,
    home: Path,
    *,
    options: Options,
    on_progress: OnProgress,
    limits: Limits = NO_LIMITS,
) -> Converted:
    """Write what `path` holds as Parquet into `folder`. Raises a `FileImportError`."""
    with translated_disk_errors():
        on_progress(f"Reading {facts.encoding}" if facts.encoding else "Reading", None)
        source = _as_utf8(path, facts, folder, limits)

    def attempt(source: Path) -> Converted:
        with _opened(folder, home) as duck:
            work = _Work(duck=duck, source=source, folder=folder, on_progress=on_progress, limits=limits)
            try:
                with translated_disk_errors(), limits.kept_by(duck):
                    return _convert(work, facts, options)
            except duckdb.Error as exc:
                raise _translated(exc, path) from exc

    try:
        done = attempt(source)
    except FileDamaged:
        with translated_disk_errors():
            if facts.format is not FileFormat.CSV or not line_ends.is_mixed(source):
                raise
            source = line_ends.with_one_kind(source, folder, limits)
        done = attempt(source)
    if done.rows == 0:
        raise FileEmpty(f"{path.name} holds no rows, at most a header.")
    return done


@contextlib.contextmanager
def _opened(folder: Path, home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    out = folder / "parts"
    with translated_disk_errors():
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
    with contextlib.closing(open_duckdb(home=home, extensions=(), memory_bytes=MEMORY_BYTES, threads=THREADS)) as duck:
        duck.execute(f"SET temp_directory = {literal(str(folder / 'spill'))}")
        duck.execute("SET preserve_insertion_order = false")
        # It would turn each list of markers into a hash join, hundreds of them for a wide table.
        duck.execute("SET disabled_optimizers = 'in_clause'")
        duck.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        yield duck


@dataclass(frozen=True, kw_only=True)
class _Work:
    duck: duckdb.DuckDBPyConnection
    source: Path
    folder: Path
    on_progress: OnProgress
    limits: Limits

    @contextlib.contextmanager
    def stage(self, what: str) -> Iterator[None]:
        """Tell how far DuckDB is while the body runs."""
        is_over = threading.Event()

        def poll() -> None:
            while not is_over.wait(POLL_S):
                percent = self.duck.query_progress()
                self.on_progress(what, percent / 100 if percent >= 0 else None)

        self.limits.check_time()
        self.on_progress(what, 0.0)
        watcher = threading.Thread(target=poll, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            is_over.set()
            watcher.join()

    def write_parts(self, select: str) -> tuple[tuple[Path, ...], int, tuple[tuple[str, str], ...]]:
        """Write the rows of a SELECT; the parts, how many rows, and their columns."""
        out = self.folder / "parts"
        self.duck.execute(
            f"COPY ({select}) TO {literal(str(out))} (FORMAT parquet, COMPRESSION zstd, PER_THREAD_OUTPUT true,"
            f" FILE_SIZE_BYTES {PART_BYTES}, OVERWRITE_OR_IGNORE true)"
        )
        parts = tuple(sorted(part for part in out.rglob("*.parquet")))
        if not parts:
            return (), 0, ()
        listed = ", ".join(map(pattern, parts))
        rows = self.duck.execute(f"SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata([{listed}])").fetchone()
        columns = self.columns_of(f"read_parquet([{listed}])")
        return parts, int(rows[0] or 0) if rows else 0, columns

    def columns_of(self, source: str) -> tuple[tuple[str, str], ...]:
        """Name and type of each column of a relation in SQL."""
        described = self.duck.sql(f"SELECT * FROM {source}")
        return tuple(zip(described.columns, (str(kind) for kind in described.types), strict=True))

    def has_values(self, parts: Sequence[Path]) -> bool:
        """Whether any cell holds anything: a file of blank lines is empty."""
        if not parts:
            return False
        listed = ", ".join(map(pattern, parts))
        row = self.duck.execute(
            f"SELECT count(nullif(trim(COLUMNS(*)::VARCHAR), '')) FROM read_parquet([{listed}])"
        ).fetchone()
        return any(row or ())


def _convert(work: _Work, facts: FileFacts, options: Options) -> Converted:
    if options.types and facts.format is not FileFormat.CSV:
        raise BadImportOption(
            f"A {facts.format.name} file brings its own types.", hint="Load it without types, or save it as CSV."
        )
    if facts.format is FileFormat.PARQUET:
        return _convert_parquet(work)
    if facts.format is FileFormat.JSON:
        return _convert_json(work)
    return _convert_csv(work, options)


def _convert_csv(work: _Work, options: Options) -> Converted:
    dialect.refuse_too_wide(work.source, options.delimiter)
    found = dialect.sniff(work.duck, work.source, delimiter=options.delimiter, has_header=options.has_header)
    names = [identifier(name) for name in found.columns]
    wanted = column_types.by_column(options.types, found.columns)
    with work.stage("Looking at every value"):
        inferred = inference.infer(work.duck, found.read_csv(work.source, store_rejects=False), names, wanted=wanted)
    judged = misfits.Judged(columns=found.columns, verdicts=inferred.verdicts)
    typed = ", ".join(
        f"{verdict.kind.expression(name) if verdict.kind is not inference.TEXT else name} AS {name}"
        for name, verdict in zip(names, inferred.verdicts, strict=True)
    )
    which = f" WHERE {judged.fitting}" if judged.tolerant else ""
    with work.stage("Converting"):
        parts, rows, columns = work.write_parts(
            f"SELECT {typed} FROM {found.read_csv(work.source, store_rejects=True)}{which}"
        )
    malformed = count_csv_rejects(work.duck)
    ill_typed = inferred.rows - rows if judged.tolerant else 0
    if ill_typed:
        _refuse_all_rejected(rows, judged)
        with work.stage("Setting rows aside"):
            misfits.set_aside(work.duck, work.source, found, judged, expected=ill_typed, limits=work.limits)
    if rows <= FEW_ROWS and not work.has_values(parts):
        rows = 0
    _refuse_mostly_rejected(rows + ill_typed, malformed)
    if malformed:
        set_malformed_aside(work.duck, work.source)
    tables = [table for table, count in ((MALFORMED, malformed), (misfits.TABLE, ill_typed)) if count]
    rejects = write_rejects(work.duck, work.folder, tables) if tables else write_no_rejects(work.duck, work.folder)
    return Converted(parts=parts, rows=rows, columns=columns, rejects=rejects, rejected=malformed + ill_typed)


def _convert_json(work: _Work) -> Converted:
    with work.stage("Looking at every value"):
        found = json_lines.inspect(work.duck, work.source)
    with work.stage("Converting"):
        parts, rows, columns = work.write_parts(found.select)
        rejects, rejected = json_lines.write_rejects(work.duck, found, work.folder)
    _refuse_mostly_rejected(rows, rejected)
    return Converted(parts=parts, rows=rows, columns=columns, rejects=rejects, rejected=rejected)


def _convert_parquet(work: _Work) -> Converted:
    source = f"read_parquet({pattern(work.source)})"
    size = work.duck.execute(
        f"SELECT sum(total_uncompressed_size)::BIGINT FROM parquet_metadata({pattern(work.source)})"
    ).fetchone()
    work.limits.check_size(int(size[0] or 0) if size else 0)
    names = [name for name, _ in work.columns_of(source)]
    renamed = ", ".join(
        f"{identifier(old)} AS {identifier(new)}" for old, new in zip(names, column_names(names), strict=True)
    )
    with work.stage("Converting"):
        parts, rows, columns = work.write_parts(f"SELECT {renamed} FROM {source}")
    rejects = write_no_rejects(work.duck, work.folder)
    return Converted(parts=parts, rows=rows, columns=columns, rejects=rejects, rejected=0)


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


def _as_utf8(path: Path, facts: FileFacts, folder: Path, limits: Limits) -> Path:
    """The content under a name that needs no quoting: the file itself where it is UTF-8, else a copy in UTF-8."""
    ending = facts.format.value + (".gz" if facts.is_gzip else "")
    if facts.encoding in ("", "utf-8", "ascii"):
        link = folder / f"source.{ending}"
        link.symlink_to(path.resolve())
        return link
    copy = folder / f"source.{facts.format.value}"
    try:
        with open_unpacked(path, facts) as raw, copy.open("w", encoding="utf-8", newline="") as file:
            reader = io.TextIOWrapper(raw, encoding=facts.encoding, newline="")
            while text := reader.read(CHUNK_CHARACTERS):
                limits.check_time()
                file.write(text)
    except UnicodeError as exc:
        raise FileDamaged(
            f"{path.name} isn't {facts.encoding} all through: {getattr(exc, 'reason', exc)}.",
            hint="Nothing was changed. Name the encoding that it has with --encoding.",
        ) from exc
    return copy


def _translated(exc: duckdb.Error, path: Path) -> FileImportError:
    text = str(exc)
    if any(sign in text for sign in _DISK_SIGNS):
        return ScratchUnavailable()
    reason = re.sub(r"""(in file )?(["'])[^"']*/scratch/[^"']*\2""", "", text.strip().splitlines()[0]).strip()
    return FileDamaged(f"{path.name} can't be read: {reason}")
