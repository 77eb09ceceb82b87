"""Records to columns: typed by all of their values, as Parquet files that a load reads.

Every statement reads the file of records (a line is `{"n": number, "r": record}`) or what was made of it; a value
never passes through Python.

1. The structure of all records says which columns there are.
2. Texts that are dates everywhere become dates; numbers that a number can't hold stay text.
3. What is known from earlier updates stays what it was: its column's name, and its type where it holds what came.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oneclick.duck.quoting import identifier, literal, pattern
from oneclick.pipelines.contract.errors import SourceChanged
from oneclick.pipelines.templates.api_ingestion import paths, structure
from oneclick.pipelines.templates.api_ingestion.structure import Node
from oneclick.pipelines.templates.file_import.candidates import CANDIDATES, Candidate
from oneclick.pipelines.templates.file_import.naming import column_names
from oneclick.warehouses.contract.data_plane import DuckDBConnection

LEAST_OBJECT_BYTES = 1 << 20
DATES: Sequence[Candidate] = tuple(
    kind for kind in CANDIDATES if kind.type in ("DATE", "TIMESTAMP", "TIMESTAMPTZ") and kind.dates is None
)
_BEGINS_AS_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WIDER: Mapping[str, frozenset[str]] = {
    "BIGINT": frozenset({"DOUBLE"}), "DATE": frozenset({"TIMESTAMP"}),
}  # fmt: skip
"""What a column's values can be brought as without a loss, beside text and JSON."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column: where its values are in a record, and what they are."""

    pointer: str
    column: str
    type: str

    def value(self, texts: str, values: str, numbers: Mapping[str, int]) -> str:
        """SQL for the value, from a list of texts or of JSON values that `numbers` counts."""
        at = numbers[self.pointer]
        if self.type.endswith("[]"):
            return f"CAST({values}[{at}] AS {self.type})"
        if self.type == "JSON":
            return f"nullif({values}[{at}]::VARCHAR, 'null')::JSON"
        return f"{texts}[{at}]" if self.type == "VARCHAR" else f"CAST({texts}[{at}] AS {self.type})"


@dataclass(frozen=True, kw_only=True)
class Records:
    """A relation with a JSON value `r`, and further columns: SQL over that relation by name."""

    relation: str
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Shape:
    """Columns of one table, and the lists of objects that become tables of their own."""

    fields: list[Field] = field(default_factory=list)
    tables: dict[str, Node] = field(default_factory=dict)

    def of_column(self, name: str) -> Field | None:
        """The field of that column."""
        return next((each for each in self.fields if each.column == name), None)


def records_in(file: Path, longest: int) -> str:
    """The relation of all lines of a file of records."""
    # The reader keeps two lines of this size for each thread.
    size = max(longest + 1, LEAST_OBJECT_BYTES)
    read = (
        f"read_json_objects({pattern(file)}, format = 'newline_delimited', compression = 'uncompressed',"
        f" maximum_object_size = {size})"
    )
    return f"(SELECT CAST(json->>'/n' AS BIGINT) AS n, json->'/r' AS r FROM {read})"


def shape(
    duck: DuckDBConnection, relation: str, known: Mapping[str, Field], *, reserved: Sequence[str] = (),
    with_tables: bool = True,
) -> Shape:  # fmt: skip
    """The columns of all records that are objects. Raises `SourceChanged` for what no longer fits its column."""
    rows = duck.execute(
        f"SELECT CAST(json_structure(r) AS VARCHAR) AS s FROM {relation} WHERE json_type(r) = 'OBJECT' GROUP BY 1"
    ).fetchall()
    root = structure.put_together(text for (text,) in rows)
    found = Shape(tables=dict(structure.tables(root, known)) if with_tables else {})
    plain = {
        pointer: node.type
        for pointer, node in structure.fields(root, known)
        if node.type and pointer not in found.tables
    }
    typed = _looked_into(duck, relation, plain)
    taken = [*reserved, *(each.column for each in known.values())]
    new = [pointer for pointer in typed if pointer not in known]
    named = column_names([*taken, *("_".join(paths.parts(pointer)) for pointer in new)])[len(taken) :]
    found.fields = [_kept(each, typed.get(each.pointer)) for each in known.values()]
    found.fields += [
        Field(pointer=pointer, column=name, type=typed[pointer])
        for pointer, name in zip(new, named, strict=True)
    ]  # fmt: skip
    return found


def select(fields: Sequence[Field], records: Records, where: str = "") -> str:
    """The SELECT of these fields as typed columns, behind the records' own ones."""
    texts = [each.pointer for each in fields if each.type != "JSON" and not each.type.endswith("[]")]
    values = [each.pointer for each in fields if each.pointer not in texts]
    numbers = {pointer: at for listed in (texts, values) for at, pointer in enumerate(listed, 1)}
    named = [identifier(name) for name in records.extra]
    extra = [f"{value} AS {name}" for name, value in zip(named, records.extra.values(), strict=True)]
    columns = [*named, *(f"{each.value('__t', '__v', numbers)} AS {identifier(each.column)}" for each in fields)]
    inner = ", ".join([*extra, f"{_texts(texts)} AS __t", f"{_values(values)} AS __v"])
    source = f"SELECT {inner} FROM {records.relation}{f' WHERE {where}' if where else ''}"
    return f"SELECT {', '.join(columns)} FROM ({source})"


