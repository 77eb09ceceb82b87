"""The arithmetic of the chain: digests of events, links that build on each other, signed anchors.

A link is an HMAC-SHA256 over its place in the chain, its event's digest and the link before. The key lies outside
the database, so that whoever can write there can't forge a link.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings

from oneclick.stack.keys import key_bytes

INSTALLATION_CHAIN = UUID(int=0)
"""The chain of events that belong to no organisation."""

NO_MAC = bytes(32)
"""What the first link of a chain builds on."""


@dataclass(frozen=True, kw_only=True)
class StoredEvent:
    """An event as the database has it. `detail` is PostgreSQL's own spelling of the JSON: no number is rounded."""

    id: UUID
    at: datetime
    organisation_id: UUID | None
    actor: str
    action: str
    target_kind: str
    target_id: str
    detail: str
    correlation_id: str
    address: str

    @property
    def chain(self) -> UUID:
        """The chain that it belongs to."""
        return self.organisation_id or INSTALLATION_CHAIN

    @property
    def digest(self) -> bytes:
        """SHA-256 over every column. Without an address it is what it was before there were addresses."""
        columns = dict(vars(self))
        if not columns.pop("address"):
            return hashlib.sha256(_canonical("oneclick audit event 1", *columns.values())).digest()
        return hashlib.sha256(_canonical("oneclick audit event 2", *columns.values(), self.address)).digest()


@dataclass(frozen=True, kw_only=True)
class Link:
    """One seal. `mac` is empty until it is made."""

    chain: UUID
    seq: int
    sealed_at: datetime
    event_id: UUID
    event_at: datetime
    digest: bytes
    previous_mac: bytes
    mac: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """Where verification starts: links up to `seq` and events before `events_from` were dropped by retention."""

    chain: UUID
    events_from: datetime
    seq: int = 0
    mac: bytes = NO_MAC
    signature: bytes = b""


class AuditKey:
    """The key that seals. Shows nothing of itself but its id."""

    __slots__ = ("_key", "id")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.id = hmac.new(key, b"oneclick audit key id", hashlib.sha256).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"AuditKey({self.id})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a key is not pickled")

    def seal(self, link: Link) -> Link:
        """The link with its HMAC."""
        return replace(link, mac=self._link_mac(link))

    def is_genuine(self, link: Link) -> bool:
        """Whether this key made the link's HMAC."""
        return hmac.compare_digest(self._link_mac(link), link.mac)

    def sign(self, anchor: Anchor) -> Anchor:
        """The anchor with its signature."""
        return replace(anchor, signature=self._anchor_mac(anchor))

    def has_signed(self, anchor: Anchor) -> bool:
        """Whether this key signed the anchor."""
        return hmac.compare_digest(self._anchor_mac(anchor), anchor.signature)

    def _link_mac(self, link: Link) -> bytes:
        return self._mac(
            "oneclick audit link 1",
            link.chain, link.seq, link.sealed_at, link.event_id, link.event_at, link.digest, link.previous_mac,
        )  # fmt: skip

    def _anchor_mac(self, anchor: Anchor) -> bytes:
        return self._mac("oneclick audit anchor 1", anchor.chain, anchor.events_from, anchor.seq, anchor.mac)

    def _mac(self, *parts: object) -> bytes:
        return hmac.new(self._key, _canonical(*parts), hashlib.sha256).digest()


def audit_key() -> AuditKey:
    """The audit key in force; raises `SettingError` where it isn't a key."""
    return AuditKey(key_bytes(settings.HOME, "audit", settings.ONECLICK_AUDIT_KEY, setting="ONECLICK_AUDIT_KEY"))


def _canonical(*parts: object) -> bytes:
    """One spelling for one meaning: a JSON list, so that no two lists of parts run into each other."""
    return json.dumps([_plain(part) for part in parts], ensure_ascii=True, separators=(",", ":")).encode()


def _plain(part: object) -> str | int | None:
    if part is None or isinstance(part, (str, int)):
        return part
    if isinstance(part, datetime):
        return part.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(part, bytes):
        return part.hex()
    if isinstance(part, UUID):
        return str(part)
    raise TypeError(f"{type(part).__name__} has no canonical spelling")
