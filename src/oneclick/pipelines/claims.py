"""Whose a table is: two data flows never load one, and what people made themselves is never replaced."""

from collections.abc import Iterable, Sequence

from django.db import transaction

from oneclick.pipelines.contract.errors import TableTaken
from oneclick.pipelines.models import DataFlow, FileLoad, LoadedTable
from oneclick.warehouses.contract.data_plane import DataPlane, TableName


def demand_free(flow: DataFlow, tables: Iterable[TableName], plane: DataPlane) -> None:
    """Raise `TableTaken` for a table that isn't this flow's and isn't free."""
    wanted = set(tables)
    known = {TableName(schema=row.schema, name=row.name): row for row in _loaded(flow)}
    for table in sorted(wanted & set(known), key=str):
        _demand_ours(flow, table, known[table])
    if unknown := wanted - set(known):
        foreign = {info.table for info in plane.list_tables()} & unknown
        if foreign:
            raise TableTaken(f"The table {min(foreign, key=str)} wasn't made by One-Click, so it isn't replaced.")


@transaction.atomic
def claim(flow: DataFlow, tables: Sequence[TableName]) -> None:
    """Note tables as this flow's before they are made, so that they are ours also after a crash."""
    for table in tables:
        row, _ = LoadedTable.objects.select_for_update(of=("self",)).get_or_create(
            warehouse_id=flow.warehouse_id, schema=table.schema, name=table.name,
            defaults={"organisation_id": flow.organisation_id, "flow": flow},
        )  # fmt: skip
        _demand_ours(flow, table, row)
        if row.flow_id is None:
            LoadedTable.objects.filter(id=row.id).update(flow=flow)


def _demand_ours(flow: DataFlow, table: TableName, row: LoadedTable) -> None:
    """A table of a data flow that was removed is free for the next one; a table from a file isn't."""
    if row.flow_id not in (None, flow.id):
        raise TableTaken(f"The table {table} belongs to another data flow.")
    of_file = FileLoad.objects.filter(warehouse_id=flow.warehouse_id, schema=table.schema, name=table.name)
    if row.flow_id is None and of_file.exists():
        raise TableTaken(f"The table {table} was loaded from a file, so no data flow replaces it.")


def _loaded(flow: DataFlow) -> Iterable[LoadedTable]:
    return LoadedTable.objects.filter(warehouse_id=flow.warehouse_id)
