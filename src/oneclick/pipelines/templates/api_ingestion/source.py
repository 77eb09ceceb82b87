"""An HTTP API as a source: one stream, whose pages go into the update's folder and are typed there."""

import contextlib
import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from oneclick.core.clock import utcnow
from oneclick.duck import open_duckdb
from oneclick.duck.quoting import identifier, pattern
from oneclick.outbound.errors import DestinationRefused, OutboundError
from oneclick.pipelines import hashing
from oneclick.pipelines.concerns import concern
from oneclick.pipelines.contract.errors import SourceChanged, SourceDamaged, SourceError
from oneclick.pipelines.contract.sources import (
    Batch,
    Column,
    Mode,
    OnProgress,
    Position,
    Preview,
    Reading,
    Settings,
    Source,
    Stream,
    Wanted,
)
from oneclick.pipelines.templates.api_ingestion import api as apis
from oneclick.pipelines.templates.api_ingestion import detection, making, pages, paths, shaping
from oneclick.pipelines.templates.api_ingestion.api import Api
from oneclick.pipelines.templates.api_ingestion.envelopes import opened
from oneclick.pipelines.templates.api_ingestion.extraction import extract, lines_of
from oneclick.pipelines.templates.api_ingestion.fetching import TRIES, Fetcher
from oneclick.pipelines.templates.api_ingestion.making import Made, Making, Table
from oneclick.pipelines.templates.api_ingestion.shaping import Field, Shape
from oneclick.pipelines.templates.api_ingestion.signing_in import Signer
from oneclick.pipelines.templates.file_import.scratch import scratch_folder
from oneclick.warehouses.contract.data_plane import DuckDBConnection, LoadMode
from oneclick.warehouses.contract.descriptions import Check, CheckResult

