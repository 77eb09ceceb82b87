"""Which type each column of a text file has, judged by every one of its values.

1. A column gets the type that fits all of its values. A leading zero, more digits than a number keeps or an ambiguous
   date don't fit: such a column stays text, and nothing is lost.
2. Else, where few of at least `MIN_VALUES` values don't fit (one in a hundred), the column keeps the type that fits
   most of them, and the rows of the others are set aside. Not where one of these others is a number in another
   spelling (007, 1,234.50, +49 123): then the column holds no plain numbers, and stays text.
3. Else it is text.

Markers of missing values (NA, NULL …) count neither way, and become NULL in a type; in a column of text they stay
what they are. What a person says about a column goes before all of this.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from oneclick.pipelines.templates.file_import.errors import TooManyRejected

MISSING = ("", "NA", "N/A", "#N/A", "NULL", "null", "None", "NaN", "nan", r"\N")
SAMPLE_ROWS = 2_000
MAX_MEASURES = 200
MIN_VALUES = 100
MOST_MISFITS = 1_000_000
FIT_OF_MISFIT = 99
"""How many values must fit for each one that doesn't."""

FIT_OF_MISFIT_AT_START = 19
"""The same in the sample, which only says which types are worth a look: bad values often stand together."""

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?"
_ZONE = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
_LOCAL_DAYS = {separator: f"[0-9]{{1,2}}[{separator}][0-9]{{1,2}}[{separator}][0-9]{{4}}" for separator in "./-"}


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A type, how a fitting value is written, and the expression that converts it ({v} is the value).

    Without a pattern, whatever can be converted fits.
    """

    type: str
    pattern: str
    convert: str

    @property
    def attempt(self) -> str:
        """The same conversion, with NULL for a value that can't be converted."""
        return self.convert.replace("CAST(", "TRY_CAST(").replace("strptime(", "try_strptime(")

    @property
    def is_decisive(self) -> bool:
        """Whether a column that wholly fits this type, and no type before it, is of this type whatever else fits."""
        return bool(self.pattern) and "strptime" not in self.convert

    def fits(self, value: str, markers: Sequence[str]) -> str:
        """SQL that is true for a value that fits or is missing; each step runs only for values that need it."""
        if not self.pattern:
            return f"({is_missing(value, markers)} OR {self.attempt.format(v=value)} IS NOT NULL)"
        return (
            f"CASE WHEN regexp_full_match({value}, '{self.pattern}') THEN {self.attempt.format(v=value)} IS NOT NULL"
            f" ELSE {is_missing(value, markers)} END"
        )

    def expression(self, value: str) -> str:
        """SQL that converts a value, or a marker of a missing one to NULL."""
        return f"CASE WHEN {is_missing(value)} THEN NULL ELSE {self.convert.format(v=value)} END"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a column is, how many of its values don't fit that, and which these are."""

    kind: Candidate
    misfits: int = 0
    bad_values: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Inferred:
    """What each column is, and how many rows there are."""

    verdicts: Sequence[Verdict]
    rows: int


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
    wanted: Mapping[str, Candidate] | None = None,
) -> Inferred:
    """What each column of `source` is, a relation of texts in SQL; `columns` are quoted names.

    A sample says which types are worth a look; all values then decide. `wanted` are the types that somebody said.
    """
    given = wanted or {}
    narrowed = _in_sample(connection, source, columns, among, markers)
    looked_at = [
        (column, [given[column]] if column in given else kinds) for column, kinds in zip(columns, narrowed, strict=True)
    ]
    candidates = [(column, [kind for kind in kinds if kind is not TEXT]) for column, kinds in looked_at]
    found, rows = _at_first_look(connection, source, candidates, markers, set(given))
    left = [(column, kinds) for column, kinds in candidates if column not in found]
    for chunk in _chunks(left):
        verdicts = _in_all(connection, source, chunk, markers, set(given))
        found.update(zip((column for column, _ in chunk), verdicts, strict=True))
    judged = {column: found[column] for column in columns}
    return Inferred(verdicts=_with_bad_values(connection, source, judged, markers, set(given)), rows=rows)


def _in_sample(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: Sequence[str],
    among: Sequence[Candidate],
    markers: Sequence[str],
) -> list[list[Candidate]]:
    """Of each column those types that fit its first values. One long column, as a thousand short ones are slow."""
    renamed = ", ".join(f"{column} AS c{number}" for number, column in enumerate(columns))
    share = f"count(*) >= {FIT_OF_MISFIT_AT_START + 1} * count(*) FILTER"
    measures = ", ".join(f"{share} (NOT {kind.fits('value', markers)})" for kind in among)
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
    if chunk:
        yield chunk


