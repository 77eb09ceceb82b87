"""The lease of a warehouse: at most one worker changes it at a time, and one that came back late is refused.

A lease is a row's holder (machine, process, lease), end and fence. The fence grows by one with every lease, and
whatever is written under a lease is written only while its fence is the newest. Time is the database's, so that
workers' clocks don't matter.
"""

import os
import socket
import threading
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from django.db import DatabaseError, connection, connections

from oneclick.core.ids import new_id

LEASE_S = 10.0
RENEW_EVERY_S = 2.5

log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """Another worker has taken this warehouse over: whoever hears this stops and writes nothing more."""


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to change one warehouse, until it ends or somebody with a higher fence has it."""

    warehouse_id: UUID
    fence: int
    holder: str = field(repr=False)

    def assert_held(self) -> None:
        """Raise `LeaseLost` unless it is still ours; inside a transaction it stays so until the commit."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM warehouses_warehouse"
                " WHERE id = %s AND fence = %s AND lease_holder = %s FOR NO KEY UPDATE",
                [self.warehouse_id, self.fence, self.holder],
            )
            if cursor.fetchone() is None:
                raise LeaseLost

    def release(self) -> None:
        """Give it back; lost already is fine."""
        KEEPER.forget(self)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE warehouses_warehouse SET lease_holder = '', lease_until = NULL"
                " WHERE id = %s AND fence = %s AND lease_holder = %s",
                [self.warehouse_id, self.fence, self.holder],
            )


def acquire(warehouse_id: UUID) -> Lease | None:
    """Take the lease, or return None while somebody else holds it."""
    holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{new_id().hex}"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE warehouses_warehouse"
            " SET lease_holder = %s, lease_until = clock_timestamp() + make_interval(secs => %s), fence = fence + 1"
            " WHERE id = %s AND (lease_holder = '' OR lease_until < clock_timestamp()) RETURNING fence",
            [holder, LEASE_S, warehouse_id],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    lease = Lease(warehouse_id=warehouse_id, fence=row[0], holder=holder)
    KEEPER.keep(lease)
    return lease


class Keeper:
    """Renews this process's leases from one thread, so that a long call to a vendor doesn't lose its lease."""

    def __init__(self) -> None:
        self._held: set[Lease] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def keep(self, lease: Lease) -> None:
        """Renew it until it is forgotten."""
        with self._lock:
            self._held.add(lease)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._renew_for_ever, name="lease-keeper", daemon=True)
                self._thread.start()

    def forget(self, lease: Lease) -> None:
        """Renew it no more."""
        with self._lock:
            self._held.discard(lease)

    def _renew_for_ever(self) -> None:
        pause = threading.Event()
        while not pause.wait(RENEW_EVERY_S):
            with self._lock:
                held = list(self._held)
            if not held:
                connections.close_all()
                continue
            try:
                renew(held)
            except DatabaseError as exc:
                log.warning("leases could not be renewed", count=len(held), error=type(exc).__name__)
            connections.close_all()


def renew(leases: list[Lease]) -> None:
    """Move the end of each lease that is still ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE warehouses_warehouse SET lease_until = clock_timestamp() + make_interval(secs => %s)"
            " WHERE lease_holder = ANY(%s)",
            [LEASE_S, [lease.holder for lease in leases]],
        )


KEEPER = Keeper()
