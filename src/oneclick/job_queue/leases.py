"""The lease of a row, such as a warehouse: one worker at a time changes what it stands for, and one that came back
late is refused.

A lease is the row's holder (machine, process, lease), end and fence. The fence grows with every lease, and whatever
is written under a lease is written only while its fence is the newest. Time is the database's, so that workers'
clocks don't matter.
"""

import os
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, connection, connections
from psycopg import sql

from oneclick.core.ids import new_id

LEASE_S = 10.0
RENEW_EVERY_S = 2.5

log = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """Another worker has taken it over: whoever hears this stops and writes nothing more."""


@dataclass(frozen=True, kw_only=True)
class LeaseTable:
    """A table whose rows can be leased: `lease_holder`, `lease_until`, `fence`.

    The fence is counted in the row, or by `sequence` where it has to grow across rows.
    """

    name: str
    sequence: str = ""

    def acquire(self, row_id: UUID) -> "Lease | None":
        """Take the lease of a row, or return None while somebody else holds it, or where there is no such row."""
        holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{new_id().hex}"
        fence = sql.SQL("nextval({})").format(self.sequence) if self.sequence else sql.SQL("fence + 1")
        row = self._one(
            "UPDATE {table} SET lease_holder = %s, fence = {fence},"
            " lease_until = clock_timestamp() + make_interval(secs => %s)"
            " WHERE id = %s AND (lease_holder = '' OR lease_until < clock_timestamp()) RETURNING fence",
            [holder, LEASE_S, row_id],
            fence=fence,
        )
        if row is None:
            return None
        lease = Lease(table=self, row_id=row_id, fence=row[0], holder=holder)
        KEEPER.keep(lease)
        return lease

    def is_held(self, lease: "Lease") -> bool:
        """Whether it is still that holder's; inside a transaction it stays so until the commit."""
        held = "SELECT 1 FROM {table} WHERE id = %s AND fence = %s AND lease_holder = %s FOR NO KEY UPDATE"
        return self._one(held, [lease.row_id, lease.fence, lease.holder]) is not None

    def release(self, lease: "Lease") -> None:
        """Free the row, if it is still that holder's."""
        self._one(
            "UPDATE {table} SET lease_holder = '', lease_until = NULL"
            " WHERE id = %s AND fence = %s AND lease_holder = %s RETURNING 1",
            [lease.row_id, lease.fence, lease.holder],
        )

    def renew(self, holders: list[str]) -> None:
        """Move the end of each lease that is still theirs."""
        self._one(
            "WITH renewed AS (UPDATE {table} SET lease_until = clock_timestamp() + make_interval(secs => %s)"
            " WHERE lease_holder = ANY(%s) RETURNING 1) SELECT count(*) FROM renewed",
            [LEASE_S, holders],
        )

    def _one(self, statement: str, values: Sequence[Any], **parts: sql.Composable) -> tuple[Any, ...] | None:
        composed = sql.SQL(statement).format(table=sql.Identifier(self.name), **parts)
        with connection.cursor() as cursor:
            cursor.execute(composed, values)
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to change what one row stands for, until it ends or somebody with a higher fence has it."""

    table: LeaseTable
    row_id: UUID
    fence: int
    holder: str = field(repr=False)

    def assert_held(self) -> None:
        """Raise `LeaseLost` unless it is still ours; inside a transaction it stays so until the commit."""
        if not self.table.is_held(self):
            raise LeaseLost

    def release(self) -> None:
        """Give it back; lost already is fine."""
        KEEPER.forget(self)
        self.table.release(self)

    def give_up(self) -> None:
        """Give it back at the very end, where a database that is away must hide no other error."""
        try:
            self.release()
        except DatabaseError:
            log.warning("a lease could not be given back; it runs out by itself")


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


def renew(leases: Sequence[Lease]) -> None:
    """Move the end of each lease that is still ours."""
    for table in {lease.table for lease in leases}:
        table.renew([lease.holder for lease in leases if lease.table == table])


KEEPER = Keeper()
