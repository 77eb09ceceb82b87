"""Reading which tables we loaded, and when."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from oneclick.pipelines.models import LoadedTable
from oneclick.warehouses.contract.data_plane import TableName


def loaded_tables(warehouse_id: UUID) -> set[TableName]:
    """The tables of a warehouse that exist because we loaded them."""
    found = LoadedTable.objects.filter(warehouse_id=warehouse_id).values_list("schema", "name")
    return {TableName(schema=schema, name=name) for schema, name in found}


def loaded_at(warehouse_id: UUID) -> Mapping[TableName, datetime]:
    """When each table of a warehouse was last loaded by us."""
    found = LoadedTable.objects.filter(warehouse_id=warehouse_id, loaded_at__isnull=False)
    return {
        TableName(schema=schema, name=name): at
        for schema, name, at in found.values_list("schema", "name", "loaded_at")
        if at is not None
    }


def next_fence() -> int:
    """A number that grows with every load, of files and data flows alike: of two loads the one with more is newer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('pipelines_fence')")
        return int(cursor.fetchone()[0])
