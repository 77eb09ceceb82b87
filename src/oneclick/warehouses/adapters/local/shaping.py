"""Fitting a table to the files that are loaded into it: made, widened, given new columns, or refused."""

from collections.abc import Sequence

import duckdb

from oneclick.warehouses.adapters.local.server import identifier
from oneclick.warehouses.contract.data_plane import TableName
from oneclick.warehouses.contract.errors import InvalidConfig


def fit_table(
    connection: duckdb.DuckDBPyConnection, table: TableName, source: str, *, may_retype: bool
) -> Sequence[str]:
    """Make `table` take the rows of `source`, a table function; returns the names of the source's columns.

    Columns that the table lacks are added. A type that holds more is taken over where DuckLake can widen to it, and
    where `may_retype` says that no old row stays, any type is. Raises `InvalidConfig` for what doesn't fit.
    """
    wanted = _columns(connection, f"SELECT * FROM {source}")
    name = f"{identifier(table.schema)}.{identifier(table.name)}"
    _refuse_view(connection, table)
    existing = _existing_columns(connection, table)
    if not existing:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(table.schema)}")
        listed = ", ".join(f"{identifier(column)} {kind}" for column, kind in wanted.items())
        connection.execute(f"CREATE TABLE {name} ({listed})")
        return list(wanted)
    known = {column.casefold(): (column, kind) for column, kind in existing.items()}
    for column, kind in wanted.items():
        if column.casefold() not in known:
            connection.execute(f"ALTER TABLE {name} ADD COLUMN {identifier(column)} {kind}")
            continue
        old_name, old_kind = known[column.casefold()]
        if _fits(connection, kind, old_kind):
            continue
        _change_type(connection, name, old_name, old_kind, kind, may_retype=may_retype)
    return list(wanted)


def _change_type(
    connection: duckdb.DuckDBPyConnection, name: str, column: str, old: str, new: str, *, may_retype: bool
) -> None:
    if may_retype:
        connection.execute(f"DELETE FROM {name}")
        connection.execute(f"ALTER TABLE {name} DROP COLUMN {identifier(column)}")
        connection.execute(f"ALTER TABLE {name} ADD COLUMN {identifier(column)} {new}")
        return
    try:
        connection.execute(f"ALTER TABLE {name} ALTER COLUMN {identifier(column)} SET DATA TYPE {new}")
    except (duckdb.CatalogException, duckdb.NotImplementedException) as exc:
        raise InvalidConfig(
            f"The column {column!r} of {name} holds {old}, and the files bring {new}.",
            hint="Convert the column in the files, load into another table, or replace the whole table.",
        ) from exc


def _fits(connection: duckdb.DuckDBPyConnection, new: str, old: str) -> bool:
    """Whether every value of type `new` can be kept as `old`, without a loss."""
    if new == old:
        return True
    if new.startswith("DECIMAL") and old.startswith("DECIMAL"):
        (new_width, new_scale), (old_width, old_scale) = _precision(new), _precision(old)
        return old_scale >= new_scale and old_width - old_scale >= new_width - new_scale
    row = connection.execute(f"SELECT can_cast_implicitly(NULL::{new}, NULL::{old})").fetchone()
    return bool(row and row[0])


def _precision(decimal: str) -> tuple[int, int]:
    width, scale = decimal.removeprefix("DECIMAL(").removesuffix(")").split(",")
    return int(width), int(scale)


def _columns(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    rows = connection.execute(f"DESCRIBE {query}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def _existing_columns(connection: duckdb.DuckDBPyConnection, table: TableName) -> dict[str, str]:
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
