"""The types that a column of text can have, and how a value of each is written."""

from collections.abc import Sequence
from dataclasses import dataclass

from oneclick.pipelines.templates.file_import.styles import FIND_OUT, Dates, Decimal, Styles

MISSING = ("", "NA", "N/A", "#N/A", "NULL", "null", "None", "NaN", "nan", r"\N")

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?"
_ZONE = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
_SEPARATORS = "./-"
_LOCAL_DAYS = {separator: f"[0-9]{{1,2}}[{separator}][0-9]{{1,2}}[{separator}][0-9]{{4}}" for separator in _SEPARATORS}
_CLOCKS = ("", " %H:%M", " %H:%M:%S")
_ORDERS = {Dates.DAY_FIRST: "dmY", Dates.MONTH_FIRST: "mdY"}

_CURRENCY = "([$€£¥₹]|EUR|USD|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK)"
_SPACE = r"[ \x{00A0}\x{202F}]"
_SIGNS = {Decimal.POINT: (".", ","), Decimal.COMMA: (",", ".")}
CURRENCY_OF = "regexp_replace({v}, '[-0-9., \\x{{00A0}}\\x{{202F}}]', '', 'g')"
"""SQL for the currency that stands beside a number."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A type, how a fitting value is written, and the expression that converts it ({v} is the value).

    Without a pattern, whatever can be converted fits. `decimal` and `dates` are the style that it takes for granted.
    """

    type: str
    pattern: str
    convert: str
    decimal: Decimal | None = None
    dates: Dates | None = None

    @property
    def attempt(self) -> str:
        """The same conversion, with NULL for a value that can't be converted."""
        return self.convert.replace("CAST(", "TRY_CAST(").replace("strptime(", "try_strptime(")

    @property
    def is_decisive(self) -> bool:
        """Whether a column that wholly fits this type, and no type before it, is of this type whatever else fits."""
        return bool(self.pattern) and "strptime" not in self.convert and "replace(" not in self.convert

    @property
    def is_as_it_stands(self) -> bool:
        """Whether a value is taken without being converted, so that each fits."""
        return self.convert == "{v}"

    @property
    def takes_currency(self) -> bool:
        """Whether a currency may stand beside the number."""
        return bool(self.pattern) and _CURRENCY in self.pattern

    def fits(self, value: str, markers: Sequence[str]) -> str:
        """SQL that is true for a value that fits or is missing; each step runs only for values that need it."""
        if self.is_as_it_stands:
            return "true"
        if not self.pattern:
            return f"({is_missing(value, markers)} OR {self.attempt.format(v=value)} IS NOT NULL)"
        return (
            f"CASE WHEN regexp_full_match({value}, '{self.pattern}') THEN {self.attempt.format(v=value)} IS NOT NULL"
            f" ELSE {is_missing(value, markers)} END"
        )

    def expression(self, value: str) -> str:
        """SQL that converts a value, or a marker of a missing one to NULL."""
        if self.is_as_it_stands:
            return value
        return f"CASE WHEN {is_missing(value)} THEN NULL ELSE {self.convert.format(v=value)} END"

    def is_rival_of(self, other: "Candidate") -> bool:
        """Whether both read the same texts as one type, in another style."""
        is_other_style = self.decimal is not other.decimal or self.dates is not other.dates
        return self.type == other.type and is_other_style


def is_missing(value: str, markers: Sequence[str] = MISSING) -> str:
    """SQL that is true for NULL and for a marker of a missing value."""
    listed = ", ".join("'" + marker + "'" for marker in markers)
    return f"({value} IS NULL OR {value} IN ({listed}))" if listed else f"({value} IS NULL)"


def cast(kind: str, pattern: str = "", *, decimal: Decimal | None = None) -> Candidate:
    """What DuckDB's own CAST reads."""
    return Candidate(type=kind, pattern=pattern, convert=f"CAST({{v}} AS {kind})", decimal=decimal)


def number(kind: str, decimal: Decimal, *, is_whole: bool = False) -> Candidate:
    """A number with thousands in groups, a currency, or both. A double keeps 15 digits, and so many may it have."""
    point, group = _SIGNS[decimal]
    fraction = "" if is_whole else f"([{point}][0-9]*)?"
    spaced = "" if is_whole else f"|[1-9][0-9]{{0,2}}({_SPACE}[0-9]{{3}}){{1,4}}[{point}][0-9]+"
    digits = f"((0|[1-9][0-9]{{0,14}}|[1-9][0-9]{{0,2}}([{group}][0-9]{{3}}){{1,4}}){fraction}{spaced})"
    plain = f"regexp_replace({{v}}, '[^-0-9{point}]', '', 'g')"
    pointed = plain if point == "." else f"replace({plain}, ',', '.')"
    return Candidate(
        type=kind,
        pattern=f"-?({_CURRENCY}{_SPACE}?)?-?{digits}({_SPACE}?{_CURRENCY})?",
        convert=f"CAST({pointed} AS {kind})",
        decimal=decimal,
    )


def local_date(separators: str, dates: Dates) -> Candidate:
    """A day that doesn't begin with its year. Several separators may be one or the other."""
    return _local("DATE", separators, dates, "", [""])


def local_timestamp(separators: str, dates: Dates) -> Candidate:
    """Such a day, and perhaps a time."""
    return _local("TIMESTAMP", separators, dates, f"( {_CLOCK})?", _CLOCKS)


def _local(kind: str, separators: str, dates: Dates, clock: str, clocks: Sequence[str]) -> Candidate:
    spellings = ", ".join(
        f"'{separator.join(f'%{part}' for part in _ORDERS[dates])}{behind}'"
        for separator in separators
        for behind in clocks
    )
    days = "|".join(_LOCAL_DAYS[separator] for separator in separators)
    return Candidate(
        type=kind,
        pattern=f"({days}){clock}",
        convert=f"CAST(strptime({{v}}, [{spellings}]) AS {kind})",
        dates=dates,
    )


CANDIDATES: Sequence[Candidate] = (
    cast("BOOLEAN", "(?i)(true|false)"),
    cast("BIGINT", "-?(0|[1-9][0-9]{0,18})"),
    # A double keeps 15 digits: longer numbers are identifiers, and stay text.
    cast("DOUBLE", "-?((0|[1-9][0-9]{0,14})([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]{1,3})?", decimal=Decimal.POINT),
    number("DOUBLE", Decimal.POINT),
    number("DOUBLE", Decimal.COMMA),
    cast("DATE", _DAY),
    cast("TIMESTAMP", f"{_DAY}([ T]{_CLOCK})?"),
    cast("TIMESTAMPTZ", f"{_DAY}[ T]{_CLOCK}{_ZONE}"),
    cast("TIME", _CLOCK),
    *(local_date(separator, dates) for separator in _SEPARATORS for dates in Dates),
    *(local_timestamp(separator, dates) for separator in _SEPARATORS for dates in Dates),
)
"""In order of preference."""

TEXT = Candidate(type="VARCHAR", pattern=".*", convert="{v}")


def in_style(kinds: Sequence[Candidate], styles: Styles = FIND_OUT) -> list[Candidate]:
    """Those that take nothing else for granted than what is known."""
    return [
        kind
        for kind in kinds
        if (styles.decimal is None or kind.decimal in (None, styles.decimal))
        and (styles.dates is None or kind.dates in (None, styles.dates))
    ]