def _at_first_look(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: Sequence[tuple[str, list[Candidate]]],
    markers: Sequence[str],
    given: set[str],
) -> tuple[dict[str, Verdict], int]:
    """What is plain from one type alone, that which goes before all others; and how many rows there are.

    It is so for most columns of most files, and holding each value against one type takes half the time.
    """
    found = {column: Verdict(kind=TEXT) for column, kinds in columns if not kinds}
    firsts = [(column, kinds[0]) for column, kinds in columns if kinds and column not in given and kinds[0].is_decisive]
    at_once = MAX_MEASURES // 2
    rows = 0
    for begin in range(0, max(len(firsts), 1), at_once):
        chunk = firsts[begin : begin + at_once]
        measures = ["count(*)"]
        for column, kind in chunk:
            measures.append(f"count(*) FILTER (NOT {kind.fits(column, markers)})")
            measures.append(f"count(*) FILTER (regexp_full_match({column}, '{kind.pattern}'))")
        rows, *counts = connection.execute(f"SELECT {', '.join(measures)} FROM {source}").fetchone() or (0,)
        for (column, kind), misfits, written_so in zip(chunk, counts[::2], counts[1::2], strict=True):
            if not misfits:
                found[column] = Verdict(kind=kind if written_so else TEXT)
    return found, int(rows)


def _in_all(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: Sequence[tuple[str, list[Candidate]]],
    markers: Sequence[str],
    given: set[str],
) -> list[Verdict]:
    """How many values of each column don't fit each of its types, and what follows."""
    measures = []
    for column, kinds in columns:
        measures.append(f"count(*) FILTER (NOT {is_missing(column, markers)})")
        measures.extend(f"count(*) FILTER (NOT {kind.fits(column, markers)})" for kind in kinds)
    row = connection.execute(f"SELECT {', '.join(measures)} FROM {source}").fetchone()
    answers = iter(row or ())
    found = []
    for column, kinds in columns:
        values = int(next(answers))
        misfits = [(int(next(answers)), kind) for kind in kinds]
        if column in given:
            found.append(Verdict(kind=misfits[0][1], misfits=misfits[0][0]))
        else:
            found.append(_decided(values, misfits))
    return found


def _decided(values: int, misfits: Sequence[tuple[int, Candidate]]) -> Verdict:
    """The type with the fewest misfits, if they are few enough; the first of several."""
    most = min(values // (FIT_OF_MISFIT + 1), MOST_MISFITS) if values >= MIN_VALUES else 0
    possible = [(count, kind) for count, kind in misfits if count <= most] if values else []
    if not possible:
        return Verdict(kind=TEXT)
    fewest = min(count for count, _ in possible)
    best = next(kind for count, kind in possible if count == fewest)
    is_ambiguous = "strptime" in best.convert and len(possible) > 1
    return Verdict(kind=TEXT) if is_ambiguous else Verdict(kind=best, misfits=fewest)


def _with_bad_values(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    verdicts: dict[str, Verdict],
    markers: Sequence[str],
    given: set[str],
) -> list[Verdict]:
    """The same with the values that don't fit; text where one among numbers is a number itself."""
    tolerant = {column: verdict for column, verdict in verdicts.items() if verdict.misfits}
    if not tolerant:
        return list(verdicts.values())
    for column, verdict in tolerant.items():
        if verdict.misfits > MOST_MISFITS:
            raise TooManyRejected(
                f"{verdict.misfits:,} values of the column {column} aren't of the type {verdict.kind.type}.",
                hint="Nothing was changed. Give the column another type, such as TEXT.",
            )
    lists = (
        f"list(DISTINCT {column}) FILTER (NOT {verdict.kind.fits(column, markers)})"
        for column, verdict in tolerant.items()
    )
    row = connection.execute(f"SELECT {', '.join(lists)} FROM {source}").fetchone()
    found = dict(verdicts)
    for (column, verdict), values in zip(tolerant.items(), row or (), strict=False):
        is_number = verdict.kind.type in ("BIGINT", "DOUBLE") and column not in given
        if is_number and any(map(_is_written_in_digits, values)):
            found[column] = Verdict(kind=TEXT)
        else:
            found[column] = replace(verdict, bad_values=frozenset(values))
    return list(found.values())


def _is_written_in_digits(value: str) -> bool:
    """Whether a value has digits and no letters."""
    return any(map(str.isdigit, value)) and not any(map(str.isalpha, value))
