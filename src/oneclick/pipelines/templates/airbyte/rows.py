"""SQL over a stream's file of rows: the typed columns, what doesn't fit, and fields that the catalog doesn't tell of.

Each row is parsed once, to the texts of its fields; a text that its column's type doesn't take makes the row one that
doesn't fit. Fields that come up without being in the catalog are brought as text, whatever they hold, so that the next
update finds nothing to change.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oneclick.duck.quoting import identifier, literal, pattern
from oneclick.pipelines.hashing import hashed
from oneclick.pipelines.templates.airbyte.records import LARGEST_ROW_BYTES, RAW_CHARS
from oneclick.pipelines.templates.airbyte.streams import JSON, TEXT

_LONGEST_LINE_BYTES = LARGEST_ROW_BYTES + (1 << 20)
_WHOLE = r"'[+-]?\d+(\.0*)?([eE]\+?\d+)?'"
_MIDNIGHT = r"'\d{4}-\d{2}-\d{2}([T ]00:00(:00(\.0*)?)?(Z|[+-]00:?00)?)?'"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column and the property that it comes from."""

    column: str
    property: str
    type: str
    is_hashed: bool = False


@dataclass(frozen=True, kw_only=True)
class RowsQuery:
    """The statements for one file. `hidden` are properties that are brought nowhere, rejected rows included."""

    file: Path
    fields: Sequence[Field]
    hidden: Sequence[str] = ()
    key: Sequence[str] = ()
    all_fit: bool = False
    _order: str = field(init=False, default="")

    def __post_init__(self) -> None:
        taken = {each.column.casefold() for each in self.fields}
        order = "row_order"
        while order in taken:
            order += "_"
        object.__setattr__(self, "_order", order)

    def select(self, *, latest: str = "") -> str:
        """The rows that fit. `latest`: "key" keeps the last row of each key, "row" drops those that came twice."""
        listed = ", ".join(
            f"{self._brought(each, number)} AS {identifier(each.column)}" for number, each in self._each()
        )
        where = "" if self.all_fit else f" WHERE NOT ({self._misfit()})"
        if not (latest and self.key):
            return f"SELECT {listed} FROM {self._texts()}{where}"
        order, text = identifier(self._order), identifier(f"{self._order}_text")
        alike = ", ".join([*map(identifier, self.key), *([text] if latest == "row" else [])])
        return (
            f"SELECT * EXCLUDE ({order}, {text}) FROM (SELECT {listed}, s.n AS {order}, s.t AS {text} "
            f"FROM {self._texts()}{where}) QUALIFY row_number() OVER (PARTITION BY {alike} ORDER BY {order} DESC) = 1"
        )

    def rejects(self) -> str:
        """The rows that don't fit, as `reason` and `raw`."""
        hidden = json.dumps(dict.fromkeys(self.hidden))
        raw = f"json_merge_patch(s.d, {literal(hidden)})::VARCHAR" if self.hidden else "s.d::VARCHAR"
        reasons = " ".join(
            f"WHEN {self._is_misfit(each, number)} THEN {literal(_reason(each))}" for number, each in self._checked()
        )
        # What can't be read can't be looked into for what is to be hidden either.
        lost = "NULL" if self.hidden else "x"
        unread = f"SELECT r AS reason, {lost} AS raw FROM {self._rows()} WHERE d IS NULL"
        if not reasons:
            return unread
        return (
            f"SELECT CASE {reasons} END AS reason, ({raw})[:{RAW_CHARS}] AS raw FROM {self._texts()} "
            f"WHERE {self._misfit()} UNION ALL {unread}"
        )

    def counts(self) -> str:
        """How many rows there are that don't fit."""
        unread = f"SELECT count(*) FROM {self._rows()} WHERE d IS NULL"
        return f"SELECT (SELECT count(*) FILTER ({self._misfit()}) FROM {self._texts()}) + ({unread})"

    def properties(self) -> str:
        """The names of all properties that came."""
        keys = f"SELECT DISTINCT json_keys(d) AS k FROM {self._rows()} WHERE d IS NOT NULL"
        return f"SELECT DISTINCT unnest(k) FROM ({keys})"

    def _each(self) -> Sequence[tuple[int, Field]]:
        return list(enumerate(self.fields, start=1))

    def _checked(self) -> Sequence[tuple[int, Field]]:
        return [(number, each) for number, each in self._each() if each.type not in (TEXT, JSON)]

    def _rows(self) -> str:
        return (
            f"read_json({pattern(self.file)}, format = 'newline_delimited', compression = 'uncompressed',"
            " columns = {'n': 'BIGINT', 'd': 'JSON', 'r': 'VARCHAR', 'x': 'VARCHAR'},"
            f" maximum_object_size = {_LONGEST_LINE_BYTES})"
        )

    def _texts(self) -> str:
        paths = ", ".join(literal(_pointer(each.property)) for each in self.fields)
        has_nested = any(each.type == JSON for each in self.fields)
        nested = f", json_extract(d, [{paths}]) AS j" if has_nested else ""
        texts = f"json_extract_string(d, [{paths}])" if self.fields else "[]"
        return f"(SELECT n, d, {texts} AS t{nested} FROM {self._rows()} WHERE d IS NOT NULL) AS s"

    def _brought(self, each: Field, number: int) -> str:
        value = _value(each.type, number)
        return hashed(value) if each.is_hashed else value

    def _misfit(self) -> str:
        parts = [self._is_misfit(each, number) for number, each in self._checked()]
        return " OR ".join(parts) or "false"

    @staticmethod
    def _is_misfit(each: Field, number: int) -> str:
        return f"(s.t[{number}] IS NOT NULL AND {_value(each.type, number)} IS NULL)"


def _value(kind: str, number: int) -> str:
    """The field as its column has it; NULL where it doesn't fit. Nothing is rounded or cut."""
    text = f"s.t[{number}]"
    if kind == TEXT:
        return text
    if kind == JSON:
        return f"nullif(s.j[{number}], 'null')"
    if kind == "BIGINT" or kind.startswith("DECIMAL"):
        return f"CASE WHEN regexp_full_match({text}, {_WHOLE}) THEN TRY_CAST({text} AS {kind}) END"
    if kind == "DATE":
        return f"CASE WHEN regexp_full_match({text}, {_MIDNIGHT}) THEN TRY_CAST({text}[:10] AS DATE) END"
    if kind == "TIMESTAMP":
        # By way of a moment, as a plain cast would drop the offset from UTC.
        return f"TRY_CAST(TRY_CAST({text} AS TIMESTAMP WITH TIME ZONE) AS TIMESTAMP)"
    return f"TRY_CAST({text} AS {kind})"


def _pointer(name: str) -> str:
    """The property as a JSON pointer (RFC 6901), in which any name can be written."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _reason(each: Field) -> str:
    return f"{each.column} takes no such value: its type is {each.type}."
