"""Wakes those who wait for a job's next event: one LISTEN connection for all streams of this process."""

import asyncio
import contextlib
import json
import random
from collections import defaultdict
from collections.abc import Iterator

import psycopg
import structlog

from oneclick.project.database import direct_parameters
from oneclick.provisioning.states import CHANNEL

log = structlog.get_logger(__name__)

RECONNECT_AFTER_S = 0.2
RECONNECT_AFTER_AT_MOST_S = 10.0
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


class Bell:
    """Rings for each job that something happened in.

    A ring only says "look again": what happened is read from the database, so a lost one costs a delay and no event.
    After PostgreSQL was away everybody is woken once.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_closed = False

    @contextlib.contextmanager
    def waiting_for(self, job_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever to look again. The first caller starts the listening."""
        self._start()
        ring = asyncio.Event()
        self._waiting[job_id].add(ring)
        try:
            yield ring
        finally:
            self._waiting[job_id].discard(ring)
            if not self._waiting[job_id]:
                del self._waiting[job_id]

    def close(self) -> None:
        """Wake everybody for the last time and stop listening. May be called from a signal handler or any thread."""
        self.is_closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop)

    @property
    def streams(self) -> int:
        """How many wait."""
        return sum(len(rings) for rings in self._waiting.values())

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._loop = asyncio.get_running_loop()
            self._task = self._loop.create_task(self._listen_for_ever())

    def _stop(self) -> None:
        self._ring_all()
        if self._task is not None:
            self._task.cancel()

    async def _listen_for_ever(self) -> None:
        failures = 0
        while not self.is_closed:
            try:
                parameters = direct_parameters(application_name="oneclick-events") | KEEPALIVE
                async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}".encode())
                    failures = 0
                    self._ring_all()
                    async for notification in connection.notifies():
                        self._ring(notification.payload)
            except psycopg.Error:
                failures += 1
                pause_s = min(RECONNECT_AFTER_S * 2**failures, RECONNECT_AFTER_AT_MOST_S)
                log.warning("event streams lost the database", attempt=failures, pause_s=pause_s)
                await asyncio.sleep(random.uniform(pause_s / 2, pause_s))  # noqa: S311 - jitter, no secret

    def _ring(self, payload: str) -> None:
        try:
            job_id = str(json.loads(payload)["job"])
        except (ValueError, KeyError, TypeError):
            log.warning("a notification of an event can't be read")
            return
        for ring in self._waiting.get(job_id, ()):
            ring.set()

    def _ring_all(self) -> None:
        for rings in self._waiting.values():
            for ring in rings:
                ring.set()
