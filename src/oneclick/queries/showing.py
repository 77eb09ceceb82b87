"""Rows of a result as a page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from oneclick.accounts.queries import names_of
from oneclick.accounts.roles import Permission, Principal
from oneclick.queries import outputs
from oneclick.queries.models import QueryHistory, QueryState
from oneclick.queries.services import QueryResult
from oneclick.web.words import duration, number

MOST_COLUMNS = 100
LONGEST_CELL = 240
SHORTEST_S = 0.1
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DECIMAL", "FLOAT", "DOUBLE")
STATE_OF_QUERY: Mapping[str, str] = {
    QueryState.RUNNING: "busy",
    QueryState.DONE: "ok",
    QueryState.FAILED: "bad",
    QueryState.CANCELLED: "off",
    QueryState.LOST: "bad",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column; `kind` is the cells' class."""

    name: str
    type: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One value; `text` None is NULL, `is_cut`: there is more of it."""

    text: str | None
    kind: str
    is_cut: bool = False


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A result: as many columns as a page has room for. `hidden` counts the others."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    hidden: int
    row_count: int
    is_truncated: bool
    took: str


@dataclass(frozen=True, kw_only=True)
class ShownQuery:
    """One line of the history."""

    line: QueryHistory
    badge: str
    asked_by: str
    outcome: str
    may_stop: bool


def grid_of(result: QueryResult, *, most_rows: int) -> Grid:
    """The first rows and columns of a result."""
    columns = [
        Column(name=name, type=kind, kind="number" if kind.removeprefix("U").startswith(_NUMBERS) else "text")
        for name, kind in zip(result.columns[:MOST_COLUMNS], result.types[:MOST_COLUMNS], strict=True)
    ]
    return Grid(
        columns=columns,
        rows=[[_cell(*pair) for pair in zip(columns, row, strict=False)] for row in islice(_texts(result), most_rows)],
        hidden=len(result.columns) - len(columns),
        row_count=result.row_count,
        is_truncated=result.is_truncated,
        took="less than 0.1 s" if result.seconds < SHORTEST_S else duration(result.seconds),
    )


def shown_queries(principal: Principal, lines: Sequence[QueryHistory]) -> Sequence[ShownQuery]:
    """Lines of the history, with the names of those who asked."""
    names = names_of(principal.organisation_id, {line.asked_by for line in lines})
    return [_shown(principal, line, names) for line in lines]


def _texts(result: QueryResult) -> Any:
    return outputs.text_rows(result)


def _cell(column: Column, text: str | None) -> Cell:
    if text is None:
        return Cell(text=None, kind="null")
    is_cut = len(text) > LONGEST_CELL
    return Cell(text=f"{text[:LONGEST_CELL]}…" if is_cut else text, kind=column.kind, is_cut=is_cut)


def _shown(principal: Principal, line: QueryHistory, names: Mapping[str, str]) -> ShownQuery:
    is_theirs = line.asked_by == principal.label or principal.may(Permission.PROVISION_WAREHOUSES)
    return ShownQuery(
        line=line,
        badge=STATE_OF_QUERY[line.state],
        asked_by=names.get(line.asked_by) or line.asked_by.partition(":")[2],
        outcome=_outcome(line),
        may_stop=line.state == QueryState.RUNNING and is_theirs,
    )


def _outcome(line: QueryHistory) -> str:
    parts = []
    if line.rows is not None:
        parts.append(
            ("the first " if line.is_truncated else "") + number(line.rows) + (" row" if line.rows == 1 else " rows")
        )
    if line.elapsed_ms is not None:
        parts.append(duration(line.elapsed_ms / 1000))
    return ", ".join(parts)
