"""Loads of one table take turns, and none goes on beside the deletion of its warehouse.

The turn is a lock of our database's session: when the process dies, it is free. It only keeps rows and rejected rows of
one file together; that each load arrives once is the warehouse's doing, by load id and fence.
"""

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator

from django.db import DatabaseError, connection

from oneclick.pipelines.templates.file_import.errors import TableBusy, WarehouseLeaving
from oneclick.provisioning.models import UNFINISHED, JobKind, ProvisioningJob
from oneclick.warehouses.contract.data_plane import TableName
from oneclick.warehouses.models import Warehouse, WarehouseState

WAIT_S = 120.0
POLL_S = 0.1


@contextlib.contextmanager
def turn(warehouse: Warehouse, table: TableName, *, on_wait: Callable[[], None]) -> Iterator[None]:
    """Be the only one who loads this table while the body runs. Raises `TableBusy` after `WAIT_S`."""
    key = key_of(warehouse, table)
    deadline = time.monotonic() + WAIT_S
    while not _asked("SELECT pg_try_advisory_lock(%s)", key):
        if time.monotonic() > deadline:
            raise TableBusy(f"Another load of {table} is under way, for more than {WAIT_S:g} s.")
        on_wait()
        time.sleep(POLL_S)
    try:
        yield
    finally:
        with contextlib.suppress(DatabaseError):  # a session that is gone holds no lock
            _asked("SELECT pg_advisory_unlock(%s)", key)


def key_of(warehouse: Warehouse, table: TableName) -> int:
    """The number of the table's lock."""
    return int.from_bytes(hashlib.sha256(f"{warehouse.id} {table}".encode()).digest()[:8], signed=True)


def demand_staying(warehouse: Warehouse) -> None:
    """Raise `WarehouseLeaving` when it is deleted or about to be; brings its fence up to date."""
    warehouse.refresh_from_db(fields=["fence", "state"])
    if warehouse.state == WarehouseState.DELETED:
        raise WarehouseLeaving(f"The warehouse {warehouse.name!r} has been deleted.")
    deletions = ProvisioningJob.objects.filter(warehouse_id=warehouse.id, kind=JobKind.DESTROY, state__in=UNFINISHED)
    if deletions.exists():
        raise WarehouseLeaving(f"The warehouse {warehouse.name!r} is being deleted.")


def _asked(query: str, key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query, [key])
        return bool((cursor.fetchone() or (False,))[0])
