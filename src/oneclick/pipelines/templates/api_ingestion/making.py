"""From the file of records to the Parquet files of one update: which records count, their columns, the child tables.

What was made is written down at the end as a whole (`made.json`), and used as it is by an attempt that finds it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from oneclick.duck.quoting import literal
from oneclick.pipelines.contract.errors import SourceChanged, SourceDamaged
from oneclick.pipelines.contract.sources import Mode, Position, Wanted
from oneclick.pipelines.templates.api_ingestion import paths, shaping
from oneclick.pipelines.templates.api_ingestion.shaping import Field, Records, Shape
from oneclick.pipelines.wanted import LONGEST, plain_name
from oneclick.warehouses.contract.data_plane import DuckDBConnection

MADE = "made.json"
ROW_ID, INDEX, PARENT = "_row_id", "_index", "_parent_"
MOST_TIES = 10_000
MOST_SHOWN = 1000
MOMENTS = ("TIMESTAMP", "TIMESTAMPTZ", "DATE")
NO_OBJECT = "This is no object with names and values."
_IS_OBJECT = "json_type(r) = 'OBJECT'"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of its own for the objects in a list."""

    pointer: str
    suffix: str
    file: str = ""
    fields: tuple[Field, ...] = ()


@dataclass(kw_only=True)
class Made:
    """What one update brings: columns, child tables, how far was read, and who has been seen at that very point."""

    asked: str
    file: str = ""
    rows: int = 0
    rejected: int = 0
    row_id: bool = False
    key: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    tables: tuple[Table, ...] = ()
    since: str | None = None
    seen: tuple[str, ...] = ()

    def save(self, folder: Path) -> None:
        """Write it down as a whole."""
        draft = folder / f"{MADE}.part"
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(folder / MADE)


def made_before(folder: Path, asked: str) -> Made | None:
    """What an earlier attempt made of the same."""
    try:
        found = json.loads((folder / MADE).read_text())
    except (OSError, ValueError):
        return None
    if found["asked"] != asked:
        return None
    tables = tuple(_table(each) for each in found["tables"])
    return Made(**{
        **found, "fields": fields_of(found["fields"]), "tables": tables, "key": tuple(found["key"]),
        "seen": tuple(found["seen"]),
    })  # fmt: skip


def fields_of(kept: Sequence[Mapping[str, str]]) -> tuple[Field, ...]:
    """Fields from JSON."""
    return tuple(Field(**each) for each in kept)


def tables_of(position: Position) -> dict[str, Table]:
    """The child tables of earlier updates."""
    return {each["pointer"]: _table(each) for each in position.get("tables", ())}


def _table(kept: Mapping[str, Any]) -> Table:
    return Table(**{**kept, "fields": fields_of(kept["fields"])})


