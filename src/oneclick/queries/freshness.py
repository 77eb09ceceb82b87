"""When tables were last loaded: upper rooms say what they know, as a warehouse itself rarely tells."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from oneclick.core.registry import Registry
from oneclick.warehouses.contract.data_plane import TableName

LOADED_AT: Registry[Callable[[UUID], Mapping[TableName, datetime]]] = Registry("list of times at which we loaded")
"""Each takes a warehouse's id."""


def loaded_at(warehouse_id: UUID) -> Mapping[TableName, datetime]:
    """The newest known time of each table that somebody loaded."""
    newest: dict[TableName, datetime] = {}
    for known in LOADED_AT:
        for table, at in known(warehouse_id).items():
            newest[table] = max(at, newest.get(table, at))
    return newest
