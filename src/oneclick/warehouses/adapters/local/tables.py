"""Which tables a lake has, and how large they are."""

from collections.abc import Mapping, Sequence

import duckdb

from oneclick.duck.quoting import identifier
from oneclick.warehouses.adapters.local.names import BOOKS, CATALOG, METADATA_SCHEMA
from oneclick.warehouses.contract.data_plane import TableInfo, TableName

_METADATA = f"__ducklake_metadata_{CATALOG}.{METADATA_SCHEMA}"
MOST_COUNTED = 200
"""Counting takes some 10 ms a table; beyond this many, the number of rows is left open."""


def list_tables(connection: duckdb.DuckDBPyConnection) -> Sequence[TableInfo]:
    """All tables of the lake that is attached as `lake`, as they are at one moment, without our book-keeping."""
    connection.execute("BEGIN")
    found = connection.execute(
        f"""
        SELECT t.schema_name, t.table_name, i.file_size_bytes + i.delete_file_size_bytes,
               (SELECT list((c.column_name, c.data_type) ORDER BY c.column_index) FROM duckdb_columns() c
                WHERE c.database_name = $1 AND c.table_oid = t.table_oid)
        FROM duckdb_tables() t
        LEFT JOIN (
            SELECT s.schema_name, i.* FROM ducklake_table_info($1) i
            JOIN {_METADATA}.ducklake_schema s
            ON s.schema_id = i.schema_id AND s.end_snapshot IS NULL
        ) i ON i.schema_name = t.schema_name AND i.table_name = t.table_name
        WHERE t.database_name = $1 AND t.schema_name <> $2 ORDER BY t.schema_name, t.table_name
        """,
        [CATALOG, BOOKS],
    ).fetchall()
    tables = [
        TableInfo(
            table=TableName(schema=schema, name=name),
            rows=_count(connection, schema, name) if number < MOST_COUNTED else None,
            size_bytes=size_bytes,
            columns=tuple((str(column), str(kind)) for column, kind in columns),
        )
        for number, (schema, name, size_bytes, columns) in enumerate(found)
    ]
    connection.execute("COMMIT")
    return tables


def written_bytes(connection: duckdb.DuckDBPyConnection) -> Mapping[TableName, int]:
    """The size of the data files that this connection's last commit added, by table; without those that added none."""
    found = connection.execute(
        f"""
        SELECT s.schema_name, t.table_name, sum(f.file_size_bytes)::BIGINT
        FROM {_METADATA}.ducklake_data_file f
        JOIN {_METADATA}.ducklake_table t ON t.table_id = f.table_id AND t.end_snapshot IS NULL
        JOIN {_METADATA}.ducklake_schema s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
        WHERE f.begin_snapshot = (FROM ducklake_last_committed_snapshot($1)) GROUP BY ALL
        """,
        [CATALOG],
    ).fetchall()
    return {TableName(schema=schema, name=name): int(size) for schema, name, size in found}


def is_plain(connection: duckdb.DuckDBPyConnection, table: TableName) -> bool:
    """Whether a table is its columns and nothing else: no comment, constraint, partition or order of its own."""
    found = connection.execute(
        f"""
        SELECT 1 FROM duckdb_tables() t JOIN duckdb_columns() c USING (database_name, table_oid)
        WHERE t.database_name = $1 AND t.schema_name = $2 AND t.table_name = $3
          AND (t.comment IS NOT NULL OR c.comment IS NOT NULL OR NOT c.is_nullable
               OR coalesce(c.column_default, 'NULL') <> 'NULL')
        UNION ALL
        SELECT 1 FROM {_METADATA}.ducklake_table t
        JOIN {_METADATA}.ducklake_schema s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
        WHERE s.schema_name = $2 AND t.table_name = $3 AND t.end_snapshot IS NULL AND (
            EXISTS (FROM {_METADATA}.ducklake_partition_info i WHERE i.table_id = t.table_id AND i.end_snapshot IS NULL)
            OR EXISTS (FROM {_METADATA}.ducklake_sort_info i WHERE i.table_id = t.table_id AND i.end_snapshot IS NULL)
            OR EXISTS (FROM {_METADATA}.ducklake_metadata m WHERE m.scope = 'table' AND m.scope_id = t.table_id))
        LIMIT 1
        """,
        [CATALOG, table.schema, table.name],
    ).fetchone()
    return found is None


def _count(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {CATALOG}.{identifier(schema)}.{identifier(name)}").fetchone()
    return int(row[0]) if row else 0
