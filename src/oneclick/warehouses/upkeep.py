"""Keeping warehouses tidy: what a data plane does for itself, asked for by the clock, one warehouse at a time."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import structlog

from oneclick.core.clock import Clock, utcnow
from oneclick.core.errors import OneClickError
from oneclick.job_queue.wake import wake
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse, WarehouseState
from oneclick.warehouses.services import data_plane

TIDY = "warehouses.tidy"
LONGEST_RUN = timedelta(hours=24)
"""The longest that a load or a query may take; what is younger than this and a day more is never removed."""

log = structlog.get_logger(__name__)


def ask_for_upkeep() -> int:
    """Enqueue one wake-up for each warehouse that is ready; how many."""
    ready = list(Warehouse.objects.filter(state=WarehouseState.ACTIVE).values_list("id", flat=True))
    for warehouse_id in ready:
        wake(TIDY, warehouse_id=str(warehouse_id))
    return len(ready)


def tidy(warehouse_id: UUID, clock: Clock = utcnow) -> Mapping[str, int]:
    """Let one warehouse tidy up; what was done, in numbers. What can't be done now is done next time."""
    warehouse = Warehouse.objects.filter(id=warehouse_id, state=WarehouseState.ACTIVE).first()
    if warehouse is None:
        return {}
    try:
        done = data_plane(warehouse, AccessLevel.WRITE).maintain(now=clock(), longest_run=LONGEST_RUN)
    except OneClickError as exc:
        log.warning("upkeep postponed", warehouse=str(warehouse_id), code=exc.code)
        return {}
    log.info("upkeep done", warehouse=str(warehouse_id), **done)
    return done