@dataclass(kw_only=True)
class Making:
    """One update's files in the making. `now` is the moment that the update began, as PostgreSQL and DuckDB read it."""

    duck: DuckDBConnection
    folder: Path
    wanted: Wanted
    position: Position
    key: tuple[str, ...]
    now: str
    asked: str
    relation: str
    _shape: Shape = field(default_factory=Shape)

    def make(self) -> Made:
        """Write the files. Raises `SourceChanged`, `SourceDamaged`."""
        known = {} if self.wanted.mode is Mode.FULL else {
            each.pointer: each for each in fields_of(self.position.get("fields", ()))
        }  # fmt: skip
        self._shape = shaping.shape(self.duck, self.relation, known, reserved=(ROW_ID,))
        if not self._shape.fields:
            return self._nothing()
        sound, reason = self._sound()
        made = Made(asked=self.asked, fields=tuple(self._shape.fields), key=tuple(self._key_columns()))
        made.rejected = self._set_aside(sound, reason)
        where = self._chosen(sound)
        made.row_id = bool(self._shape.tables) and not made.key
        made.file = "rows.parquet"
        made.rows = self._write_rows(where, made)
        made.tables = self._write_tables(where, made)
        made.since, made.seen = self._read_until(sound)
        made.save(self.folder)
        return made

    def _nothing(self) -> Made:
        """No record is an object: either there are none, or what came isn't what we read."""
        count = self._one(f"SELECT count(*) FROM {self.relation}")
        if count:
            raise SourceDamaged(
                f"None of the {count:,} records is an object with names and values.",
                hint="Say where the records are, such as data.items.",
            )
        tables = tuple(tables_of(self.position).values())
        made = Made(
            asked=self.asked, tables=tables, fields=fields_of(self.position.get("fields", ())),
            since=self.position.get("since"),
            seen=tuple(self.position.get("seen", ())), key=self.key, row_id=bool(self.position.get("row_id")),
        )  # fmt: skip
        made.save(self.folder)
        return made

    # -- which records count -----------------------------------------------------------------------------------

    def _sound(self) -> tuple[str, str]:
        """The condition for records that fit, and SQL for why one doesn't."""
        conditions, reasons = [_IS_OBJECT], [f"WHEN {_IS_OBJECT} IS NOT TRUE THEN {literal(NO_OBJECT)}"]
        needed = [(each, "to tell it from others") for each in self._key_fields()]
        if self.wanted.mode is Mode.APPEND:
            needed.append((self._field(self.wanted.cursor), "to tell whether it is new"))
        for each, why in needed:
            conditions.append(f"{shaping.text(each)} IS NOT NULL")
            said = f"It has no {paths.dotted(paths.parts(each.pointer))}, which is needed {why}."
            reasons.append(f"WHEN {shaping.text(each)} IS NULL THEN {literal(said)}")
        return f"({' AND '.join(conditions)})", f"CASE {' '.join(reasons)} END"

    def _set_aside(self, sound: str, reason: str) -> int:
        count = self._one(f"SELECT count(*) FILTER ({sound} IS NOT TRUE) FROM {self.relation}")
        shown = f"SELECT {reason} AS reason, CAST(r AS VARCHAR)[:{MOST_SHOWN}] AS raw FROM {self.relation}"
        self._copy(f"{shown} WHERE {f'{sound} IS NOT TRUE' if count else 'false'}", "rejected.parquet")
        return count

    def _chosen(self, sound: str) -> str:
        """The condition for records that are brought: new ones where only these are added, the last of each key."""
        chosen = f"{sound} AND {new}" if (new := self._is_new()) else sound
        keys = ", ".join(shaping.text(each) for each in self._key_fields())
        if not keys:
            return chosen
        rows, different = self._row(
            f"SELECT count(*), count(DISTINCT ({keys})) FROM {self.relation} WHERE {chosen}"
        )  # fmt: skip
        if rows == different:
            return chosen
        return f"n IN (SELECT max(n) FROM {self.relation} WHERE {chosen} GROUP BY {keys})"

    def _is_new(self) -> str:
        """Where rows are only added: those behind the last one, and of its equals those that weren't there yet."""
        if self.wanted.mode is not Mode.APPEND:
            return ""
        cursor = self._field(self.wanted.cursor)
        value = shaping.typed(cursor)
        until = f"{value} <= {self._moment(cursor)}" if cursor.type in MOMENTS else ""
        since = self.position.get("since")
        if since is None:
            return until
        last = f"CAST({literal(str(since))} AS {cursor.type})"
        seen = ", ".join(literal(each) for each in self.position.get("seen", ())) or "''"
        behind = f"({value} > {last} OR ({value} = {last} AND {self._identity()} NOT IN ({seen})))"
        return f"{behind} AND {until}" if until else behind

    def _read_until(self, sound: str) -> tuple[str | None, tuple[str, ...]]:
        """The cursor's highest value as the API writes it, but none of the future: that would hide what is to come."""
        if self.wanted.mode is Mode.FULL or not self.wanted.cursor:
            return None, ()
        cursor = self._field(self.wanted.cursor)
        value = shaping.typed(cursor)
        until = f" AND {value} <= {self._moment(cursor)}" if cursor.type in MOMENTS else ""
        (newest,) = self._row(
            f"SELECT arg_max({shaping.text(cursor)}, {value}) FROM {self.relation} WHERE {sound}{until}"
        )  # fmt: skip
        before = self.position.get("since")
        if newest is None or self._is_older(cursor, str(newest), before):
            return before, tuple(self.position.get("seen", ()))
        if self.wanted.mode is not Mode.APPEND:
            return str(newest), ()
        rows = self.duck.execute(
            f"SELECT DISTINCT {self._identity()} FROM {self.relation} WHERE {sound}"
            f" AND {value} = CAST({literal(str(newest))} AS {cursor.type}) LIMIT {MOST_TIES + 1}"
        ).fetchall()
        if len(rows) > MOST_TIES:
            raise SourceDamaged(
                f"More than {MOST_TIES:,} records have the same {self.wanted.cursor}, so it can't tell what is new.",
                hint="Choose another field, or bring all records each time.",
            )
        same = self.position.get("seen", ()) if str(newest) == str(before) else ()
        return str(newest), tuple(sorted({*same, *(str(each) for (each,) in rows)}))

    def _is_older(self, cursor: Field, newest: str, before: Any) -> bool:
        if before is None:
            return False
        return bool(
            self._one(
                f"SELECT CAST({literal(newest)} AS {cursor.type}) < CAST({literal(str(before))} AS {cursor.type})"
            )
        )

    def _identity(self) -> str:
        keys = [shaping.text(each) for each in self._key_fields()]
        value = f"concat_ws(chr(0), {', '.join(keys)})" if keys else "CAST(r AS VARCHAR)"
        return f"md5({value})[:16]"

    def _moment(self, cursor: Field) -> str:
        return f"CAST(TIMESTAMPTZ {literal(self.now)} AS {cursor.type})"

    # -- files -------------------------------------------------------------------------------------------------

    def _write_rows(self, where: str, made: Made) -> int:
        extra = {ROW_ID: self._row_id()} if made.row_id else {}
        select = shaping.select(self._shape.fields, Records(relation=self.relation, extra=extra), where)
        return self._copy(select, made.file)

    def _write_tables(self, where: str, made: Made) -> tuple[Table, ...]:
        """A file for each list of objects. Lists that are known stay, so that what is gone from them goes."""
        known = {} if self.wanted.mode is Mode.FULL else tables_of(self.position)
        suffixes = {pointer: each.suffix for pointer, each in known.items()}
        tables = []
        for number, pointer in enumerate(dict.fromkeys([*known, *self._shape.tables])):
            suffix = suffixes.get(pointer) or _suffix(pointer, self.wanted.table, set(suffixes.values()))
            suffixes[pointer] = suffix
            before = known[pointer].fields if pointer in known else ()
            fields = self._write_table(pointer, where, made, before=before, file=f"table-{number}.parquet")
            if fields:
                tables.append(Table(pointer=pointer, suffix=suffix, file=f"table-{number}.parquet", fields=fields))
        return tuple(tables)

    def _write_table(
        self, pointer: str, where: str, made: Made, *, before: Sequence[Field], file: str
    ) -> tuple[Field, ...]:
        parents = {column: f"__p{at}" for at, column in enumerate(self._parent_columns(made))}
        values = self._parent_values(made)
        listed = ", ".join(f"{value} AS __p{at}" for at, value in enumerate(values))
        there = f"r->{literal(pointer)}"
        elements = (
            f"(SELECT *, CAST({there} AS JSON[]) AS __e FROM {self.relation} WHERE {where}"
            f" AND json_type({there}) = 'ARRAY')"
        )
        relation = (
            f"(SELECT {listed}, generate_subscripts(__e, 1) - 1 AS __i, unnest(__e) AS r FROM {elements})"
        )  # fmt: skip
        found = shaping.shape(
            self.duck, relation, {each.pointer: each for each in before}, reserved=(*parents, INDEX), with_tables=False
        )
        if found.fields:
            records = Records(relation=relation, extra={**parents, INDEX: "__i"})
            self._copy(shaping.select(found.fields, records, _IS_OBJECT), file)
        return tuple(found.fields)

    def _parent_columns(self, made: Made) -> list[str]:
        return [PARENT + name.lstrip("_") for name in made.key or (ROW_ID,)]

    def _parent_values(self, made: Made) -> list[str]:
        return [shaping.typed(each) for each in self._key_fields()] if made.key else [self._row_id()]

    def _row_id(self) -> str:
        """Who a record without a key is: this update, and its place in it."""
        return f"md5({literal(self.folder.parent.name)} || '/' || n)"

    def _copy(self, select: str, file: str) -> int:
        target = self.folder / file
        row = self.duck.execute(f"COPY ({select}) TO {literal(str(target))} (FORMAT parquet)").fetchone()
        return int(row[0]) if row else 0

    # -- what the fields are called ----------------------------------------------------------------------------

    def _key_fields(self) -> list[Field]:
        return [self._field(name) for name in self.key]

    def _key_columns(self) -> list[str]:
        return [each.column for each in self._key_fields()]

    def _field(self, name: str) -> Field:
        """By its column, or by where it is in a record."""
        found = self._shape.of_column(name) or next(
            (each for each in self._shape.fields if each.pointer == paths.pointer(paths.parts(name))), None
        )
        if found is None:
            raise SourceChanged(
                f"No record has the field {name}.", hint="Look at the data flow's key and columns again."
            )
        return found

    def _one(self, query: str) -> int:
        return int(self._row(query)[0])

    def _row(self, query: str) -> Sequence[Any]:
        row: Sequence[Any] | None = self.duck.execute(query).fetchone()
        return row or (0,)


def lower(since: str, kind: str, look_back: int) -> str:
    """The value to ask from: `since` less the look-back, in the API's own way of writing it."""
    if not look_back:
        return since
    if since.removeprefix("-").isdecimal():
        return str(int(since) - look_back)
    try:
        if kind == "DATE":
            return (date.fromisoformat(since) - timedelta(days=-(-look_back // 86400))).isoformat()
        moment = datetime.fromisoformat(since) - timedelta(seconds=look_back)
    except ValueError:
        return since
    text = moment.isoformat(sep="T" if "T" in since else " ")
    return text.replace("+00:00", "Z") if since.endswith("Z") else text


def _suffix(pointer: str, table: str, taken: set[str]) -> str:
    """What the child's name has behind its parent's; `_rejected` is our own."""
    plain = f"_{plain_name('_'.join(paths.parts(pointer)))}"[: LONGEST - len(table)]
    name, number = plain, 2
    while name in taken or name.endswith("_rejected"):
        name, number = f"{plain[: LONGEST - len(table) - 3]}_{number}", number + 1
    return name
