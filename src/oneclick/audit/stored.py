"""Events and links as the database has them, read for the sealer and for verification."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from oneclick.audit.chain import INSTALLATION_CHAIN, Link, StoredEvent
from oneclick.audit.errors import WrongAuditKey

_CHUNK = 2000
# `detail::text` is PostgreSQL's own spelling of the JSON: read as Python numbers it would be rounded.
_EVENT = (
    "e.id, e.at, e.organisation_id, e.actor, e.action, e.target_kind, e.target_id, e.detail::text, e.correlation_id, "
    "e.address"
)
_LINK = "s.chain, s.seq, s.sealed_at, s.event_id, s.event_at, s.digest, s.previous_mac, s.mac"


def waiting_events(limit: int) -> list[StoredEvent]:
    """Committed events whose seal is due, in order of their ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_EVENT} FROM audit_unsealed q JOIN audit_event e ON e.id = q.event_id AND e.at = q.at "
            "ORDER BY q.event_id LIMIT %s",
            [limit],
        )
        return [_event(row) for row in cursor.fetchall()]


def waiting() -> tuple[int, datetime | None]:
    """How many events wait for their seal, and since when the oldest does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), min(at) FROM audit_unsealed")
        count, since = cursor.fetchone()
        return count, since


def chains() -> set[UUID]:
    """Every chain that left any trace."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT chain FROM audit_head UNION SELECT chain FROM audit_seal UNION SELECT chain FROM audit_anchor"
        )
        return {row[0] for row in cursor.fetchall()}


def links(chain: UUID, *, after: int, key_id: str) -> Iterator[tuple[Link, StoredEvent | None]]:
    """The links of a chain with their events, in order; raises `WrongAuditKey` for one of another key."""
    sql = (
        f"SELECT s.key_id, {_LINK}, {_EVENT} FROM audit_seal s "
        "LEFT JOIN audit_event e ON e.id = s.event_id AND e.at = s.event_at "
        "WHERE s.chain = %s AND s.seq > %s ORDER BY s.seq, s.sealed_at LIMIT %s"
    )
    rows: Sequence[Sequence[object]] = [()] * _CHUNK
    while len(rows) == _CHUNK:
        with connection.cursor() as cursor:
            cursor.execute(sql, [chain, after, _CHUNK])
            rows = cursor.fetchall()
        for row in rows:
            if row[0] != key_id:
                raise WrongAuditKey(f"The audit log was sealed with key {row[0]}, but key {key_id} is in force.")
            link = _link(row[1:9])
            yield link, _event(row[9:]) if row[9] else None
            after = link.seq


def unsealed_events() -> Iterator[tuple[UUID, UUID]]:
    """Of each chain the first event that is neither sealed nor due, as (chain, event)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (1) coalesce(e.organisation_id, %s), e.id FROM audit_event e WHERE NOT EXISTS "
            "(SELECT 1 FROM audit_seal s WHERE s.event_id = e.id AND s.event_at = e.at) "
            "AND NOT EXISTS (SELECT 1 FROM audit_unsealed q WHERE q.event_id = e.id) ORDER BY 1, 2",
            [INSTALLATION_CHAIN],
        )
        yield from cursor.fetchall()


def vanished_events() -> Iterator[UUID]:
    """Events that are due but gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT q.event_id FROM audit_unsealed q WHERE NOT EXISTS "
            "(SELECT 1 FROM audit_event e WHERE e.id = q.event_id AND e.at = q.at) ORDER BY q.event_id"
        )
        yield from (event_id for (event_id,) in cursor.fetchall())


def _event(row: Sequence[object]) -> StoredEvent:
    return StoredEvent(**dict(zip(StoredEvent.__dataclass_fields__, row, strict=True)))  # type: ignore[arg-type]  # the columns have these types


def _link(row: Sequence[object]) -> Link:
    values = [bytes(value) if isinstance(value, memoryview) else value for value in row]
    return Link(**dict(zip(Link.__dataclass_fields__, values, strict=True)))  # type: ignore[arg-type]  # the columns have these types
