"""Reading which tables we loaded."""

from uuid import UUID

from oneclick.pipelines.models import LoadedTable
from oneclick.warehouses.contract.data_plane import TableName


def loaded_tables(warehouse_id: UUID) -> set[TableName]:
    """The tables of a warehouse that exist because we loaded them."""
    found = LoadedTable.objects.filter(warehouse_id=warehouse_id).values_list("schema", "name")
    return {TableName(schema=schema, name=name) for schema, name in found}