SAMPLE_ROWS = 20
SAMPLE_MEMORY_BYTES = 400 << 20
SAMPLE_TRIES = 2
MOST_SHOWN, ROWS_SHOWN = 12, 8
"""Columns and rows of the preview."""
USUAL_SIZES = frozenset({10, 15, 20, 25, 30, 50, 60, 100, 200, 250, 500, 1000})
A_TABLE = "list of objects, which becomes a table of its own"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What the first page shows: the API with what was found out, its columns, and its first records as texts."""

    api: Api
    columns: tuple[Column, ...]
    tables: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    records: int
    key: tuple[str, ...]

    @property
    def found(self) -> Mapping[str, str]:
        """The settings that were found out, by the names of their form fields."""
        pagination = self.api.pagination
        said = {
            "pagination": pagination.kind.value,
            "next_path": pagination.next_path,
            "more_path": pagination.more_path,
            "page_param": pagination.parameter,
            "records": self.api.records or "$",
            "primary_key": ", ".join(self.key),
        }
        return {name: value for name, value in said.items() if value}


class ApiSource(Source):
    """One address of one API."""

    def __init__(self, settings: Settings) -> None:
        self._api = apis.of(settings.config)
        self._settings = settings

    def check(self) -> Sequence[Check]:
        """One request: whether it is answered, and what is in the answer."""
        try:
            sample = self.sample()
        except (OutboundError, SourceError) as error:
            remedy = (
                f"oneclick outbound allow {error.host}:{error.port}" if isinstance(error, DestinationRefused) else ""
            )
            return [Check(title=error.message, result=CheckResult.FAILED, detail=error.hint, remedy=remedy)]
        found = [Check(title=title, result=CheckResult.PASSED) for title in _said(sample)]
        return [*found, *_doubts(self._api, sample)]

    def discover(self) -> Sequence[Stream]:
        """One stream, with the columns of the first page."""
        sample = self._sampled
        columns = {column.name for column in sample.columns}
        cursors = [name for name in (_column_of(sample, self._api.incremental),) if name in columns]
        return [
            Stream(
                name=self._api.table, columns=sample.columns, key=sample.key,
                cursors=tuple(cursors) if self._api.since_parameter else (),
            )
        ]  # fmt: skip

    def preview(self) -> Preview:
        """The first records, and what was found out about the API."""
        sample = self._sampled
        named = {"pagination": "Pages", "records": "Where the records are", "primary_key": "Key"}
        found = {label: sample.found[name] for name, label in named.items() if name in sample.found}
        if sample.tables:
            found["Lists within, as tables of their own"] = ", ".join(name.strip("/") for name in sample.tables)
        width = min([MOST_SHOWN, *map(len, sample.rows[:1])])
        names = tuple(column.name for column in sample.columns)
        rows = tuple(row[:width] for row in sample.rows[:ROWS_SHOWN])
        return Preview(columns=names[:width], rows=rows, found=found)

    @functools.cached_property
    def _sampled(self) -> Sample:
        """One request for all that is said of the first page."""
        return self.sample()

    def sample(self) -> Sample:
        """The first page, looked at; raises `SourceError`, `OutboundError`."""
        fetcher = self._fetcher(tries=SAMPLE_TRIES)
        answer = fetcher.fetch(pages.first_url(self._api, ""))
        found = detection.completed(self._api, answer)
        envelope = opened(answer.body, found.names or (), host=found.host)
        with scratch_folder(self._settings.home) as folder, self._duck() as duck, _translated(found.host):
            file = folder / "records.ndjson"
            lines = lines_of(envelope.records)
            file.write_bytes(b"".join(lines))
            relation = shaping.records_in(file, max(map(len, lines), default=0))
            shape = shaping.shape(duck, relation, {})
            return Sample(
                api=found, columns=_columns(shape.fields, list(shape.tables)), tables=tuple(shape.tables),
                rows=_first_rows(duck, relation, shape), records=len(lines), key=self._key(envelope.records, shape),
            )  # fmt: skip

    @contextlib.contextmanager
    def reading(self, duck: DuckDBConnection, folder: Path, on_progress: OnProgress) -> Iterator["ApiReading"]:
        """Nothing is asked yet."""
        hashing.prepare(duck, self._settings.secrets)
        yield ApiReading(duck, self._api, self._fetcher(), folder, on_progress)

    def _fetcher(self, *, tries: int = TRIES) -> Fetcher:
        return Fetcher(api=self._api, signer=Signer.of(self._api, self._settings.secrets), tries=tries)

    @contextlib.contextmanager
    def _duck(self) -> Iterator[duckdb.DuckDBPyConnection]:
        duck = open_duckdb(home=self._settings.home, extensions=(), memory_bytes=SAMPLE_MEMORY_BYTES, threads=1)
        try:
            yield duck
        finally:
            duck.close()

    def _key(self, records: Sequence[str], shape: Shape) -> tuple[str, ...]:
        """The columns of the key that somebody said, else of the one that seems to be it."""
        said = self._api.key or detection.key_of(list(_objects(records)))
        columns = [_column_in(shape.fields, name) for name in said]
        return tuple(column for column in columns if column)


class ApiReading(Reading):
    """The API, opened for one update."""

    def __init__(
        self, duck: DuckDBConnection, api: Api, fetcher: Fetcher, folder: Path, on_progress: OnProgress
    ) -> None:
        self._duck, self._api, self._fetcher = duck, api, fetcher
        self._folder = folder / "api"
        self._on_progress = on_progress
        self._columns: dict[str, Sequence[Column]] = {}

    def bound(self, wanted: Wanted, position: Position) -> Position:
        """The moment at which this update began."""
        return {"now": utcnow().isoformat()}

    def columns(self, wanted: Wanted) -> Sequence[Column]:
        """Those of what was read; none before that."""
        return self._columns.get(wanted.stream, ())

    def batches(self, wanted: Wanted, position: Position, bound: Position) -> Sequence[Batch]:
        """The records, and what is in their lists. None at all where there are no records yet."""
        if wanted.stream != self._api.table:
            raise SourceChanged(f"The data flow's table is now called {self._api.table}, no longer {wanted.stream}.")
        made = self._made(wanted, position, str(bound.get("now", "")))
        if not made.fields:
            return []
        left_out = _is_left_out(wanted)
        columns = _columns(made.fields, [each.pointer for each in made.tables])
        self._columns[wanted.stream] = [column for column in columns if not left_out(column.name)]
        rows = self._rows(wanted, made, position)
        tables = [
            self._table(wanted, made, each, rows)
            for each in made.tables
            if not left_out("_".join(paths.parts(each.pointer)))
        ]
        return [rows, *tables]

    def _made(self, wanted: Wanted, position: Position, now: str) -> Made:
        kept = {**asdict(wanted), "mode": wanted.mode.value, "deletes": wanted.deletes.value}
        asked = hashlib.sha256(
            json.dumps([kept, dict(position), now, asdict(self._api)], default=str, sort_keys=True).encode()
        ).hexdigest()
        if (made := making.made_before(self._folder, asked)) is not None:
            return made
        key = wanted.key or self._api.key
        file, note = extract(
            self._api, self._fetcher, self._folder, since=self._since(wanted, position), is_keyed=bool(key),
            on_progress=self._on_progress,
        )  # fmt: skip
        self._on_progress("Finding types", note.rows)
        work = Making(
            duck=self._duck, folder=self._folder, wanted=wanted, position=position, key=key, now=now, asked=asked,
            relation=shaping.records_in(file, note.longest),
        )  # fmt: skip
        with _translated(self._api.host):
            return work.make()

    def _since(self, wanted: Wanted, position: Position) -> str:
        since = position.get("since")
        if wanted.mode is Mode.FULL or since is None:
            return ""
        kinds = {each.column: each.type for each in making.fields_of(position.get("fields", ()))}
        return making.lower(str(since), kinds.get(wanted.cursor, ""), wanted.look_back)

    def _rows(self, wanted: Wanted, made: Made, position: Position) -> Batch:
        mode = _mode(wanted, position)
        left_out = _is_left_out(wanted)
        shown = [each for each in made.fields if not left_out(each.column)]
        columns = [making.ROW_ID] if made.row_id else []
        listed = [identifier(name) for name in columns] + [_brought(each, wanted) for each in shown]
        if made.file:
            select = f"SELECT {', '.join(listed)} FROM {self._file(made.file)}"
        else:
            nothing = [f"CAST(NULL AS {each.type}) AS {identifier(each.column)}" for each in made.fields]
            nothing += [f"CAST(NULL AS VARCHAR) AS {identifier(name)}" for name in columns]
            select = f"SELECT {', '.join(listed)} FROM (SELECT {', '.join(nothing)}) WHERE false"
        has_rejects = made.rejected or position.get("has_rejects")
        rejects = f"SELECT reason, raw FROM {self._file('rejected.parquet')}" if has_rejects and made.file else ""
        return Batch(
            select=select, mode=mode, key=made.key if mode is LoadMode.MERGE else (),
            position=_position(made, position), rejects=rejects,
        )  # fmt: skip

    def _table(self, wanted: Wanted, made: Made, table: Table, rows: Batch) -> Batch:
        """A list's objects. Where rows are merged, all objects of a row give way to those that it has now."""
        own = {name: making.PARENT + name.lstrip("_") for name in made.key or (making.ROW_ID,)}
        hidden = {parent for name, parent in own.items() if name in wanted.hashed}
        columns = [*own.values(), making.INDEX]
        listed = [
            f"{hashing.hashed(identifier(name))} AS {identifier(name)}" if name in hidden else identifier(name)
            for name in columns
        ]
        listed += [identifier(each.column) for each in table.fields]
        select = f"SELECT {', '.join(listed)} FROM {self._file(table.file)}" if made.file else ""
        if not made.file:
            kinds = {each.column: each.type for each in made.fields}
            nothing = [f"CAST(NULL AS {kinds.get(name, 'VARCHAR')}) AS {identifier(own[name])}" for name in own]
            nothing += [f"CAST(NULL AS BIGINT) AS {identifier(making.INDEX)}"]
            nothing += [f"CAST(NULL AS {each.type}) AS {identifier(each.column)}" for each in table.fields]
            select = f"SELECT {', '.join(listed)} FROM (SELECT {', '.join(nothing)}) WHERE false"
        is_merged = rows.mode is LoadMode.MERGE
        replaced = ", ".join(f"{identifier(name)} AS {identifier(parent)}" for name, parent in own.items())
        return Batch(
            select=select, mode=LoadMode.APPEND if is_merged else rows.mode, suffix=table.suffix,
            key=tuple(own.values()) if is_merged else (),
            replaced_keys=f"SELECT {replaced} FROM ({rows.select})" if is_merged else "",
        )  # fmt: skip

    def _file(self, name: str) -> str:
        return f"read_parquet({pattern(self._folder / name)})"


