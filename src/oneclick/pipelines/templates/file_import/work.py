"""A DuckDB at work on one file: bounded in memory, telling how far it is, writing Parquet."""

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

import duckdb

from oneclick.duck import open_duckdb
from oneclick.duck.quoting import literal, pattern
from oneclick.pipelines.templates.file_import.limits import Limits
from oneclick.pipelines.templates.file_import.scratch import translated_disk_errors
from oneclick.pipelines.templates.file_import.styles import FIND_OUT, Styles

MEMORY_BYTES = 768 << 20
THREADS = 2
PART_BYTES = 128 << 20
POLL_S = 0.2
WORKBOOK_ENDINGS = (".xlsx", ".xlsb", ".xls", ".ods")

OnProgress = Callable[[str, float | None], None]
"""Told what is being done, and how far it is (0 to 1, or None where nobody knows)."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the person knows better than detection; empty means: find out. `types` are names of types by column.

    Rows without a value for a column of `key` are set aside, and the others keep the order of the file.
    """

    delimiter: str = ""
    has_header: bool | None = None
    encoding: str = ""
    sheet: str = ""
    styles: Styles = FIND_OUT
    types: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()

    @property
    def order(self) -> "Order":
        """The order in which rows must be written: of rows with one key, the file's last one wins."""
        return Order.AS_IN_FILE if self.key else Order.ANY


class Order(Enum):
    """Of the rows that are written."""

    ANY = auto()
    AS_IN_FILE = auto()


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Rows that were written. `columns` are (name, DuckDB type)."""

    files: tuple[Path, ...] = ()
    rows: int = 0
    columns: tuple[tuple[str, str], ...] = ()


@contextlib.contextmanager
def opened(folder: Path, home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of bounded memory, with an empty folder for parts."""
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
class Work:
    """One file on its way to Parquet."""

    duck: duckdb.DuckDBPyConnection
    source: Path
    folder: Path
    on_progress: OnProgress
    limits: Limits

    @property
    def compression(self) -> str:
        """What a sheet holds fits on any disk, and is there faster."""
        return "snappy" if self.source.suffix in WORKBOOK_ENDINGS else "zstd"

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

    def write_parts(self, select: str, *, order: Order = Order.ANY) -> Parts:
        """Write the rows of a SELECT."""
        out = self.folder / "parts"
        options = f"FORMAT parquet, COMPRESSION {self.compression}"
        if order is Order.AS_IN_FILE:
            self.duck.execute("SET preserve_insertion_order = true")
            self.duck.execute(f"COPY ({select}) TO {literal(str(out / 'rows.parquet'))} ({options})")
        else:
            self.duck.execute(
                f"COPY ({select}) TO {literal(str(out))} ({options}, PER_THREAD_OUTPUT true,"
                f" FILE_SIZE_BYTES {PART_BYTES}, OVERWRITE_OR_IGNORE true)"
            )
        parts = tuple(sorted(part for part in out.rglob("*.parquet")))
        if not parts:
            return Parts()
        listed = ", ".join(map(pattern, parts))
        rows = self.duck.execute(f"SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata([{listed}])").fetchone()
        columns = self.columns_of(f"read_parquet([{listed}])")
        return Parts(files=parts, rows=int(rows[0] or 0) if rows else 0, columns=columns)

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
