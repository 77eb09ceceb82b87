"""Checks what the warehouse itself would add to a query: views, and macros that stand in for functions.

Somebody who may write there can have defined a view that reads a file or another host, or a macro named like a
built-in function. Where the warehouse's engine runs elsewhere, that is its owner's affair; where the engine is
DuckDB in our own process, nothing of the kind may run here.
"""

import contextlib
import re
from collections.abc import Iterator

from oneclick.queries import guard
from oneclick.queries.errors import ForbiddenTable, QueryError
from oneclick.warehouses.contract.data_plane import DataSession
from oneclick.warehouses.contract.errors import TerminalError

# Every name is written in full: a macro or a schema of the warehouse must not answer in its place.
_DEFINITIONS = """
SELECT schema_name, view_name, sql, 'view' FROM system.main.duckdb_views() WHERE NOT internal
UNION ALL
SELECT schema_name, function_name, macro_definition, 'macro' FROM system.main.duckdb_functions() WHERE NOT internal
"""
_PROBE = "SELECT 1 FROM system.main.duckdb_views() LIMIT 1"

_NAME = r'(?:"(?:[^"]|"")+"|[A-Za-z_0-9]+)'
_CREATE_VIEW = re.compile(
    rf"CREATE\s+(?:TEMP\s+|TEMPORARY\s+)?VIEW\s+{_NAME}(?:\.{_NAME}){{0,2}}\s*"
    rf"(?:\({_NAME}(?:\s*,\s*{_NAME})*\)\s*)?AS\s",
    re.IGNORECASE,
)


def check(session: DataSession) -> None:
    """Raise `ForbiddenTable` where a definition does what a query may not."""
    for schema, name, text, kind in _definitions(session):
        if kind == "macro":
            raise ForbiddenTable(
                f"The warehouse holds the macro {schema}.{name}, which could stand in for a built-in function, "
                "so no query runs here.",
                hint=f"Drop the macro {schema}.{name} with the warehouse's write login; a view is fine.",
            )
        _check_view(f"{schema}.{name}", text)


def _definitions(session: DataSession) -> Iterator[tuple[str, str, str, str]]:
    from arro3.core import RecordBatchReader

    try:
        batches = list(RecordBatchReader.from_stream(session.query(_DEFINITIONS)))
    except TerminalError:
        if _is_duckdb(session):
            raise
        return
    for batch in batches:
        for schema, name, text, kind in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield str(schema), str(name), str(text or ""), str(kind)


def _is_duckdb(session: DataSession) -> bool:
    with contextlib.suppress(TerminalError):
        session.query(_PROBE)
        return True
    return False


def _check_view(name: str, text: str) -> None:
    found = _CREATE_VIEW.match(text)
    try:
        guard.check(text[found.end() :] if found else text)
    except QueryError as exc:
        raise ForbiddenTable(
            f"The warehouse's view {name} does what a query may not, so no query runs here: {exc.message}",
            hint=f"Drop the view {name} with the warehouse's write login.",
        ) from exc