def typed(each: Field, record: str = "r") -> str:
    """SQL for one field's value in a record, as its type."""
    return each.value(f"[{_text(each.pointer, record)}]", f"[{record}->{literal(each.pointer)}]", {each.pointer: 1})


def text(each: Field, record: str = "r") -> str:
    """SQL for one field's value as the API wrote it."""
    return _text(each.pointer, record)


def _text(pointer: str, record: str) -> str:
    return f"json_extract_string({record}, {literal(pointer)})"


def _texts(pointers: Sequence[str]) -> str:
    return f"json_extract_string(r, [{', '.join(map(literal, pointers))}])" if pointers else "NULL"


def _values(pointers: Sequence[str]) -> str:
    return f"json_extract(r, [{', '.join(map(literal, pointers))}])" if pointers else "NULL"


def _kept(known: Field, now: str | None) -> Field:
    """The column as it was; raises `SourceChanged` where it can't hold what comes now."""
    holds_all = known.type in ("VARCHAR", "JSON") or (known.type == "VARCHAR[]" and (now or "").endswith("[]"))
    if now is None or now == known.type or holds_all or known.type in _WIDER.get(now, ()):
        return known
    raise SourceChanged(
        f"The field {paths.dotted(paths.parts(known.pointer))} held {_said(known.type)} and now holds {_said(now)}.",
        hint="Bring everything again, which gives the column its new type.",
    )


def _said(kind: str) -> str:
    words = {
        "BIGINT": "whole numbers", "DOUBLE": "numbers", "BOOLEAN": "true and false", "VARCHAR": "text",
        "JSON": "mixed values", "DATE": "days", "TIMESTAMP": "moments", "TIMESTAMPTZ": "moments with a time zone",
    }  # fmt: skip
    return f"lists of {_said(kind[:-2])}" if kind.endswith("[]") else words.get(kind, kind)


# -- types that only the values tell --------------------------------------------------------------------------------


def _looked_into(duck: DuckDBConnection, relation: str, kinds: Mapping[str, str]) -> dict[str, str]:
    """The same, with dates found among texts, and text where a number would lose digits."""
    looked = [pointer for pointer, kind in kinds.items() if kind in ("VARCHAR", "BIGINT", "DOUBLE")]
    if not looked:
        return dict(kinds)
    measures = []
    for at, pointer in enumerate(looked, 1):
        value = f"t[{at}]"
        measures.append(
            {
                "VARCHAR": f"[min({value}), max({value})]",
                "BIGINT": f"[CAST(count(*) FILTER (TRY_CAST({value} AS BIGINT) IS NULL AND {value} IS NOT NULL)"
                " AS VARCHAR)]",
                # A double keeps 15 digits: longer whole numbers are identifiers.
                "DOUBLE": f"[CAST(count(*) FILTER (regexp_full_match({value}, '-?[0-9]{{16,}}')) AS VARCHAR)]",
            }[kinds[pointer]]
        )
    row = _over_texts(duck, relation, looked, measures)
    result, maybe_dates = dict(kinds), []
    for pointer, said in zip(looked, row, strict=True):
        if kinds[pointer] == "VARCHAR":
            if all(value is not None and _BEGINS_AS_DATE.match(value) for value in said):
                maybe_dates.append(pointer)
        elif said[0] != "0":
            result[pointer] = "VARCHAR"
    return result | _dates(duck, relation, maybe_dates)


def _dates(duck: DuckDBConnection, relation: str, pointers: Sequence[str]) -> dict[str, str]:
    if not pointers:
        return {}
    measures = [
        f"count(*) FILTER (NOT {kind.fits(f't[{at}]', ())})" for at, _ in enumerate(pointers, 1) for kind in DATES
    ]
    counts = iter(_over_texts(duck, relation, pointers, measures))
    found = {}
    for pointer in pointers:
        misfits = [(next(counts), kind.type) for kind in DATES]
        fitting = [kind for count, kind in misfits if not count]
        if fitting:
            found[pointer] = fitting[0]
    return found


def _over_texts(
    duck: DuckDBConnection, relation: str, pointers: Sequence[str], measures: Sequence[str]
) -> Sequence[Any]:
    row: Sequence[Any] | None = duck.execute(
        f"SELECT {', '.join(measures)} FROM (SELECT {_texts(pointers)} AS t FROM {relation}"
        " WHERE json_type(r) = 'OBJECT')"
    ).fetchone()
    return row or ()