@contextlib.contextmanager
def _translated(host: str) -> Iterator[None]:
    """What DuckDB says of records, in words of ours: its own show values."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise SourceDamaged(f"{host} gives records that are too large to be looked at.") from None
    except (duckdb.ConversionException, duckdb.InvalidInputException):
        raise SourceDamaged(f"Some records of {host} can't be read as they are.") from None


def _mode(wanted: Wanted, position: Position) -> LoadMode:
    if wanted.mode is Mode.DELTA:
        return LoadMode.REPLACE if position.get("since") is None else LoadMode.MERGE
    return LoadMode.APPEND if wanted.mode is Mode.APPEND and position else LoadMode.REPLACE


def _position(made: Made, before: Position) -> Position:
    tables = [replace(each, file="") for each in made.tables]
    return {
        "since": made.since, "seen": list(made.seen), "row_id": made.row_id,
        "fields": [asdict(each) for each in made.fields], "tables": [asdict(each) for each in tables],
        "has_rejects": bool(made.rejected or before.get("has_rejects")),
    }  # fmt: skip


def _is_left_out(wanted: Wanted) -> Any:
    return lambda name: name in wanted.left_out or (wanted.columns and name not in wanted.columns)


def _brought(each: Field, wanted: Wanted) -> str:
    name = identifier(each.column)
    return f"{hashing.hashed(name)} AS {name}" if each.column in wanted.hashed else name


def _columns(fields: Sequence[Field], tables: Sequence[str]) -> tuple[Column, ...]:
    own = [
        Column(
            name=each.column, type=_as_duckdb(each.type), source_type=paths.dotted(paths.parts(each.pointer)),
            concern=concern(each.column),
        )
        for each in fields
    ]  # fmt: skip
    lists = [Column(name="_".join(paths.parts(each)), type="JSON", source_type=A_TABLE) for each in tables]
    return (*own, *lists)


def _as_duckdb(kind: str) -> str:
    return kind.replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE")


def _column_in(fields: Sequence[Field], name: str) -> str:
    pointer = paths.pointer(paths.parts(name))
    return next((each.column for each in fields if name == each.column or pointer == each.pointer), "")


def _column_of(sample: Sample, name: str) -> str:
    """The column of a field that is named by its column, or by where it is in a record."""
    written = paths.dotted(paths.parts(name))
    return next((each.name for each in sample.columns if name == each.name or written == each.source_type), "")


def _objects(records: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    for each in records:
        value = json.loads(each)
        if isinstance(value, dict):
            yield value


def _first_rows(duck: DuckDBConnection, relation: str, shape: Shape) -> tuple[tuple[str | None, ...], ...]:
    if not shape.fields:
        return ()
    select = shaping.select(
        shape.fields, shaping.Records(relation=relation, extra={"__n": "n"}), "json_type(r) = 'OBJECT'"
    )
    rows = duck.execute(
        f"SELECT CAST(COLUMNS(* EXCLUDE (__n)) AS VARCHAR) FROM ({select}) ORDER BY __n LIMIT {SAMPLE_ROWS}"
    ).fetchall()
    return tuple(tuple(row) for row in rows)


def _doubts(api: Api, sample: Sample) -> Sequence[Check]:
    """A round number of records on the only page looks like the first of several."""
    is_one_page = sample.api.pagination.kind is apis.Paging.NONE
    if api.pagination.kind is not apis.Paging.AUTO or not is_one_page or sample.records not in USUAL_SIZES:
        return []
    title = f"There are exactly {sample.records:,} records: perhaps there are further pages"
    detail = "We saw no way to a next page. If there is one, say how pages follow one another."
    return [Check(title=title, result=CheckResult.NOT_CHECKABLE, detail=detail)]


def _said(sample: Sample) -> Sequence[str]:
    """What was found, for people."""
    api, pagination = sample.api, sample.api.pagination
    where = f"at {api.records}" if api.records else "on the page itself"
    found = [
        f"{api.host} answers",
        f"{sample.records:,} records {where}, with {len(sample.columns):,} columns"
        if sample.records
        else f"No records {where} just now",
        {
            apis.Paging.NONE: "All records are on one page",
            apis.Paging.LINK: "The next page comes from the Link header",
            apis.Paging.NEXT_URL: f"The next page's address is at {pagination.next_path}",
            apis.Paging.CURSOR: f"The next page comes by the cursor at {pagination.next_path}",
            apis.Paging.PAGE: f"Pages are counted by {pagination.parameter}",
            apis.Paging.OFFSET: f"Pages go on by {pagination.parameter}",
        }.get(pagination.kind, ""),
    ]
    if sample.key:
        found.append(f"A record is told by its {', '.join(sample.key)}")
    if sample.tables:
        found.append(
            f"Lists that become tables: {', '.join(paths.dotted(paths.parts(each)) for each in sample.tables)}"
        )
    return [each for each in found if each]
