"""Types that a person names for columns: `column=TYPE`.

A named type takes more spellings than one that we infer: BIGINT takes 007, BOOLEAN yes and no. Values that it can't
take are set aside, however many they are.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from oneclick.duck.quoting import identifier
from oneclick.pipelines.templates.file_import import candidates
from oneclick.pipelines.templates.file_import.candidates import TEXT, Candidate
from oneclick.pipelines.templates.file_import.errors import BadImportOption
from oneclick.pipelines.templates.file_import.styles import FIND_OUT, Dates, Decimal, Styles

_SEPARATORS = "./-"
_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC) *\( *([0-9]{1,2}) *, *([0-9]{1,2}) *\)")
_MOST_DIGITS = 38

# Whole numbers only: DuckDB would round others.
_WHOLE = (
    candidates.cast("BIGINT", " *[-+]?[0-9]+ *"),
    *(candidates.number("BIGINT", decimal, is_whole=True) for decimal in Decimal),
)
_DAYS = {dates: candidates.local_date(_SEPARATORS, dates) for dates in Dates}
_TIMES = {dates: candidates.local_timestamp(_SEPARATORS, dates) for dates in Dates}


def _number(kind: str) -> tuple[Candidate, ...]:
    return (
        candidates.cast(kind, decimal=Decimal.POINT),
        *(candidates.number(kind, decimal) for decimal in Decimal),
    )


_KINDS: Final[Mapping[str, tuple[Candidate, ...]]] = {
    "TEXT": (TEXT,), "VARCHAR": (TEXT,), "STRING": (TEXT,),
    "BIGINT": _WHOLE, "INTEGER": _WHOLE, "INT": _WHOLE,
    "DOUBLE": _number("DOUBLE"), "FLOAT": _number("DOUBLE"),
    "BOOLEAN": (candidates.cast("BOOLEAN"),), "BOOL": (candidates.cast("BOOLEAN"),),
    "DATE": (candidates.cast("DATE"), *_DAYS.values()),
    "DATE(DMY)": (_DAYS[Dates.DAY_FIRST],), "DATE(MDY)": (_DAYS[Dates.MONTH_FIRST],),
    "TIMESTAMP": (candidates.cast("TIMESTAMP"), *_TIMES.values()),
    "TIMESTAMPTZ": (candidates.cast("TIMESTAMPTZ"),), "TIME": (candidates.cast("TIME"),),
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
        kinds(name)
        found[column.strip()] = name.strip()
    return found


def kinds(name: str) -> tuple[Candidate, ...]:
    """The type of that name, in any case, in each of its spellings. Raises `BadImportOption`."""
    wanted = name.strip().upper()
    if decimal := _DECIMAL.fullmatch(wanted):
        digits, behind = int(decimal[1]), int(decimal[2])
        if 1 <= digits <= _MOST_DIGITS and behind <= digits:
            return _number(f"DECIMAL({digits},{behind})")
    if found := _KINDS.get(wanted.replace(" ", "")):
        return found
    raise BadImportOption(f"There is no type {name.strip()!r}.", hint=f"Choose one of: {NAMES}.")


def by_column(
    wishes: Mapping[str, str], columns: Sequence[str], styles: Styles = FIND_OUT
) -> dict[str, Sequence[Candidate]]:
    """The named types by quoted column. Raises `BadImportOption` for a column that the file doesn't have."""
    known = {column.casefold(): column for column in columns}
    found: dict[str, Sequence[Candidate]] = {}
    for column, name in wishes.items():
        if column.casefold() not in known:
            raise BadImportOption(
                f"The file has no column {column!r} to give the type {name}.", hint=f"It has: {listed(columns)}."
            )
        spellings = kinds(name)
        found[identifier(known[column.casefold()])] = candidates.in_style(spellings, styles) or spellings
    return found


def plain(kind: Candidate) -> Candidate:
    """The type, of values that we have spelled ourselves: days begin with their year."""
    return candidates.cast(kind.type) if kind.dates else kind


def listed(columns: Sequence[str], most: int = 20) -> str:
    """The columns' names for people; of very many only the first."""
    more = f" and {len(columns) - most:,} more" if len(columns) > most else ""
    return ", ".join(columns[:most]) + more
