"""Which type each column of a text file has, judged by every one of its values.

1. A column gets the type that fits all of its values. A leading zero, more digits than a number keeps or an ambiguous
   date don't fit: such a column stays text, and nothing is lost.
2. Else, where few of at least `MIN_VALUES` values don't fit (one in a hundred), the column keeps the type that fits
   most of them, and the rows of the others are set aside. Not where one of these others is a number in another
   spelling (007, 1.234,50 among 1.5, +49 123): then the column holds no plain numbers, and stays text.
3. Else it is text.

Where two styles fit (`styles`) and mean something else, the file's other columns decide.

Markers of missing values (NA, NULL …) count neither way, and become NULL in a type; in a column of text they stay
what they are. What a person says about a column goes before all of this.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from oneclick.pipelines.templates.file_import.candidates import (
    CANDIDATES,
    CURRENCY_OF,
    MISSING,
    TEXT,
    Candidate,
    in_style,
    is_missing,
)
from oneclick.pipelines.templates.file_import.errors import TooManyRejected
from oneclick.pipelines.templates.file_import.styles import FIND_OUT, Decimal, Styles

SAMPLE_ROWS = 2_000
MAX_MEASURES = 200
MIN_VALUES = 100
MOST_MISFITS = 1_000_000
FIT_OF_MISFIT = 99
"""How many values must fit for each one that doesn't."""

FIT_OF_MISFIT_AT_START = 19
"""The same in the sample, which only says which types are worth a look: bad values often stand together."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a column is, how many of its values don't fit that, and which these are.

    `is_ambiguous`: it is text because its values could be read in two ways. `is_key`: a missing value doesn't fit.
    """

    kind: Candidate
    misfits: int = 0
    bad_values: frozenset[str] = frozenset()
    is_ambiguous: bool = False
    is_key: bool = False

    def fits(self, value: str, markers: Sequence[str] = MISSING) -> str:
        """SQL that is true for a value that fits."""
        if not self.is_key:
            return self.kind.fits(value, markers)
        return f"({value} IS NOT NULL AND {self.kind.fits(value, ())})"


@dataclass(frozen=True, kw_only=True)
class Inferred:
    """What each column is, how many rows there are, and the styles in which the file writes numbers and dates."""

    verdicts: Sequence[Verdict]
    rows: int
    styles: Styles = FIND_OUT


def infer(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: Sequence[str],
    *,
    among: Sequence[Candidate] = CANDIDATES,
    markers: Sequence[str] = MISSING,
    wanted: Mapping[str, Sequence[Candidate]] | None = None,
    styles: Styles = FIND_OUT,
) -> Inferred:
    """What each column of `source` is, a relation of texts in SQL; `columns` are quoted names.

    A sample says which types are worth a look; all values then decide. `wanted` are the types that somebody said,
    each in the spellings that it may have.
    """
    if not columns:
        return Inferred(verdicts=(), rows=0, styles=styles)
    look = _Look(connection=connection, source=source, markers=markers, given=wanted or {})
    found, rows = look.judge(columns, in_style(among, styles))
    in_use = _styles_of(look, found, styles)
    doubtful = [column for column, verdict in found.items() if _may_be_another(verdict, in_use)]
    if doubtful:
        again, _ = look.judge(doubtful, in_style(among, in_use))
        clear = {column: verdict for column, verdict in again.items() if not verdict.misfits}
        found.update({column: verdict for column, verdict in clear.items() if verdict.kind is not TEXT})
    return Inferred(verdicts=[found[column] for column in columns], rows=rows, styles=in_use)


