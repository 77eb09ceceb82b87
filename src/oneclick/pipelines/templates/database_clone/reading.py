"""What the databases have in common: a table becomes a SELECT, all of it or what is new since."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from oneclick.core.clock import utcnow
from oneclick.duck.quoting import identifier, literal
from oneclick.pipelines.contract.errors import SourceChanged
from oneclick.pipelines.contract.sources import Batch, Column, Mode, Position, Reading, Stream, Wanted
from oneclick.pipelines.hashing import hashed
from oneclick.warehouses.contract.data_plane import Deletes, DuckDBConnection, LoadMode

SWEEP_ALWAYS_BELOW = 200_000
"""Rows of a table whose keys are compared at every update; those of larger ones once in `SWEEP_EVERY`."""
SWEEP_EVERY = timedelta(hours=1)
ALIAS = "src"


@dataclass(frozen=True, kw_only=True)
class Expression:
    """How one column is selected: `remote` in the database's own SQL, `local` in DuckDB's over what then arrives.

    `only_remote`: DuckDB's scanner would lose something, so the table is read through the database's own SELECT.
    """

    column: Column
    remote: str
    local: str
    only_remote: bool = False


class TableReading(Reading):
    """Tables of one database that is attached as `src`."""

    def __init__(self, duck: DuckDBConnection, streams: Sequence[Stream]) -> None:
        self._duck = duck
        self._streams = {stream.name: stream for stream in streams}

    def columns(self, wanted: Wanted) -> Sequence[Column]:
        """Those that the table has now, but for those that are left out."""
        return self._chosen(wanted)

    def bound(self, wanted: Wanted, position: Position) -> Position:
        """The cursor's highest value at this moment."""
        if wanted.mode is Mode.FULL:
            return {}
        self._chosen(wanted)
        newest = self.newest(wanted.stream, wanted.cursor)
        return {"cursor": newest} if newest is not None else dict(position)

    def batches(self, wanted: Wanted, position: Position, bound: Position) -> Sequence[Batch]:
        """One, with the rows of the table."""
        columns = self._chosen(wanted)
        low = position.get("cursor")
        is_first = wanted.mode is Mode.FULL or low is None
        where = "" if is_first else self.since(wanted, str(low))
        if wanted.mode is Mode.APPEND:
            # Nothing that came after the bound: the next update brings it, and rows can't be merged here.
            until = self.until(wanted, str(bound["cursor"])) if "cursor" in bound else "false"
            where = f"{where} AND {until}" if where else until
        select = self.select(wanted, [self.expression(column) for column in columns], where)
        if wanted.mode is Mode.APPEND:
            mode = LoadMode.REPLACE if is_first and not position else LoadMode.APPEND
        else:
            mode = LoadMode.REPLACE if is_first else LoadMode.MERGE
        swept = self._sweep(wanted, position) if mode is LoadMode.MERGE else None
        kept = {} if wanted.mode is Mode.FULL else {**position, **bound}
        if mode is LoadMode.REPLACE or swept:
            kept |= {} if wanted.deletes is Deletes.KEEP else {"swept_at": utcnow().isoformat()}
        return [
            Batch(
                select=select, mode=mode, key=wanted.key if mode is LoadMode.MERGE else (), position=kept,
                present_keys=swept or "",
            )
        ]  # fmt: skip

    def _sweep(self, wanted: Wanted, position: Position) -> str | None:
        """The SELECT of all keys, where it is time to look for what is gone."""
        if wanted.deletes is Deletes.KEEP:
            return None
        swept_at = str(position.get("swept_at", ""))
        is_small = (self._streams[wanted.stream].rows or 0) < SWEEP_ALWAYS_BELOW
        if not is_small and swept_at > (utcnow() - SWEEP_EVERY).isoformat():
            return None
        keys = [column for column in self._streams[wanted.stream].columns if column.name in wanted.key]
        return self.select(wanted, [self.expression(column) for column in keys], "")

    def _chosen(self, wanted: Wanted) -> Sequence[Column]:
        stream = self._streams.get(wanted.stream)
        if stream is None:
            raise SourceChanged(f"The table {wanted.stream} isn't there any more, or we may no longer read it.")
        there = {column.name for column in stream.columns}
        needed = {*wanted.key, *([wanted.cursor] if wanted.cursor else []), *wanted.columns}
        if missing := sorted(needed - there):
            raise SourceChanged(f"The table {wanted.stream} has no column {missing[0]} any more.")
        return [
            column
            for column in stream.columns
            if column.name not in wanted.left_out and (not wanted.columns or column.name in wanted.columns)
        ]

    def select(self, wanted: Wanted, expressions: Sequence[Expression], where: str) -> str:
        """The SELECT of these expressions, as they are to be brought."""
        listed = ", ".join(f"{_brought(each, wanted)} AS {identifier(each.column.name)}" for each in expressions)
        return f"SELECT {listed} FROM {self.relation(wanted.stream, expressions, where)}"

    def relation(self, stream: str, expressions: Sequence[Expression], where: str) -> str:
        """What DuckDB reads them from: the attached table, whose scanner hands the condition on."""
        return f"{self.attached(stream)}{f' WHERE {where}' if where else ''}"

    def attached(self, stream: str) -> str:
        """The table as DuckDB names it."""
        schema, table = split(stream)
        return f"{ALIAS}.{identifier(schema)}.{identifier(table)}"

    def column(self, stream: str, name: str) -> Column:
        """A column that is there."""
        return next(each for each in self._streams[stream].columns if each.name == name)

    @abstractmethod
    def newest(self, stream: str, cursor: str) -> str | None:
        """The highest value of a column as the database writes it, but none of the future; None without rows."""

    @abstractmethod
    def since(self, wanted: Wanted, low: str) -> str:
        """The condition for rows that may be new since `low`."""

    def until(self, wanted: Wanted, high: str) -> str:
        """The condition for rows up to `high`, that moment included."""
        column = self.column(wanted.stream, wanted.cursor)
        return f"{identifier(column.name)} <= {back_from(column, high, 0)}"

    @abstractmethod
    def expression(self, column: Column) -> Expression:
        """How a column is selected."""


def _brought(each: Expression, wanted: Wanted) -> str:
    return hashed(each.local) if each.column.name in wanted.hashed else each.local


def split(stream: str) -> tuple[str, str]:
    """A stream's name as schema and table; it is made by `joined`."""
    schema, _, table = stream.partition(".")
    return schema, table


def joined(schema: str, table: str) -> str:
    """Schema and table as one stream's name."""
    return f"{schema}.{table}"


def of_kind(config: Mapping[str, str], name: str, usual: str = "") -> str:
    """One of the settings, stripped."""
    return str(config.get(name, "") or usual).strip()


TIMES = ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE")


def back_from(column: Column, low: str, look_back: int) -> str:
    """DuckDB's text for a moment or number, and back from it by the look-back."""
    if column.type in TIMES:
        moment = f"{literal(low)}::{'TIMESTAMP' if column.type != 'DATE' else 'DATE'}"
        unit = f"{-(-look_back // 86400)} DAY" if column.type == "DATE" else f"{look_back} SECOND"
        return f"({moment} - INTERVAL {unit})::{moment.rpartition('::')[2]}" if look_back else moment
    return str(int(low) - look_back)
