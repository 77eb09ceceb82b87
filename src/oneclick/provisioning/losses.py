"""What deleting a warehouse would lose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from oneclick.core.registry import Registry
from oneclick.warehouses import services
from oneclick.warehouses.contract.data_plane import TableInfo, TableName
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse

LOADED_TABLES: Registry[Callable[[UUID], set[TableName]]] = Registry("list of tables we loaded")
"""Upper packages say here which tables of a warehouse they loaded and could load again."""

SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class TableAtStake:
    """One table that would be lost. `rows` is None where nobody could count them."""

    table: TableName
    rows: int | None
    is_ours: bool


def tables_at_stake(warehouse: Warehouse) -> Sequence[TableAtStake]:
    """Every table in the warehouse, those that we didn't load first; nothing while it was never ready.

    Raises `ContractError` where nobody can look.
    """
    if warehouse.ready_at is None:
        return ()
    found: Sequence[TableInfo] = services.data_plane(warehouse, AccessLevel.READ).list_tables()
    ours = set().union(*(loaded(warehouse.id) for loaded in LOADED_TABLES))
    rows = [TableAtStake(table=info.table, rows=info.rows, is_ours=info.table in ours) for info in found]
    return sorted(rows, key=lambda row: (row.is_ours, row.table))


def in_words(lost: Sequence[TableAtStake]) -> str:
    """Such as "3 tables with 1,200 rows (not loaded by us: staging.notes, 12 rows)"."""
    total = sum(row.rows or 0 for row in lost)
    foreign = [row for row in lost if not row.is_ours]
    named = ", ".join(
        f"{row.table}" + (f", {row.rows:,} rows" if row.rows is not None else "") for row in foreign[:SHOWN]
    )
    more = f" and {len(foreign) - SHOWN} more" if len(foreign) > SHOWN else ""
    count = "1 table" if len(lost) == 1 else f"{len(lost)} tables"
    return f"{count} with {total:,} rows" + (f" (not loaded by us: {named}{more})" if foreign else "")
