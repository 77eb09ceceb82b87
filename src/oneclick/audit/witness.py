"""Where each chain ended when this machine last sealed: kept in files, outside of the database.

A chain whose newest links were all removed, with their events, still looks whole by itself. The witness remembers
how long it was.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Head:
    """The last link of a chain. `continues` is the number of the link that the sealer went on from."""

    chain: UUID
    seq: int
    mac: bytes
    continues: int = 0


def folder() -> Path:
    """Where the witness's files are, one per chain."""
    return Path(settings.HOME) / "audit-heads"


def remember(heads: Iterable[Head]) -> None:
    """Note where chains end. A disk that doesn't take it is logged: sealing must not stop for it."""
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        for head in heads:
            _write(head)
    except OSError as exc:
        log.warning("the ends of the audit chains can't be noted", folder=str(folder()), reason=exc.strerror)


def forget(chain: UUID) -> None:
    """Believe the database about where a chain ends."""
    file_of(chain).unlink(missing_ok=True)


def recall() -> dict[UUID, Head]:
    """What was noted, by chain."""
    found = (_read(path) for path in folder().glob("*.json"))
    return {head.chain: head for head in found if head}


def file_of(chain: UUID) -> Path:
    """The witness's file for one chain."""
    return folder() / f"{chain}.json"


def _write(head: Head) -> None:
    path = file_of(head.chain)
    known = _read(path)
    if known and known.seq > head.continues:
        # Either another machine's sealer was faster with its note, or the chain was cut off: then this is the proof.
        return
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"seq": head.seq, "mac": head.mac.hex()}))
    draft.replace(path)


def _read(path: Path) -> Head | None:
    try:
        noted = json.loads(path.read_text())
        return Head(chain=UUID(path.stem), seq=int(noted["seq"]), mac=bytes.fromhex(noted["mac"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        log.warning("the note about the end of an audit chain can't be read", path=str(path))
        return None
