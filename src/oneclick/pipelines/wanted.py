"""What a data flow wants of its streams, as it is kept: `Wanted` to JSON and back, and what can't be."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from oneclick.pipelines.contract.errors import BadFlow
from oneclick.pipelines.contract.sources import Mode, Stream, Wanted
from oneclick.warehouses.contract.data_plane import DELETED_AT, Deletes

LONGEST = 63
_WANTED = TypeAdapter(list[Wanted])
LOOK_BACK_S = 600
LOOK_BACK_ROWS = 1000
_TIMES = ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE")


def to_json(wanted: Iterable[Wanted]) -> list[dict[str, Any]]:
    """For `DataFlow.streams`."""
    return [
        asdict(each) | {"mode": each.mode.value, "deletes": each.deletes.value}
        for each in wanted
    ]  # fmt: skip


def from_json(kept: Sequence[Mapping[str, Any]]) -> list[Wanted]:
    """From `DataFlow.streams`, or from a request; raises `BadFlow`."""
    known = {field.name for field in fields(Wanted)}
    for each in kept:
        if unknown := sorted(set(each) - known):
            raise BadFlow(f"A table of a data flow has no {unknown[0]!r}.", hint=f"It has: {', '.join(sorted(known))}.")
    try:
        return _WANTED.validate_python(kept)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"][1:]))
        raise BadFlow(f"{where or 'A table'} of the data flow isn't right: {first['msg']}.") from exc


def suggested(stream: Stream, *, table: str) -> Wanted:
    """What most people want of a stream: what changed where that can be told, else all of it; no secrets."""
    from oneclick.pipelines.contract.sources import Concern

    left_out = tuple(column.name for column in stream.columns if column.concern is Concern.SECRET)
    if stream.key and stream.cursors and not set(stream.key) & set(left_out):
        cursor = stream.cursors[0]
        return Wanted(
            stream=stream.name, table=table, mode=Mode.DELTA, key=stream.key, cursor=cursor,
            look_back=look_back(stream, cursor), deletes=Deletes.KEEP if stream.has_own_state else Deletes.MARK,
            left_out=tuple(name for name in left_out if name != cursor),
        )  # fmt: skip
    return Wanted(stream=stream.name, table=table, left_out=left_out)


def look_back(stream: Stream, cursor: str) -> int:
    """How far each update reads back, for transactions that began before the last one and ended after it."""
    if stream.has_own_state:
        return 0
    kinds = {column.name: column.type for column in stream.columns}
    return LOOK_BACK_S if kinds.get(cursor) in _TIMES else LOOK_BACK_ROWS


def table_names(streams: Sequence[Stream]) -> dict[str, str]:
    """A table for each stream, named after it; with its schema where two would be called the same."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for stream in streams:
        schema, _, table = stream.name.rpartition(".")
        plain = plain_name(table)
        if plain.casefold() in taken:
            plain = plain_name(f"{schema}_{table}")
        number = 2
        while plain.casefold() in taken:
            plain, number = f"{plain_name(table)[: LONGEST - 4]}_{number}", number + 1
        taken.add(plain.casefold())
        names[stream.name] = plain
    return names


def plain_name(name: str) -> str:
    """A table's name as it is easily typed: letters, digits and underscores."""
    cleaned = re.sub(r"\W+", "_", name).strip("_").lower() or "table"
    return (f"t_{cleaned}" if cleaned[0].isdigit() else cleaned)[:LONGEST]


def validate(wanted: Sequence[Wanted]) -> None:
    """Raise `BadFlow` for what can't be, whatever the source."""
    tables: set[str] = set()
    for each in wanted:
        folded = each.table.casefold()
        if not re.fullmatch(r"[^\W\d][\w$ -]{0,62}", each.table):
            raise BadFlow(f"{each.table!r} can't be the name of a table.", hint="Use letters, digits and underscores.")
        if folded.endswith("_rejected") or folded.startswith("_"):
            raise BadFlow(f"The name {each.table!r} is kept for tables of our own.", hint="Choose another one.")
        if folded in tables:
            raise BadFlow(f"Two of its tables are called {each.table}.", hint="Give one of them another name.")
        tables.add(folded)
        _validate_mode(each)


def _validate_mode(wanted: Wanted) -> None:
    if wanted.mode is not Mode.FULL and not wanted.cursor:
        raise BadFlow(
            f"To bring only what is new of {wanted.stream}, a column has to tell what is new.",
            hint="Choose that column, or bring all rows each time.",
        )
    if wanted.mode is Mode.DELTA and not wanted.key:
        raise BadFlow(
            f"{wanted.stream} has no key, so changed rows can't be told from new ones.",
            hint="Choose the columns that identify a row, or bring all rows each time.",
        )
    if wanted.mode is Mode.APPEND and wanted.look_back:
        raise BadFlow(f"Rows of {wanted.stream} that are only added can't be read twice.", hint="Set look_back to 0.")
    if wanted.deletes is not Deletes.KEEP and wanted.mode is not Mode.DELTA:
        raise BadFlow(f"Deletes of {wanted.stream} can only be followed where changed rows are merged.")
    needed = {*wanted.key, wanted.cursor} - {""}
    if lost := sorted(needed & {*wanted.left_out, *wanted.hashed} - ({*wanted.hashed} & {*wanted.key})):
        raise BadFlow(f"The column {lost[0]} of {wanted.stream} is needed and can't be left out.")
    if wanted.hashed and wanted.deletes is not Deletes.KEEP and {*wanted.hashed} & {*wanted.key}:
        raise BadFlow(f"A key of {wanted.stream} that is made unreadable can't be used to find deleted rows.")
    if DELETED_AT in wanted.columns:
        raise BadFlow(f"The column {DELETED_AT} is our own.")
    if wanted.look_back < 0:
        raise BadFlow("The look-back can't be negative.")
