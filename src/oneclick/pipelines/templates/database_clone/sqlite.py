"""SQLite: a file that whoever runs the machine put into the organisation's own folder, read by DuckDB's scanner."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from oneclick.duck import open_duckdb
from oneclick.duck.quoting import identifier, literal
from oneclick.pipelines import hashing
from oneclick.pipelines.concerns import concern
from oneclick.pipelines.contract.errors import BadFlow, FlowError, SourceDamaged, SourceError, SourceUnavailable
from oneclick.pipelines.contract.sources import Column, Mode, OnProgress, Settings, Source, Stream, Wanted
from oneclick.pipelines.templates.database_clone.cursors import Candidate, best_first
from oneclick.pipelines.templates.database_clone.reading import (
    ALIAS,
    TIMES,
    Expression,
    TableReading,
    back_from,
    joined,
    of_kind,
)
from oneclick.warehouses.contract.data_plane import DuckDBConnection
from oneclick.warehouses.contract.descriptions import Check, CheckResult

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FOLDER = "databases"
SCHEMA = "main"
_INTEGERS = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT")


class SqliteSource(Source):
    """One file, which is never written to."""

    duckdb_extensions = ("sqlite_scanner",)

    def __init__(self, settings: Settings) -> None:
        name = of_kind(settings.config, "file")
        if not name or not re.fullmatch(r"[\w. -]{1,200}", name) or name.startswith("."):
            raise BadFlow(f"{name!r} isn't a file's name.", hint="Give the name alone, such as shop.db, no folder.")
        self._settings = settings
        self._folder = settings.home / FOLDER / settings.tenant
        self._file = self._folder / name

    def check(self) -> Sequence[Check]:
        """Whether the file is there and can be read."""
        try:
            found = self.discover()
        except SourceError as error:
            return [Check(title=error.message, result=CheckResult.FAILED, detail=error.hint)]
        many = f"{len(found):,} {'table' if len(found) == 1 else 'tables'}"
        return [Check(title=f"{self._file.name} has {many}", result=CheckResult.PASSED)]

    def discover(self) -> Sequence[Stream]:
        """Every table and view."""
        with self._look() as duck:
            return streams(duck)

    @contextlib.contextmanager
    def reading(self, duck: DuckDBConnection, folder: Path, on_progress: OnProgress) -> Iterator["SqliteReading"]:
        """Attach the file; all reads of one transaction see one snapshot."""
        on_progress("Opening", None)
        self._attach(duck)
        hashing.prepare(duck, self._settings.secrets)
        yield SqliteReading(duck, streams(duck))

    def explain(self, error: BaseException) -> FlowError | None:
        """The source's part in an error of the load, if it had one."""
        text = f"{error}\n{error.__cause__ or ''}"
        if found := re.search(
            r'Invalid type in column "([^"]*)"[^\n]*|invalid (date|timestamp) field format[^\n]*', text
        ):
            return SourceDamaged(
                f"The file has a value that its column's type doesn't allow: {found.group()}",
                hint="Correct the value, or leave the column out.",
            )
        if re.search(r"database is locked", text):
            return SourceUnavailable(f"Another program holds {self._file.name} locked.")
        return None

    @contextlib.contextmanager
    def _look(self) -> Iterator["DuckDBPyConnection"]:
        home, extensions = self._settings.home, self.duckdb_extensions
        with contextlib.closing(open_duckdb(home=home, extensions=extensions, threads=1)) as duck:
            self._attach(duck)
            yield duck

    def _attach(self, duck: DuckDBConnection) -> None:
        if not self._file.is_file() or self._file.is_symlink():
            raise SourceUnavailable(
                f"There is no file {self._file.name}.",
                hint=f"Whoever runs the machine puts it into the folder {self._folder}.",
            )
        with self._file.open("rb") as file:
            if file.read(16) not in (b"SQLite format 3\0", b""):
                raise SourceDamaged(f"{self._file.name} isn't a SQLite database.", hint="Choose another file.")
        try:
            duck.execute(f"ATTACH {literal(str(self._file))} AS {ALIAS} (TYPE sqlite, READ_ONLY)")
        except duckdb.Error as exc:
            raise SourceDamaged(f"{self._file.name} can't be read as a SQLite database.") from exc


class SqliteReading(TableReading):
    """Tables of the attached file."""

    def newest(self, stream: str, cursor: str) -> str | None:
        """A moment in the future is left out: what comes until then would be missed."""
        column = self.column(stream, cursor)
        quoted = identifier(cursor)
        limit = f"least(max({quoted}), now()::TIMESTAMP::{column.type})" if column.type in TIMES else f"max({quoted})"
        row = self._duck.execute(f"SELECT {limit}::VARCHAR FROM {self.attached(stream)}").fetchone()
        return str(row[0]) if row and row[0] is not None else None

    def since(self, wanted: Wanted, low: str) -> str:
        """Back from `low` by the look-back. Rows without a cursor come every time."""
        column = self.column(wanted.stream, wanted.cursor)
        quoted, back = identifier(column.name), back_from(column, low, wanted.look_back)
        return f"{quoted} > {back}" if wanted.mode is Mode.APPEND else f"({quoted} >= {back} OR {quoted} IS NULL)"

    def expression(self, column: Column) -> Expression:
        """As the scanner reads it, by the column's declared type."""
        quoted = identifier(column.name)
        return Expression(column=column, remote=quoted, local=quoted)


def streams(duck: DuckDBConnection) -> Sequence[Stream]:
    """Every table and view of the file, with key and cursors."""
    columns = duck.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = ? "
        "ORDER BY table_name, column_index", [ALIAS],
    ).fetchall()  # fmt: skip
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, name, kind in columns:
        tables.setdefault(str(table), []).append((str(name), str(kind)))
    return [_stream(duck, table, found) for table, found in tables.items() if not table.startswith("sqlite_")]


def _stream(duck: DuckDBConnection, table: str, columns: Sequence[tuple[str, str]]) -> Stream:
    rows: Any = duck.execute(f"SELECT count(*) FROM {ALIAS}.{SCHEMA}.{identifier(table)}").fetchone()
    keys = _key(duck, table)
    candidates = [
        Candidate(name=name, is_time=kind in TIMES, is_key=name in keys, is_indexed=name in keys[:1])
        for name, kind in columns
        if kind in (*TIMES, *_INTEGERS)
    ]
    return Stream(
        name=joined(SCHEMA, table), key=keys, cursors=tuple(best_first(candidates)), rows=int(rows[0]),
        columns=tuple(Column(name=name, type=kind, source_type=kind, concern=concern(name)) for name, kind in columns),
    )  # fmt: skip


def _key(duck: DuckDBConnection, table: str) -> tuple[str, ...]:
    found = f"SELECT name FROM pragma_table_info({literal(table)}) WHERE pk > 0 ORDER BY pk"
    rows = duck.execute(f"FROM sqlite_query({literal(ALIAS)}, {literal(found)})").fetchall()
    return tuple(str(name) for (name,) in rows)
