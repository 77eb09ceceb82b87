"""How numbers and dates are written, where countries differ: 1,234.50 or 1.234,50, the day or the month first.

A column is read in the one way that fits its values. Where two ways fit and mean something else, the other columns of
the file decide; where these don't tell, the column stays text. What a person says goes before all of this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from oneclick.pipelines.templates.file_import.errors import BadImportOption


class Decimal(StrEnum):
    """What stands before the decimals."""

    POINT = "point"
    COMMA = "comma"


class Dates(StrEnum):
    """What comes first in a date that doesn't begin with its year."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


@dataclass(frozen=True, kw_only=True)
class Styles:
    """What is known; None means: find out."""

    decimal: Decimal | None = None
    dates: Dates | None = None


FIND_OUT = Styles()
EXAMPLES: Final[Mapping[str, str]] = {
    Decimal.POINT: "1,234.50",
    Decimal.COMMA: "1.234,50",
    Dates.DAY_FIRST: "31/12/2026",
    Dates.MONTH_FIRST: "12/31/2026",
}


def said(*, decimal: str = "", dates: str = "") -> Styles:
    """The styles of these names; empty ones are to be found out. Raises `BadImportOption`."""
    return Styles(
        decimal=Decimal(_known(decimal, Decimal, "--decimal")) if decimal else None,
        dates=Dates(_known(dates, Dates, "--dates")) if dates else None,
    )


def _known(name: str, among: type[StrEnum], option: str) -> str:
    names = [each.value for each in among]
    if name not in names:
        raise BadImportOption(f"{option} can't be {name!r}.", hint=f"Choose one of: {', '.join(names)}.")
    return name
