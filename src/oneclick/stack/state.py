"""What runs in an installation, as one process writes it and others read it.

The lock is the truth: who holds `<home>/run/stack.lock` is the supervisor, and the kernel drops the lock with the
process. `<home>/run/stack.json` says the rest and is believed only while the lock is held.
"""

import contextlib
import fcntl
import json
import os
import threading
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from oneclick.stack.errors import StackRunning
from oneclick.stack.files import write_private

TRIES = 5
PAUSE_S = 0.05


class Phase(StrEnum):
    """How far an installation has come."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"


class Condition(StrEnum):
    """How one service is."""

    RUNNING = "running"
    RESTARTING = "restarting"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """One service as its supervisor sees it; `since` is a Unix time, `cause` says why it last stopped."""

    name: str
    condition: Condition
    pid: int | None
    restarts: int
    since: float
    cause: str = ""


@dataclass(frozen=True, kw_only=True)
class StackState:
    """An installation that runs; `url` is what people type, `local_url` always leads to this machine."""

    pid: int
    phase: Phase
    url: str
    local_url: str
    started_at: float
    services: tuple[ServiceState, ...] = field(default=())


class Presence:
    """Being the one supervisor of a home, or seeing who is."""

    def __init__(self, home: Path) -> None:
        self._lock = home / "run" / "stack.lock"
        self._file = home / "run" / "stack.json"
        self._descriptor: int | None = None
        self._writing = threading.Lock()

    def take(self) -> None:
        """Become the supervisor; `StackRunning` names the address of the one that is."""
        self._lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        for attempt in range(TRIES):  # a reader holds the lock for an instant
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self.read():
                    break
                time.sleep(PAUSE_S * attempt)
            else:
                self._descriptor = descriptor
                self._file.unlink(missing_ok=True)
                return
        os.close(descriptor)
        raise _already(self.read())

    def demand_free(self) -> None:
        """Raise `StackRunning` where another process is the supervisor."""
        if self.is_taken():
            raise _already(self.read())

    def leave(self) -> None:
        """Stop being the supervisor."""
        if self._descriptor is not None:
            self._file.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    def publish(self, state: StackState) -> None:
        """Tell everybody who asks. A full disk must not stop what runs, so failing to write is no error."""
        with contextlib.suppress(OSError), self._writing:
            write_private(self._file, json.dumps(asdict(state)))

    def is_taken(self) -> bool:
        """Whether some process supervises this home."""
        try:
            descriptor = os.open(self._lock, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def read(self) -> StackState | None:
        """What runs; None where nothing does, or where it has only just begun."""
        if not self.is_taken():
            return None
        try:
            return _state(json.loads(self._file.read_text()))
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return None

    def wait_for_state(self) -> StackState | None:
        """What runs, asked again for a moment where it has only just begun."""
        for attempt in range(TRIES):
            if (state := self.read()) or not self.is_taken():
                return state
            time.sleep(PAUSE_S * attempt)
        return None

    def wait_until_gone(self, timeout_s: float) -> bool:
        """Whether the supervisor ended within that time."""
        deadline = time.monotonic() + timeout_s
        while self.is_taken():
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE_S)
        return True


def _state(raw: dict[str, object]) -> StackState:
    services = raw.pop("services")
    if not isinstance(services, list):
        raise TypeError("services must be a list")
    listed = tuple(ServiceState(**{**one, "condition": Condition(one["condition"])}) for one in services)
    return StackState(**{**raw, "phase": Phase(str(raw["phase"])), "services": listed})  # type: ignore[arg-type]  # written by publish()


def _already(state: StackState | None) -> StackRunning:
    if state is None or state.phase is Phase.STARTING:
        return StackRunning("One-Click DWH is already starting here.", hint="Watch it with: oneclick status")
    if state.phase is Phase.STOPPING:
        return StackRunning("One-Click DWH is just stopping here.", hint="Try again in a few seconds.")
    return StackRunning(
        f"One-Click DWH is already running: {state.url}", hint="Stop it with: oneclick down", is_ready=True
    )
