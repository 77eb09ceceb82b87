"""Everything that runs in an installation, with its age and memory, for people and programs that ask."""

import time
from dataclasses import dataclass
from pathlib import Path

from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.stack.processes import memory_bytes, started_at
from oneclick.stack.state import Condition, Phase, Presence, StackState


@dataclass(frozen=True, kw_only=True)
class Part:
    """One process with what it started; `seconds` is how long it has been in this state."""

    name: str
    state: str
    pid: int | None
    seconds: float
    restarts: int
    memory_bytes: int
    last_end: str = ""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A stack that runs."""

    phase: Phase
    url: str
    home: Path
    seconds: float
    parts: tuple[Part, ...]

    @property
    def memory_bytes(self) -> int:
        """All parts together, shared memory counted once."""
        return sum(part.memory_bytes for part in self.parts)


def overview(home: Path, postgres: EmbeddedPostgres | None) -> Overview | None:
    """What runs under `home`; None where nothing does."""
    state = Presence(home).read()
    if state is None:
        return None
    parts = [_supervisor(state), *([_database(postgres)] if postgres else []), *_services(state)]
    return Overview(
        phase=state.phase, url=state.url, home=home, seconds=_age(state.started_at), parts=tuple(parts)
    )  # fmt: skip


def _supervisor(state: StackState) -> Part:
    return Part(
        name="supervisor", state=Condition.RUNNING, pid=state.pid, seconds=_age(state.started_at), restarts=0,
        memory_bytes=memory_bytes(state.pid, with_children=False),
    )  # fmt: skip


def _database(postgres: EmbeddedPostgres) -> Part:
    pid = postgres.pid()
    return Part(
        name="postgres", state=Condition.RUNNING if pid else Condition.STOPPED, pid=pid,
        seconds=_age(started_at(pid)) if pid else 0.0, restarts=0, memory_bytes=memory_bytes(pid) if pid else 0,
    )  # fmt: skip


def _services(state: StackState) -> list[Part]:
    return [
        Part(
            name=one.name, state=one.condition, pid=one.pid, seconds=_age(one.since), restarts=one.restarts,
            memory_bytes=memory_bytes(one.pid) if one.pid else 0, last_end=one.cause,
        )
        for one in state.services
    ]  # fmt: skip


def _age(since: float) -> float:
    return round(max(0.0, time.time() - since), 1)