def _styles_of(look: "_Look", found: Mapping[str, Verdict], said: Styles) -> Styles:
    """The styles that the columns prove, where all prove the same."""
    dates = {verdict.kind.dates for verdict in found.values() if verdict.kind.dates}
    points = [column for column, verdict in found.items() if verdict.kind.decimal is Decimal.POINT]
    decimals = {verdict.kind.decimal for verdict in found.values()} - {None, Decimal.POINT}
    is_in_doubt = any(verdict.is_ambiguous for verdict in found.values())
    if points and (not (decimals or is_in_doubt) or look.proves_point(points, found)):
        decimals.add(Decimal.POINT)
    return Styles(
        decimal=said.decimal or (decimals.pop() if len(decimals) == 1 else None),
        dates=said.dates or (dates.pop() if len(dates) == 1 else None),
    )


def _may_be_another(verdict: Verdict, styles: Styles) -> bool:
    """Whether the column may be something else in a file of these styles."""
    is_other_number = verdict.kind.decimal is Decimal.POINT and styles.decimal is Decimal.COMMA
    return is_other_number or (verdict.is_ambiguous and styles != FIND_OUT)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """A relation of texts, looked at."""

    connection: duckdb.DuckDBPyConnection
    source: str
    markers: Sequence[str]
    given: Mapping[str, Sequence[Candidate]]

    def judge(self, columns: Sequence[str], among: Sequence[Candidate]) -> tuple[dict[str, Verdict], int]:
        """A verdict on each column, and how many rows there are."""
        given = set(self.given)
        narrowed = _in_sample(self.connection, self.source, columns, among, self.markers)
        looked_at = [(column, self.given.get(column, kinds)) for column, kinds in zip(columns, narrowed, strict=True)]
        candidates = [(column, [kind for kind in kinds if kind is not TEXT]) for column, kinds in looked_at]
        found, rows = _at_first_look(self.connection, self.source, candidates, self.markers, given)
        left = [(column, kinds) for column, kinds in candidates if column not in found]
        for chunk in _chunks(left):
            found.update(self._in_all(chunk))
        judged = {column: found[column] for column in columns}
        return self._with_bad_values(self._of_one_currency(judged)), rows

    def proves_point(self, columns: Sequence[str], found: Mapping[str, Verdict]) -> bool:
        """Whether one of these columns of numbers can't be read with a comma before the decimals."""
        commas = [kind for kind in CANDIDATES if kind.decimal is Decimal.COMMA]
        measures = ", ".join(
            f"count(*) FILTER ({found[column].fits(column)} AND NOT {kind.fits(column, self.markers)})"
            for column in columns
            for kind in commas
        )
        return any(self._one(measures))

    def _one(self, measures: str) -> Sequence[int]:
        return self.connection.execute(f"SELECT {measures} FROM {self.source}").fetchone() or ()

    def _in_all(self, columns: Sequence[tuple[str, Sequence[Candidate]]]) -> dict[str, Verdict]:
        """How many values of each column don't fit each of its types, and what follows."""
        measures = []
        for column, kinds in columns:
            measures.append(f"count(*) FILTER (NOT {is_missing(column, self.markers)})")
            measures.extend(f"count(*) FILTER (NOT {kind.fits(column, self.markers)})" for kind in kinds)
        answers = iter(self._one(", ".join(measures)))
        found = {}
        for column, kinds in columns:
            values = int(next(answers))
            misfits = [(int(next(answers)), kind) for kind in kinds]
            possible = misfits if column in self.given else _possible(values, misfits)
            found[column] = self._decided(column, possible)
        return found

    def _decided(self, column: str, possible: Sequence[tuple[int, Candidate]]) -> Verdict:
        """The type with the fewest misfits, the first of several; text where another style says something else."""
        if not possible:
            return Verdict(kind=TEXT)
        fewest = min(count for count, _ in possible)
        best = next(kind for count, kind in possible if count == fewest)
        rivals = [kind for count, kind in possible if kind.is_rival_of(best) and (count == fewest or fewest)]
        if not any(best.dates or self._differ(column, best, rival) for rival in rivals):
            return Verdict(kind=best, misfits=fewest)
        if column in self.given:  # in its first spelling nothing fits, which says that a style is wanted
            return Verdict(kind=possible[0][1], misfits=possible[0][0])
        return Verdict(kind=TEXT, is_ambiguous=True)

    def _differ(self, column: str, one: Candidate, other: Candidate) -> bool:
        """Whether a value is one number to the one and another to the other; plain numbers are what they are."""
        if not one.takes_currency:
            return False
        values = (kind.attempt.format(v=column) for kind in (one, other))
        fit = " AND ".join(kind.fits(column, self.markers) for kind in (one, other))
        return bool(self._one(f"count(*) FILTER ({fit} AND {' IS DISTINCT FROM '.join(values)})")[0])

    def _of_one_currency(self, verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
        """The same, with text where amounts are in several currencies: a number would not say which."""
        money = [column for column, verdict in verdicts.items() if verdict.kind.takes_currency]
        if not money:
            return verdicts
        counts = self._one(
            ", ".join(
                f"count(DISTINCT nullif({CURRENCY_OF.format(v=column)}, ''))"
                f" FILTER (NOT {is_missing(column, self.markers)} AND {verdicts[column].fits(column, self.markers)})"
                for column in money
            )
        )
        mixed = {column: Verdict(kind=TEXT) for column, count in zip(money, counts, strict=True) if count > 1}
        return verdicts | mixed

    def _with_bad_values(self, verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
        """The same with the values that don't fit; text where one among numbers is a number itself."""
        tolerant = {column: verdict for column, verdict in verdicts.items() if verdict.misfits}
        if not tolerant:
            return verdicts
        for column, verdict in tolerant.items():
            if verdict.misfits > MOST_MISFITS:
                raise TooManyRejected(
                    f"{verdict.misfits:,} values of the column {column} aren't of the type {verdict.kind.type}.",
                    hint="Nothing was changed. Give the column another type, such as TEXT.",
                )
        lists = (
            f"list(DISTINCT {column}) FILTER (NOT {verdict.fits(column, self.markers)})"
            for column, verdict in tolerant.items()
        )
        row = self.connection.execute(f"SELECT {', '.join(lists)} FROM {self.source}").fetchone()
        found = dict(verdicts)
        for (column, verdict), values in zip(tolerant.items(), row or (), strict=False):
            is_number = verdict.kind.type in ("BIGINT", "DOUBLE") and column not in self.given
            if is_number and any(map(_is_written_in_digits, values)):
                found[column] = Verdict(kind=TEXT)
            else:
                found[column] = replace(verdict, bad_values=frozenset(values))
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
    share = f"count(*) >= {FIT_OF_MISFIT_AT_START + 1} * count(*) FILTER"
    measures = ", ".join(f"{share} (NOT {kind.fits('value', markers)})" for kind in among)
    rows = connection.execute(
        f"SELECT name, {measures} FROM (UNPIVOT (SELECT {renamed} FROM {source} LIMIT {SAMPLE_ROWS})"
        " ON COLUMNS(*) INTO NAME name VALUE value) GROUP BY name"
    ).fetchall()
    fitting = {name: [kind for kind, fits in zip(among, answers, strict=True) if fits] for name, *answers in rows}
    return [fitting.get(f"c{number}", list(among)) for number in range(len(columns))]


def _chunks(
    columns: Sequence[tuple[str, Sequence[Candidate]]],
) -> Iterator[Sequence[tuple[str, Sequence[Candidate]]]]:
    """Groups of columns that are looked at in one go."""
    chunk: list[tuple[str, Sequence[Candidate]]] = []
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
    columns: Sequence[tuple[str, Sequence[Candidate]]],
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


def _possible(values: int, misfits: Sequence[tuple[int, Candidate]]) -> list[tuple[int, Candidate]]:
    """The types with few enough misfits."""
    most = min(values // (FIT_OF_MISFIT + 1), MOST_MISFITS) if values >= MIN_VALUES else 0
    return [(count, kind) for count, kind in misfits if count <= most] if values else []


def _is_written_in_digits(value: str) -> bool:
    """Whether a value has digits and no letters."""
    return any(map(str.isdigit, value)) and not any(map(str.isalpha, value))
