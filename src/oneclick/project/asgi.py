"""The one origin that a browser sees: `/events/…` as event streams, everything else as Django's pages.

`/healthz` is answered right here, so that whoever watches the process hears from it while all threads are busy.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from oneclick.project.bridge import Bridge, Lane

EVENTS = "/events/"
HEALTH = "/healthz"
READ = ("GET", "HEAD")
ALIVE = b'{"status": "ok"}'
_ALIVE_HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(ALIVE)).encode()),
    (b"cache-control", b"no-store"),
]

PAGES = Lane(threads=12)
LONG = Lane(threads=12, per_organisation=6)
WATCHING = Lane(threads=2)
"""Pages and the API; queries and loads; `/readyz` and `/metrics`. None takes another's threads."""

STREAMS_END_WITHIN_S = 2.0
TOO_LATE = {
    "type": "http.response.start",
    "status": 503,
    "headers": [(b"retry-after", b"2"), (b"content-length", b"0")],
}


class Origin:
    """Routes requests, and lets go of them in order when the server wants to stop.

    A server drains: it waits for every response to end. Streams never do by themselves, so `drain()` asks them to,
    and cuts those that don't. It is called in the event loop and returns when all requests have been answered.
    """

    def __init__(self, *, pages: ASGIApp, events: ASGIApp, end_streams: Callable[[], None]) -> None:
        self._pages = pages
        self._events = events
        self._end_streams = end_streams
        self._streams: set[asyncio.Task[None]] = set()
        self._requests: set[asyncio.Task[None]] = set()
        self._is_draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the lifespan, which belongs to the events."""
        if scope["type"] == "lifespan":
            await self._events(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["path"] == HEALTH and scope["method"] in READ:
            await send({"type": "http.response.start", "status": 200, "headers": _ALIVE_HEADERS})
            await send({"type": "http.response.body", "body": ALIVE if scope["method"] == "GET" else b""})
        elif not scope["path"].startswith(EVENTS):
            await self._tracked(self._requests, self._pages(scope, receive, send))
        elif self._is_draining:
            await send(TOO_LATE)
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._stream(scope, receive, send)

    async def drain(self) -> None:
        """End the streams, then wait for the pages that are being made."""
        self._is_draining = True
        self._end_streams()
        if self._streams:
            await asyncio.wait(self._streams, timeout=STREAMS_END_WITHIN_S)
        for stream in tuple(self._streams):
            stream.cancel()
        if self._requests:
            await asyncio.wait(self._requests)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_begun = False

        async def note(message: dict[str, object]) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        await self._tracked(self._streams, self._events(scope, receive, note))  # type: ignore[arg-type]  # a message is a mutable mapping, whichever
        if self._is_draining and is_begun:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    @staticmethod
    async def _tracked(group: set[asyncio.Task[None]], work: Awaitable[None]) -> None:
        # A task of our own: granian's can't be cancelled.
        task = asyncio.ensure_future(work)
        group.add(task)
        task.add_done_callback(group.discard)
        await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()):
            raise error


def build() -> Origin:
    """Everything together. Takes a second: it loads Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oneclick.project.settings")
    import django

    django.setup()
    from django.conf import settings

    from oneclick.project.admitting import is_long
    from oneclick.project.events import EventStreams
    from oneclick.project.middleware import WATCHED
    from oneclick.project.wsgi import application

    def lane_of(scope: Scope) -> str:
        if scope["path"] in WATCHED:
            return "watching"
        return "long" if is_long(scope["method"], scope["path"]) else "pages"

    streams = EventStreams()
    pages = Bridge(
        application,
        lanes={"pages": PAGES, "long": LONG, "watching": WATCHING},
        lane_of=lane_of,
        folder=_uploads(settings.HOME),
    )
    return Origin(pages=pages, events=streams.application(), end_streams=streams.close)


def _uploads(home: Path) -> Path:
    folder = home / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
