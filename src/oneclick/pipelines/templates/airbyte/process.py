"""One process of a connector: its lines as they come, held to limits of memory and silence, gone when we are."""

import fcntl
import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from oneclick.pipelines.contract.errors import SourceDamaged
from oneclick.pipelines.templates.airbyte.bounds import Bounds
from oneclick.pipelines.templates.airbyte.contained import NOT_CONTAINED
from oneclick.pipelines.templates.airbyte.errors import ConnectorFailed, ConnectorSilent, ConnectorTooLarge

CONTAINED = Path(__file__).with_name("contained.py")
CHUNK_BYTES = 1 << 20
LONGEST_LINE_BYTES = 64 << 20
STDERR_BYTES = 4096
LOOK_EVERY_S = 0.5
_F_SETPIPE_SZ = 1031


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a connector may take: memory over all its processes, and seconds without a word."""

    memory_bytes: int = 2 << 30
    silence_s: float = 900.0


class ConnectorProcess:
    """A command that runs while the context is open.

    `exit_code` is known once `lines` has ended; `last_words` is the end of what it wrote to its standard error.
    """

    def __init__(self, command: Sequence[str], *, folder: Path, bounds: Bounds, limits: Limits) -> None:
        self._command, self._folder, self._bounds, self._limits = command, folder, bounds, limits
        self.exit_code: int | None = None
        self._stderr = b""

    @property
    def last_words(self) -> str:
        """The end of its standard error."""
        return self._stderr.decode(errors="replace").strip()

    def __enter__(self) -> Self:
        # The data limit is only the last resort, as it counts what was asked for, not what is used.
        bounds = {
            "memory_bytes": self._limits.memory_bytes * 2, "read": self._bounds.read, "write": self._bounds.write,
            "ports": self._bounds.ports,
        }  # fmt: skip
        contained = [sys.executable, "-I", "-S", str(CONTAINED), json.dumps(bounds)]
        self._process = subprocess.Popen(
            [*contained, *self._command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=self._folder, env=dict(self._bounds.environment), bufsize=0, start_new_session=True,
        )  # fmt: skip
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        process = self._process
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def lines(self, on_pulse: Callable[[], None]) -> Iterator[Sequence[bytes]]:
        """Its lines, as many at a time as have come. `on_pulse` is called at least every second.

        Raises `ConnectorSilent`, `ConnectorTooLarge`, `ConnectorFailed`, `SourceDamaged`.
        """
        rest: list[bytes] = []
        rest_bytes = 0
        for chunk in self._chunks(on_pulse):
            head, newline, tail = chunk.rpartition(b"\n")
            if newline:
                yield b"".join((*rest, head)).split(b"\n")
                rest, rest_bytes = [], 0
            rest.append(tail)
            rest_bytes += len(tail)
            if rest_bytes > LONGEST_LINE_BYTES:
                raise SourceDamaged(f"The connector sent a line of more than {LONGEST_LINE_BYTES >> 20} MB.")
        self.exit_code = self._process.wait()
        if rest_bytes and self.exit_code == 0:  # of one that died, the last line isn't whole
            yield [b"".join(rest)]
        if self.exit_code == NOT_CONTAINED:
            raise ConnectorFailed(
                "This machine can't keep a connector away from our own files, so it isn't run.",
                hint="Run One-Click on Linux 5.13 or newer, with Landlock.",
            )

    def _chunks(self, on_pulse: Callable[[], None]) -> Iterator[bytes]:
        stdout, stderr = self._process.stdout, self._process.stderr
        if stdout is None or stderr is None:
            raise TypeError("a process without pipes")
        if sys.platform == "linux":
            fcntl.fcntl(stdout, _F_SETPIPE_SZ, CHUNK_BYTES)
        watched = _Watched(limits=self._limits, pid=self._process.pid, on_pulse=on_pulse)
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            selector.register(stderr, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select(LOOK_EVERY_S)}
                watched.look(is_heard=bool(ready))
                if stderr in ready and not self._heard_stderr(stderr.fileno()):
                    selector.unregister(stderr)
                if stdout in ready:
                    chunk = os.read(stdout.fileno(), CHUNK_BYTES)
                    if not chunk:
                        return
                    yield chunk
                elif not ready and self._process.poll() is not None:
                    return  # one of its children may have kept the pipe

    def _heard_stderr(self, descriptor: int) -> bool:
        heard = os.read(descriptor, 1 << 16)
        self._stderr = (self._stderr + heard)[-STDERR_BYTES:]
        return bool(heard)


@dataclass(kw_only=True)
class _Watched:
    """Looks after a process now and then: whether we are to go on, what it takes, and whether it still talks."""

    limits: Limits
    pid: int
    on_pulse: Callable[[], None]
    _heard_at: float = field(default_factory=time.monotonic)
    _looked_at: float = field(default_factory=time.monotonic)

    def look(self, *, is_heard: bool) -> None:
        now = time.monotonic()
        if now - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = now
            self.on_pulse()
            if resident_bytes(self.pid) > self.limits.memory_bytes:
                megabytes = self.limits.memory_bytes >> 20
                raise ConnectorTooLarge(f"The connector took more than the {megabytes:,} MB of memory that it may.")
        if is_heard:
            self._heard_at = now
        elif now - self._heard_at > self.limits.silence_s:
            raise ConnectorSilent(f"The connector said nothing for {self.limits.silence_s:,.0f} seconds.")


def resident_bytes(pid: int) -> int:
    """What a process and all its descendants have in memory."""
    try:
        family = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for each in family:
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total
