"""Types that a person names for columns: `column=TYPE`.

A named type takes more spellings than one that we infer: BIGINT takes 007, BOOLEAN yes and no. Values that it can't
take are set aside, however many they are.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from oneclick.duck.quoting import identifier
from oneclick.pipelines.templates.file_import.errors import BadImportOption
from oneclick.pipelines.templates.file_import.inference import TEXT, Candidate

_SEPARATORS = "./-"
_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC) *\( *([0-9]{1,2}) *, *([0-9]{1,2}) *\)")
_MOST_DIGITS = 38


def _cast(kind: str, pattern: str = "") -> Candidate:
    return Candidate(type=kind, pattern=pattern, convert=f"CAST({{v}} AS {kind})")


def _date(order: str) -> Candidate:
    spellings = ", ".join(f"'%{order[0]}{sign}%{order[1]}{sign}%{order[2]}'" for sign in _SEPARATORS)
    return Candidate(type="DATE", pattern="", convert=f"CAST(strptime({{v}}, [{spellings}]) AS DATE)")


# Whole numbers only: DuckDB would round others.
_WHOLE = _cast("BIGINT", " *[-+]?[0-9]+ *")

_KINDS: Final[Mapping[str, Candidate]] = {
    "TEXT": TEXT, "VARCHAR": TEXT, "STRING": TEXT,
    "BIGINT": _WHOLE, "INTEGER": _WHOLE, "INT": _WHOLE,
    "DOUBLE": _cast("DOUBLE"), "FLOAT": _cast("DOUBLE"),
    "BOOLEAN": _cast("BOOLEAN"), "BOOL": _cast("BOOLEAN"),
    "DATE": _cast("DATE"), "DATE(DMY)": _date("dmY"), "DATE(MDY)": _date("mdY"),
    "TIMESTAMP": _cast("TIMESTAMP"), "TIMESTAMPTZ": _cast("TIMESTAMPTZ"), "TIME": _cast("TIME"),
}  # fmt: skip

NAMES = "TEXT, BIGINT, DOUBLE, DECIMAL(18,2), BOOLEAN, DATE, DATE(DMY), DATE(MDY), TIMESTAMP, TIMESTAMPTZ, TIME"
"""What can be named, for people."""


def parsed(wishes: Sequence[str]) -> dict[str, str]:
    """`["a=BIGINT", …]` as a mapping. Raises `BadImportOption`."""
    found: dict[str, str] = {}
    for wish in wishes:
        column, is_said, name = wish.rpartition("=")
        if not is_said or not column.strip():
            raise BadImportOption(f"{wish!r} names no column and type.", hint="Write it as in amount=DOUBLE.")
        if column.strip() in found:
            raise BadImportOption(f"The column {column.strip()!r} is given two types.", hint="Keep one of them.")
        kind(name)
        found[column.strip()] = name.strip()
    return found


def kind(name: str) -> Candidate:
    """The type of that name, in any case. Raises `BadImportOption`."""
    wanted = name.strip().upper()
    if decimal := _DECIMAL.fullmatch(wanted):
        digits, behind = int(decimal[1]), int(decimal[2])
        if 1 <= digits <= _MOST_DIGITS and behind <= digits:
            return _cast(f"DECIMAL({digits},{behind})")
    if found := _KINDS.get(wanted.replace(" ", "")):
        return found
    raise BadImportOption(f"There is no type {name.strip()!r}.", hint=f"Choose one of: {NAMES}.")


def by_column(wishes: Mapping[str, str], columns: Sequence[str]) -> dict[str, Candidate]:
    """The named types by quoted column. Raises `BadImportOption` for a column that the file doesn't have."""
    known = {column.casefold(): column for column in columns}
    found = {}
    for column, name in wishes.items():
        if column.casefold() not in known:
            raise BadImportOption(
                f"The file has no column {column!r} to give the type {name}.", hint=f"It has: {_listed(columns)}."
            )
        found[identifier(known[column.casefold()])] = kind(name)
    return found


def _listed(columns: Sequence[str], most: int = 20) -> str:
    more = f" and {len(columns) - most:,} more" if len(columns) > most else ""
    return ", ".join(columns[:most]) + more
