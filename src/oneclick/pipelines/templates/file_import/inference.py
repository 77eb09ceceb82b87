"""Which type each column of a text file has, judged by every one of its values.

A column gets a type only when that loses nothing: one value that doesn't fit, a leading zero, an ambiguous date, and
the column stays text. Markers of missing values (NA, NULL …) don't count against a type, and become NULL in it; in
a column of text they stay what they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

MISSING = ("", "NA", "N/A", "#N/A", "NULL", "null", "None", "NaN", "nan", r"\N")
SAMPLE_ROWS = 2_000
MAX_MEASURES = 200

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?"
_ZONE = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
_LOCAL_DAYS = {separator: f"[0-9]{{1,2}}[{separator}][0-9]{{1,2}}[{separator}][0-9]{{4}}" for separator in "./-"}


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A type, how a fitting value is written, and the expression that converts it ({v} is the value)."""

    type: str
    pattern: str
    convert: str

    def fits(self, value: str, markers: Sequence[str]) -> str:
        """SQL that is true for a value that fits or is missing; each step runs only for values that need it."""
        converted = self.convert.format(v=value).replace("CAST(", "TRY_CAST(").replace("strptime(", "try_strptime(")
        return (
            f"CASE WHEN regexp_full_match({value}, '{self.pattern}') THEN {converted} IS NOT NULL"
            f" ELSE {is_missing(value, markers)} END"
        )

    def expression(self, value: str) -> str:
        """SQL that converts a value, or a marker of a missing one to NULL."""
        return f"CASE WHEN {is_missing(value)} THEN NULL ELSE {self.convert.format(v=value)} END"


def _cast(kind: str, pattern: str) -> Candidate:
    return Candidate(type=kind, pattern=pattern, convert=f"CAST({{v}} AS {kind})")


def _local_date(separator: str, order: str) -> Candidate:
    spelling = separator.join(f"%{part}" for part in order)
    return Candidate(
        type="DATE", pattern=_LOCAL_DAYS[separator], convert=f"CAST(strptime({{v}}, '{spelling}') AS DATE)"
    )


CANDIDATES: Sequence[Candidate] = (
    _cast("BOOLEAN", "(?i)(true|false)"),
    _cast("BIGINT", "-?(0|[1-9][0-9]{0,18})"),
    # A double keeps 15 digits: longer numbers are identifiers, and stay text.
    _cast("DOUBLE", "-?((0|[1-9][0-9]{0,14})([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]{1,3})?"),
    _cast("DATE", _DAY),
    _cast("TIMESTAMP", f"{_DAY}([ T]{_CLOCK})?"),
    _cast("TIMESTAMPTZ", f"{_DAY}[ T]{_CLOCK}{_ZONE}"),
    _cast("TIME", _CLOCK),
    *(_local_date(separator, order) for separator in _LOCAL_DAYS for order in ("dmY", "mdY")),
)
"""In order of preference."""

TEXT = Candidate(type="VARCHAR", pattern=".*", convert="{v}")


def is_missing(value: str, markers: Sequence[str] = MISSING) -> str:
    """SQL that is true for NULL and for a marker of a missing value."""
    listed = ", ".join("'" + marker + "'" for marker in markers)
    return f"({value} IS NULL OR {value} IN ({listed}))" if listed else f"({value} IS NULL)"


def infer(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: Sequence[str],
    *,
    among: Sequence[Candidate] = CANDIDATES,
    markers: Sequence[str] = MISSING,
) -> list[Candidate]:
    """The type of each column of `source`, a relation of texts in SQL; `columns` are quoted names.

    A sample says which types are worth a look; all values then decide.
    """
    narrowed = _in_sample(connection, source, columns, among, markers)
    found: list[Candidate] = []
    for chunk in _chunks(list(zip(columns, narrowed, strict=True))):
        found.extend(_in_all(connection, source, chunk, markers))
    return found


def _in_sample(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: Sequence[str],
    among: Sequence[Candidate],
    markers: Sequence[str],
) -> list[list[Candidate]]:
    """Of each column those types that fit its first values. One long column, as a thousand short ones are slow."""
    renamed = ", ".join(f"{column} AS c{number}" for number, column in enumerate(columns))
    measures = ", ".join(f"bool_and({kind.fits('value', markers)})" for kind in among)
    rows = connection.execute(
        f"SELECT name, {measures} FROM (UNPIVOT (SELECT {renamed} FROM {source} LIMIT {SAMPLE_ROWS})"
        " ON COLUMNS(*) INTO NAME name VALUE value) GROUP BY name"
    ).fetchall()
    fitting = {name: [kind for kind, fits in zip(among, answers, strict=True) if fits] for name, *answers in rows}
    return [fitting.get(f"c{number}", list(among)) for number in range(len(columns))]


def _chunks(
    columns: Sequence[tuple[str, list[Candidate]]],
) -> Iterator[Sequence[tuple[str, list[Candidate]]]]:
    """Groups of columns that are looked at in one go."""
    chunk: list[tuple[str, list[Candidate]]] = []
    for column, kinds in columns:
        if chunk and sum(len(others) for _, others in chunk) + len(kinds) > MAX_MEASURES:
            yield chunk
            chunk = []
        chunk.append((column, kinds))
    yield chunk


def _in_all(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: Sequence[tuple[str, list[Candidate]]],
    markers: Sequence[str],
) -> list[Candidate]:
    """The type of each column that fits all of its values; text where there is none, or no value."""
    measures = ["true"]
    for column, kinds in columns:
        if kinds:
            measures.append(f"coalesce(bool_or(NOT {is_missing(column, markers)}), false)")
            measures.extend(f"coalesce(bool_and({kind.fits(column, markers)}), true)" for kind in kinds)
    row = connection.execute(f"SELECT {', '.join(measures)} FROM {source}").fetchone()
    answers = iter(row or ())
    next(answers, None)
    found = []
    for _, kinds in columns:
        has_values = bool(kinds) and bool(next(answers))
        fitting = [kind for kind in kinds if next(answers)]
        found.append(_decided(fitting) if has_values else TEXT)
    return found


def _decided(fitting: Sequence[Candidate]) -> Candidate:
    if not fitting:
        return TEXT
    best = fitting[0]
    is_ambiguous = "strptime" in best.convert and len(fitting) > 1
    return TEXT if is_ambiguous else best
