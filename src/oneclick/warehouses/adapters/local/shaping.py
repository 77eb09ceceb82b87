"""Fitting a table to the files that are loaded into it: made, widened, given new columns, or refused."""

from collections.abc import Sequence

import duckdb

from oneclick.duck.quoting import identifier
from oneclick.warehouses.contract.data_plane import TableName
from oneclick.warehouses.contract.errors import InvalidConfig

INTEGERS = frozenset(
    sign + size for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
)
EXACT_DIGITS = {"FLOAT": 6, "DOUBLE": 15}
"""How many decimal digits a floating-point type keeps, whatever they are (IEEE 754)."""

LARGEST_EXACT = {"FLOAT": 2**24, "DOUBLE": 2**53}
"""The largest integer up to which a floating-point type keeps all (IEEE 754)."""


WIDEST = 1500
"""DuckLake mirrors each table in its catalog, and PostgreSQL's have 1,600 columns at most, DuckLake's own included."""


def fit_table(
    connection: duckdb.DuckDBPyConnection, table: TableName, source: str, *, may_retype: bool
) -> Sequence[str]:
    """Make `table` take the rows of `source`, a table function; returns the names of the source's columns.

    Columns that the table lacks are added. A type that holds more is taken over where DuckLake can widen to it, and
    where `may_retype` says that no old row stays, any type is. Raises `InvalidConfig` for what doesn't fit.
    """
    wanted = _columns(connection, f"SELECT * FROM {source}")
    if len(wanted) > WIDEST:
        raise InvalidConfig(
            f"{table} would have {len(wanted):,} columns, and a table here has at most {WIDEST:,}.",
            hint="Leave columns out.",
        )
    name = f"{identifier(table.schema)}.{identifier(table.name)}"
    _refuse_view(connection, table)
    existing = existing_columns(connection, table)
    if not existing:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(table.schema)}")
        listed = ", ".join(f"{identifier(column)} {kind}" for column, kind in wanted.items())
        connection.execute(f"CREATE TABLE {name} ({listed})")
        return list(wanted)
    known = {column.casefold(): (column, kind) for column, kind in existing.items()}
    for column, kind in wanted.items():
        old_name, old_kind = known.get(column.casefold(), (column, ""))
        if not old_kind:
            connection.execute(f"ALTER TABLE {name} ADD COLUMN {identifier(column)} {kind}")
        elif not _keeps(connection, source, column, kind, as_kind=old_kind):
            _change_type(connection, name, old_name, old_kind, kind, may_retype=may_retype)
    return list(wanted)


def _change_type(
    connection: duckdb.DuckDBPyConnection, name: str, column: str, old: str, new: str, *, may_retype: bool
) -> None:
    if may_retype:
        # In this order, because a table's only column can't be dropped.
        draft = identifier(f"{column} as {new}")
        connection.execute(f"DELETE FROM {name}")
        connection.execute(f"ALTER TABLE {name} ADD COLUMN {draft} {new}")
        connection.execute(f"ALTER TABLE {name} DROP COLUMN {identifier(column)}")
        connection.execute(f"ALTER TABLE {name} RENAME COLUMN {draft} TO {identifier(column)}")
        return
    refusal = InvalidConfig(
        f"The column {column!r} of {name} holds {old}, and the files bring {new}.",
        hint="Convert the column in the files, load into another table, or replace the whole table.",
    )
    if not _keeps(connection, name, column, old, as_kind=new):
        raise refusal
    try:
        connection.execute(f"ALTER TABLE {name} ALTER COLUMN {identifier(column)} SET DATA TYPE {new}")
    except (duckdb.CatalogException, duckdb.NotImplementedException) as exc:
        raise refusal from exc


def _keeps(connection: duckdb.DuckDBPyConnection, relation: str, column: str, kind: str, *, as_kind: str) -> bool:
    """Whether every value of a column, of type `kind`, can be kept as `as_kind` without a loss."""
    if kind == as_kind:
        return True
    if kind.startswith("DECIMAL") and as_kind.startswith("DECIMAL"):
        (width, scale), (as_width, as_scale) = _precision(kind), _precision(as_kind)
        return as_scale >= scale and as_width - as_scale >= width - scale
    if not _one(connection, f"SELECT can_cast_implicitly(NULL::{kind}, NULL::{as_kind})"):
        return False
    if as_kind in EXACT_DIGITS and kind.startswith("DECIMAL"):
        return _precision(kind)[0] <= EXACT_DIGITS[as_kind]
    if as_kind in LARGEST_EXACT and kind in INTEGERS:
        inside = f"{identifier(column)} BETWEEN -{LARGEST_EXACT[as_kind]} AND {LARGEST_EXACT[as_kind]}"
        return bool(_one(connection, f"SELECT coalesce(bool_and({inside}), true) FROM {relation}"))
    return True


def _precision(decimal: str) -> tuple[int, int]:
    width, scale = decimal.removeprefix("DECIMAL(").removesuffix(")").split(",")
    return int(width), int(scale)


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> object:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _columns(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    rows = connection.execute(f"DESCRIBE {query}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def existing_columns(connection: duckdb.DuckDBPyConnection, table: TableName) -> dict[str, str]:
    """Name and type of each column of a table, in order; none where there is no such table."""
    rows = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = current_database() "
        "AND schema_name = ? AND table_name = ? ORDER BY column_index",
        [table.schema, table.name],
    ).fetchall()
    return {str(column): str(kind) for column, kind in rows}


def _refuse_view(connection: duckdb.DuckDBPyConnection, table: TableName) -> None:
    found = connection.execute(
        "SELECT 1 FROM duckdb_views() WHERE database_name = current_database() AND schema_name = ? AND view_name = ?",
        [table.schema, table.name],
    ).fetchone()
    if found:
        raise InvalidConfig(f"{table} is a view, so nothing can be loaded into it.", hint="Choose another name.")
