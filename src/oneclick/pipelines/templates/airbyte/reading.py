"""One run's reading of a connector: a process for each stream, its rows in a file, and then SQL over the file.

What a mode makes of rows and states:

- all rows: read from the start, also after a crash, as nobody promises that such a reading can be gone on with; so is
  what a connector reads whose states can't be gone on from;
- what changed: from the last state on; of each key the row that came last; what came after the last state comes again,
  which merging takes;
- what is new: from the last state on; what came after the last state is left for the next update, else it would come
  twice.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from oneclick.pipelines.concerns import concern
from oneclick.pipelines.contract.errors import SourceChanged, SourceDamaged, SourceUnavailable
from oneclick.pipelines.contract.sources import (
    Batch,
    Column,
    Concern,
    Mode,
    OnProgress,
    Position,
    Reading,
    Wanted,
)
from oneclick.pipelines.templates.airbyte.conversation import Conversation
from oneclick.pipelines.templates.airbyte.errors import ConnectorFailed
from oneclick.pipelines.templates.airbyte.records import RecordFile
from oneclick.pipelines.templates.airbyte.rows import Field, RowsQuery
from oneclick.pipelines.templates.airbyte.streams import TEXT, ConnectorStream
from oneclick.pipelines.templates.file_import.naming import column_names
from oneclick.warehouses.contract.data_plane import DuckDBConnection, LoadMode

TRIES = 3
PAUSE_S = 2.0
STATE = "state"
REJECTED = "has_rejected"
"""In a position: rows of this table were set aside once, so there is a table of them to bring up to date."""


class ConnectorReading(Reading):
    """Streams of one connector."""

    def __init__(
        self,
        duck: DuckDBConnection,
        conversation: Conversation,
        streams: Mapping[str, ConnectorStream],
        *,
        folder: Path,
        resumes: bool,
        on_progress: OnProgress,
    ) -> None:
        self._duck, self._conversation, self._streams, self._folder = duck, conversation, streams, folder
        self._resumes, self._on_progress = resumes, on_progress

    def columns(self, wanted: Wanted) -> Sequence[Column]:
        """Those of the catalog that are wanted."""
        return [column for column, _ in self._chosen(wanted)]

    def batches(self, wanted: Wanted, position: Position, bound: Position) -> Sequence[Batch]:
        """One, with the rows that came."""
        stream = self._streams.get(wanted.stream)
        if stream is None:
            raise SourceChanged(f"The connector has no {wanted.stream} any more.")
        self._chosen(wanted)
        with RecordFile(self._folder, wanted.stream) as file:
            if not file.checkpoint.is_done:
                self._bring(stream, wanted, None if wanted.mode is Mode.FULL else position.get(STATE), file)
        return [self._batch(stream, wanted, position, file)]

    # -- reading -----------------------------------------------------------------------------------------------

    def _bring(self, stream: ConnectorStream, wanted: Wanted, since: Any, file: RecordFile) -> None:
        """Read the stream to its end, some times over where that may help."""
        for attempt in range(1, TRIES + 1):
            if wanted.mode is Mode.FULL or not self._resumes:
                file.begin_again()
            try:
                self._read(stream, wanted, since, file)
                break
            except (SourceUnavailable, SourceDamaged, ConnectorFailed):
                if attempt == TRIES:
                    raise
                file.go_back()
                self._pause(PAUSE_S * attempt, wanted)
        file.finish(only_kept=wanted.mode is Mode.APPEND and file.state is not None)

    def _read(self, stream: ConnectorStream, wanted: Wanted, since: Any, file: RecordFile) -> None:
        name = str(stream.raw["name"])
        talk = replace(
            self._conversation, on_pulse=lambda: self._on_progress(f"Reading {wanted.stream}", file.rows)
        )  # fmt: skip
        for said in talk.read(stream.configured(wanted), since if file.state is None else file.state):
            if said.record is not None:
                if said.record.stream == name:
                    file.add(said.record.data)
            elif said.state is not None:
                _demand_whole(said.state, wanted, file)
                if (state := state_of(said.state, name)) is not None:
                    file.keep(state)

    def _pause(self, seconds: float, wanted: Wanted) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._on_progress(f"Trying {wanted.stream} again", None)
            time.sleep(0.2)

    # -- what came ---------------------------------------------------------------------------------------------

    def _batch(self, stream: ConnectorStream, wanted: Wanted, position: Position, file: RecordFile) -> Batch:
        state = file.checkpoint.state
        if wanted.mode is Mode.APPEND and file.checkpoint.rows and state is None and STATE in position:
            raise SourceDamaged(
                f"The connector sent rows of {wanted.stream} and didn't say how far it came, so they would come twice.",
                hint="Bring all rows each time.",
            )
        query, rejected = self._looked_at(stream, wanted, file)
        is_first = wanted.mode is Mode.FULL or STATE not in position
        kept = {} if wanted.mode is Mode.FULL else {STATE: state} if state is not None else _state_in(position)
        has_rejects = bool(rejected) or bool(position.get(REJECTED))
        merges = wanted.mode is Mode.DELTA
        return Batch(
            select=query.select(latest="key" if merges else "row" if wanted.mode is Mode.APPEND else ""),
            mode=LoadMode.REPLACE if is_first else LoadMode.MERGE if merges else LoadMode.APPEND,
            key=wanted.key if merges and not is_first else (),
            position={**kept, REJECTED: True} if has_rejects else kept,
            rejects=query.rejects() if has_rejects else "",
        )

    def _looked_at(self, stream: ConnectorStream, wanted: Wanted, file: RecordFile) -> tuple[RowsQuery, int]:
        """How to select the rows, and how many don't fit."""
        self._on_progress(f"Looking at {wanted.stream}", file.checkpoint.rows)
        fields = [
            Field(column=column.name, property=name, type=column.type, is_hashed=column.name in wanted.hashed)
            for column, name in self._chosen(wanted)
        ]
        brought = {each.property for each in fields if not each.is_hashed}
        hidden = [name for name in stream.properties if name not in brought]
        key = wanted.key or stream.stream.key
        key = key if {*key} <= {each.column for each in fields} else ()
        query = RowsQuery(file=file.path, fields=fields, hidden=hidden, key=key)
        try:
            (count,) = self._duck.execute(query.counts()).fetchone()
            came = {str(name) for (name,) in self._duck.execute(query.properties()).fetchall()}
        except duckdb.Error as exc:
            raise SourceDamaged(f"The rows of {wanted.stream} can't be read: {str(exc).splitlines()[0]}") from exc
        late, secret = self._late(stream, wanted, came)
        return (
            RowsQuery(
                file=file.path, fields=[*fields, *late], hidden=[*hidden, *secret], key=key, all_fit=count == 0
            ),
            count,
        )  # fmt: skip

    def _late(self, stream: ConnectorStream, wanted: Wanted, came: set[str]) -> tuple[Sequence[Field], Sequence[str]]:
        """Fields that the catalog doesn't tell of, and the names of those that look secret, which aren't brought."""
        names = sorted(came - set(stream.properties))
        columns = column_names([*stream.properties, *names])[len(stream.properties) :]
        found = [Field(column=column, property=name, type=TEXT) for column, name in zip(columns, names, strict=True)]
        secret = [each.property for each in found if concern(each.column) is Concern.SECRET]
        kept = [
            each
            for each in found
            if each.property not in secret
            and each.column not in wanted.left_out
            and (not wanted.columns or each.column in wanted.columns)
        ]
        gone = [each.property for each in found if each not in kept]
        return kept, gone

    def _chosen(self, wanted: Wanted) -> Sequence[tuple[Column, str]]:
        """The catalog's columns that are wanted, each with its property."""
        stream = self._streams.get(wanted.stream)
        if stream is None:
            raise SourceChanged(f"The connector has no {wanted.stream} any more.")
        pairs = list(zip(stream.stream.columns, stream.properties, strict=True))
        there = {column.name for column, _ in pairs}
        if missing := sorted({*wanted.key} - there):
            raise SourceChanged(f"{wanted.stream} has no {missing[0]} any more.")
        return [
            (column, name)
            for column, name in pairs
            if column.name not in wanted.left_out and (not wanted.columns or column.name in wanted.columns)
        ]


def state_of(state: Mapping[str, Any], stream: str) -> Any:
    """The message's state as a state file has it; None where it is another stream's."""
    kind = state.get("type") or "LEGACY"
    if kind == "STREAM":
        named = state.get("stream", {}).get("stream_descriptor", {}).get("name")
        return [{"type": kind, "stream": state["stream"]}] if named == stream else None
    if kind == "GLOBAL":
        return [{"type": kind, "global": state.get("global")}]
    return state.get("data")


def _state_in(position: Position) -> dict[str, Any]:
    return {STATE: position[STATE]} if STATE in position else {}


def _demand_whole(state: Mapping[str, Any], wanted: Wanted, file: RecordFile) -> None:
    """The connector counts what it sent since its last state; fewer rows than that have been lost on the way."""
    announced = int((state.get("sourceStats") or {}).get("recordCount") or 0)
    if file.since_state < announced:
        raise SourceDamaged(
            f"The connector sent {announced:,} rows of {wanted.stream}, and {file.since_state:,} of them came.",
            hint="Try again, and another version of the connector if that doesn't help.",
        )
