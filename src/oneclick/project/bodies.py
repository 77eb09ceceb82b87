"""Takes in a request's body in the event loop, so that a slow client holds no thread."""

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from starlette.types import Receive

IN_MEMORY_BYTES = 1 << 20
_DISK = ThreadPoolExecutor(2, thread_name_prefix="bodies")


class ClientGone(OSError):
    """The client left, or took nothing for too long."""


class Stalled(Exception):
    """The client sent next to nothing for too long."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What a client must send at least: so much in each stretch of time, counted from when it last had."""

    window_s: float = 10.0
    window_bytes: int = 10 << 10


class Body:
    """A request's body: in memory, from `IN_MEMORY_BYTES` on in a file without a name, gone when it is closed."""

    def __init__(self, receive: Receive, *, pace: Pace, folder: Path | None) -> None:
        where = str(folder) if folder else None
        self.file = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES, dir=where)  # noqa: SIM115 - closed by `close`
        self.length = 0
        self.is_whole = False
        self._receive = receive
        self._pace = pace
        self._pending = bytearray()

    async def take_in(self, *, most: int) -> None:
        """Read on until it is whole or longer than `most`. Raises `Stalled`, `ClientGone`, or OSError by the disk."""
        now = asyncio.get_running_loop().time
        ends, came = now() + self._pace.window_s, 0
        while not self.is_whole and self.length <= most:
            chunk = await self._next(ends)
            await self._keep(chunk)
            came += len(chunk)
            if came >= self._pace.window_bytes:
                ends, came = now() + self._pace.window_s, 0

    def rewind(self) -> None:
        """Before it is read."""
        self.file.seek(0)

    def close(self) -> None:
        """Forget it."""
        self.file.close()

    async def _next(self, ends: float) -> bytes:
        try:
            async with asyncio.timeout_at(ends):
                message = await self._receive()
        except TimeoutError:
            raise Stalled from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        self.is_whole = not message.get("more_body", False)
        chunk: bytes = message.get("body", b"")
        return chunk

    async def _keep(self, chunk: bytes) -> None:
        self.length += len(chunk)
        self._pending += chunk
        if not self.is_whole and len(self._pending) < IN_MEMORY_BYTES:
            return
        pending, self._pending = self._pending, bytearray()
        if self.length <= IN_MEMORY_BYTES:
            self.file.write(pending)
        else:
            await asyncio.get_running_loop().run_in_executor(_DISK, self.file.write, pending)
