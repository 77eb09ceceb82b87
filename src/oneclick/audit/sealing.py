"""The one sealer: chains committed events, per organisation, within seconds.

A chain made by a trigger in the business transaction forks under concurrency; so events are committed unchained, and
a queue row beside each says that its seal is due. Whatever has a queue row is sealed, however late its transaction
committed. Two guards keep a chain from forking: an advisory lock, and the compare-and-swap of the chain's head.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from oneclick.audit import witness
from oneclick.audit.chain import NO_MAC, AuditKey, Link, StoredEvent, audit_key
from oneclick.audit.errors import AuditBroken, WrongAuditKey
from oneclick.audit.models import AuditHead
from oneclick.audit.partitions import ensure_partitions
from oneclick.audit.stored import waiting_events
from oneclick.core.clock import Clock, utcnow

SEALER_LOCK = 0x0C_5EA1
BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class _End:
    seq: int
    mac: bytes
    sealed_at: datetime | None


def seal_all(clock: Clock = utcnow) -> int:
    """Seal everything that waits, and make next months' partitions; how many events were sealed.

    To be called every few seconds, by any number of processes: while one seals, the others return at once.
    """
    sealed = 0
    while count := seal():
        sealed += count
    ensure_partitions(clock().date())
    return sealed


def seal(limit: int = BATCH) -> int:
    """Seal up to `limit` committed events; how many. 0 where none wait or somebody else is sealing.

    Raises `WrongAuditKey` rather than continue a chain with another key.
    """
    with transaction.atomic():
        if not _locked():
            return 0
        events = waiting_events(limit)
        if not events:
            return 0
        heads = _seal_events(events, audit_key())
        _take_off_the_queue([event.id for event in events])
        transaction.on_commit(lambda: witness.remember(heads))
    return len(events)


def _locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER_LOCK])
        return bool(cursor.fetchone()[0])


def _seal_events(events: Sequence[StoredEvent], key: AuditKey) -> list[witness.Head]:
    by_chain: dict[UUID, list[StoredEvent]] = defaultdict(list)
    for event in events:
        by_chain[event.chain].append(event)
    ends = _ends(by_chain, key)
    # Never before an event that it seals nor before an older seal, even if the clock was set back: retention drops
    # seals by this time and relies on their order.
    known = [end.sealed_at for end in ends.values() if end.sealed_at]
    sealed_at = max([utcnow(), *known, *(event.at for event in events)])
    links: list[Link] = []
    heads: list[witness.Head] = []
    for chain, its_events in by_chain.items():
        added = _continue(ends[chain], its_events, sealed_at, key)
        _move_head(ends[chain], added[-1], key)
        heads.append(witness.Head(chain=chain, seq=added[-1].seq, mac=added[-1].mac, continues=ends[chain].seq))
        links += added
    _insert(links, key)
    return heads


def _ends(chains: Iterable[UUID], key: AuditKey) -> dict[UUID, _End]:
    ends = {chain: _End(seq=0, mac=NO_MAC, sealed_at=None) for chain in chains}
    for head in AuditHead.objects.filter(chain__in=list(ends)):
        if head.key_id != key.id:
            raise WrongAuditKey(f"The audit log was sealed with key {head.key_id}, but key {key.id} is in force.")
        ends[head.chain] = _End(seq=head.seq, mac=bytes(head.mac), sealed_at=head.sealed_at)
    return ends


def _continue(end: _End, events: Sequence[StoredEvent], sealed_at: datetime, key: AuditKey) -> list[Link]:
    links = []
    previous_mac = end.mac
    for seq, event in enumerate(events, start=end.seq + 1):
        link = key.seal(
            Link(
                chain=event.chain,
                seq=seq,
                sealed_at=sealed_at,
                event_id=event.id,
                event_at=event.at,
                digest=event.digest,
                previous_mac=previous_mac,
            )
        )
        previous_mac = link.mac
        links.append(link)
    return links


def _move_head(end: _End, last: Link, key: AuditKey) -> None:
    """Only if it is still where it was read: else another sealer went on from there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_head AS h (chain, seq, mac, sealed_at, key_id) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (chain) DO UPDATE SET seq = EXCLUDED.seq, mac = EXCLUDED.mac, "
            "sealed_at = EXCLUDED.sealed_at WHERE h.seq = %s AND h.mac = %s",
            [last.chain, last.seq, last.mac, last.sealed_at, key.id, end.seq, end.mac],
        )
        if cursor.rowcount != 1:
            raise AuditBroken(f"Somebody else moved the end of the audit chain {last.chain}.")


def _insert(links: Sequence[Link], key: AuditKey) -> None:
    columns = list(zip(*(vars(link).values() for link in links), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO audit_seal ({', '.join(Link.__dataclass_fields__)}, key_id) SELECT *, %s FROM unnest("
            "%s::uuid[], %s::bigint[], %s::timestamptz[], %s::uuid[], %s::timestamptz[], "
            "%s::bytea[], %s::bytea[], %s::bytea[])",
            [key.id, *map(list, columns)],
        )


def _take_off_the_queue(event_ids: list[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_unsealed WHERE event_id = ANY(%s)", [event_ids])
