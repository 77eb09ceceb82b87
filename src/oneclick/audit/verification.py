"""Walking the chains and naming the first link of each that isn't as it was sealed."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from django.db import connection, transaction

from oneclick.audit import stored, witness
from oneclick.audit.chain import INSTALLATION_CHAIN, NO_MAC, Anchor, AuditKey, Link, StoredEvent, audit_key
from oneclick.audit.models import AuditAnchor, AuditHead
from oneclick.audit.services import record


class Damage(Enum):
    """What was done to the log; the value completes "link 7 of …: "."""

    EVENT_CHANGED = "the event was changed after it was sealed"
    EVENT_REMOVED = "the event was removed"
    EVENT_UNSEALED = "the event has no seal: the seal was removed, or kept from being made"
    SEAL_REMOVED = "the seal was removed"
    SEAL_FORGED = "the seal was changed or forged"
    ANCHOR_FORGED = "the anchor that retention left was changed or forged"
    HEAD_CHANGED = "the note of where the chain ends was changed"
    CUT_OFF = "the newest links were removed, or an older backup was restored"


@dataclass(frozen=True, kw_only=True)
class Break:
    """The first thing wrong with a chain. `seq` is 0 for what isn't a link."""

    chain: UUID
    damage: Damage
    seq: int = 0
    event_id: UUID | None = None

    @property
    def organisation_id(self) -> UUID | None:
        """Whose chain it is; None for the installation's own."""
        return None if self.chain == INSTALLATION_CHAIN else self.chain

    def __str__(self) -> str:
        whose = f"organisation {self.chain}" if self.organisation_id else "the installation"
        link = f"Link {self.seq} of {whose}" if self.seq else f"The log of {whose}"
        event = f" (event {self.event_id})" if self.event_id else ""
        return f"{link}{event}: {self.damage.value}."


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a walk over all chains found. `waiting` events aren't sealed yet, the oldest since `waiting_since`."""

    chains: int
    links: int
    waiting: int
    waiting_since: datetime | None
    breaks: tuple[Break, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed."""
        return not self.breaks


def verify() -> Verification:
    """Walk every chain from its anchor to its end. Raises `WrongAuditKey` where another key sealed it.

    It sees one moment of the log, whatever is written meanwhile; retention waits until it is done.
    """
    key, noted = audit_key(), witness.recall()
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if is_outermost:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            # Taken before the snapshot, which a dropped partition wouldn't respect.
            cursor.execute("LOCK TABLE audit_anchor IN SHARE MODE")
        return _verify(key, noted)


def accept_ends(*, actor: str) -> int:
    """After a restored backup: believe the database about where chains end; how many were shorter than remembered.

    Who did so is written down. Nothing else that is wrong with the log is accepted.
    """
    shorter = [broken.chain for broken in verify().breaks if broken.damage is Damage.CUT_OFF]
    for chain in shorter:
        record(
            organisation_id=None if chain == INSTALLATION_CHAIN else chain,
            actor=actor,
            action="audit.end_accepted",
            target_kind="chain",
            target_id=chain,
        )
        witness.forget(chain)
    return len(shorter)


def _verify(key: AuditKey, noted: dict[UUID, witness.Head]) -> Verification:
    walks = [_Walk(chain, key, noted.get(chain)) for chain in sorted({*stored.chains(), *noted})]
    found = {walk.chain: broken for walk in walks if (broken := walk.run())}
    for chain, event_id in stored.unsealed_events():
        found.setdefault(chain, Break(chain=chain, damage=Damage.EVENT_UNSEALED, event_id=event_id))
    for event_id in stored.vanished_events():
        # Whose it was went with it.
        broken = Break(chain=INSTALLATION_CHAIN, damage=Damage.EVENT_REMOVED, event_id=event_id)
        found.setdefault(INSTALLATION_CHAIN, broken)
    waiting, since = stored.waiting()
    return Verification(
        chains=len(walks),
        links=sum(walk.links for walk in walks),
        waiting=waiting,
        waiting_since=since,
        breaks=tuple(found.values()),
    )


class _Walk:
    """One chain on its way: where it began, what was reached last."""

    def __init__(self, chain: UUID, key: AuditKey, noted: witness.Head | None) -> None:
        self.chain = chain
        self.links = 0
        self._key = key
        self._noted = noted
        self._anchor = _anchor(chain)
        self._seq = self._anchor.seq if self._anchor else 0
        self._mac = self._anchor.mac if self._anchor else NO_MAC

    def run(self) -> Break | None:
        """The first thing wrong, if anything is."""
        if self._anchor and not self._key.has_signed(self._anchor):
            return Break(chain=self.chain, damage=Damage.ANCHOR_FORGED)
        head = AuditHead.objects.filter(chain=self.chain).first()
        for link, event in stored.links(self.chain, after=self._seq, key_id=self._key.id):
            if broken := self._broken(link, event):
                return broken
            self._seq, self._mac, self.links = link.seq, link.mac, self.links + 1
        return self._broken_end(head)

    def _broken(self, link: Link, event: StoredEvent | None) -> Break | None:
        if link.seq > self._seq + 1:
            return Break(chain=self.chain, damage=Damage.SEAL_REMOVED, seq=self._seq + 1)
        damage = None
        if not self._is_next(link):
            damage = Damage.SEAL_FORGED
        elif self._noted and self._noted.seq == link.seq and self._noted.mac != link.mac:
            # Our own key made it, but in the place of another one that this machine remembers.
            damage = Damage.CUT_OFF
        elif event is None:
            damage = None if self._was_dropped(link) else Damage.EVENT_REMOVED
        elif event.digest != link.digest:
            damage = Damage.EVENT_CHANGED
        return Break(chain=self.chain, damage=damage, seq=link.seq, event_id=link.event_id) if damage else None

    def _is_next(self, link: Link) -> bool:
        follows = link.seq == self._seq + 1 and link.previous_mac == self._mac
        return follows and self._key.is_genuine(link)

    def _was_dropped(self, link: Link) -> bool:
        return self._anchor is not None and link.event_at < self._anchor.events_from

    def _broken_end(self, head: AuditHead | None) -> Break | None:
        end = head.seq if head else 0
        if self._noted and self._noted.seq > max(self._seq, end):
            return Break(chain=self.chain, damage=Damage.CUT_OFF, seq=self._seq + 1)
        if end > self._seq:
            return Break(chain=self.chain, damage=Damage.SEAL_REMOVED, seq=self._seq + 1)
        if end != self._seq or (head and bytes(head.mac) != self._mac):
            return Break(chain=self.chain, damage=Damage.HEAD_CHANGED)
        return None


def _anchor(chain: UUID) -> Anchor | None:
    row = AuditAnchor.objects.filter(chain=chain).order_by("-events_from").first()
    if row is None:
        return None
    return Anchor(
        chain=chain, events_from=row.events_from, seq=row.seq, mac=bytes(row.mac), signature=bytes(row.signature)
    )
