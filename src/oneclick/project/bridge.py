"""Django's pages behind an ASGI server: each request runs in a thread, as under any WSGI server.

Threads are what a request may starve others of, so each kind of request has its own (a lane), and none is taken while
a client is awaited:

1. A small body is taken in before a thread is.
2. What brings a bigger body or asks for long work needs admission first: the application says, without the body,
   whose request it is. One organisation may send only so many bodies and have only so much work at once.
3. An admitted body is put aside, at a pace that the client must keep.

A plain response crosses from thread to loop once; a streamed one in parts, until the client leaves.
(a2wsgi 1.10 was tried first: request bodies fail with granian, whose `receive` is no coroutine, a query that isn't
ASCII raises outside Django, and each slow upload holds a thread.)
"""

import io
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from starlette.types import Receive, Scope, Send

from oneclick.core.errors import OneClickError
from oneclick.core.slots import Slots
from oneclick.project import admission, errors
from oneclick.project.admission import Admission
from oneclick.project.bodies import Body, ClientGone, Pace, Stalled
from oneclick.project.exchange import FAILED, Application, Exchange, environ_of

log = structlog.get_logger(__name__)

SMALL_BYTES = 64 << 10
"""A body up to here is taken in from anybody."""


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Threads for one kind of request. With `per_organisation`, each request needs admission and counts."""

    threads: int
    per_organisation: int = 0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one organisation, and all of them, may send at once, and how slowly."""

    bodies: int = 8
    bodies_in_all: int = 64
    pace: Pace = field(default_factory=Pace)


class Bridge:
    """A WSGI application as an ASGI one. `lane_of` names the lane for a request; the first one is for its questions."""

    def __init__(
        self,
        application: Application,
        *,
        lanes: Mapping[str, Lane],
        lane_of: Callable[[Scope], str],
        limits: Limits = Limits(),
        folder: Path | None = None,
    ) -> None:
        self._application = application
        self._lanes = {name: _Running(name, lane) for name, lane in lanes.items()}
        self._first = self._lanes[next(iter(lanes))]
        self._lane_of = lane_of
        self._pace = limits.pace
        self._folder = folder
        self._bodies = Slots(per_key=limits.bodies, in_all=limits.bodies_in_all)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        exchange = Exchange(environ_of(scope), receive, send)
        body = Body(receive, pace=self._pace, folder=self._folder)
        try:
            await self._answer(exchange, body, self._lanes[self._lane_of(scope)])
        except _Refused as refused:
            await self._refuse(exchange, body, refused)
        except ClientGone:
            return
        except Exception:
            log.exception("page failed")
            if not exchange.is_begun:
                await exchange.plain(FAILED, b"")
        finally:
            body.close()

    async def _answer(self, exchange: Exchange, body: Body, lane: "_Running") -> None:
        declared = _declared(exchange.environ)
        if (declared or 0) <= SMALL_BYTES:
            await _taken_in(body, most=SMALL_BYTES)
        asked = Admission(declared_bytes=declared)
        if not body.is_whole or lane.slots:
            await self._ask(exchange, asked)
        if not body.is_whole:
            await self._take_in(body, asked)
        body.rewind()
        exchange.environ |= {"wsgi.input": body.file, "CONTENT_LENGTH": str(body.length)}
        if not lane.slots:
            return await self._run(exchange, lane)
        if not lane.slots.take(asked.organisation):
            raise _Refused(errors.TooManyRequests())
        try:
            await self._run(exchange, lane)
        finally:
            lane.slots.release(asked.organisation)

    async def _ask(self, exchange: Exchange, asked: Admission) -> None:
        answer = await exchange.served(self._first.threads, self._application, _question(exchange.environ, asked))
        if not asked.is_granted:
            raise _Refused(answer=answer)

    async def _take_in(self, body: Body, asked: Admission) -> None:
        if not self._bodies.take(asked.organisation):
            raise _Refused(errors.TooManyUploads())
        try:
            await _taken_in(body, most=asked.max_bytes)
        finally:
            self._bodies.release(asked.organisation)
        if body.length > asked.max_bytes:
            raise _Refused(errors.BodyTooLarge())

    async def _run(self, exchange: Exchange, lane: "_Running") -> None:
        answer = await exchange.served(lane.threads, self._application, exchange.environ)
        if answer is not None:
            await exchange.plain(exchange.head, answer)

    async def _refuse(self, exchange: Exchange, body: Body, refused: "_Refused") -> None:
        answer = refused.answer
        if refused.failure:
            asked = Admission(declared_bytes=None, failure=refused.failure)
            answer = await exchange.served(self._first.threads, self._application, _question(exchange.environ, asked))
        status, headers = exchange.head
        if not body.is_whole:
            headers = [*headers, (b"connection", b"close")]
        await exchange.plain((status, headers), answer or b"")
        if not body.is_whole:
            await exchange.linger()


class _Refused(Exception):
    """The request goes no further: for our reason, or with the application's answer."""

    def __init__(self, failure: OneClickError | None = None, *, answer: bytes | None = None) -> None:
        super().__init__(failure)
        self.failure = failure
        self.answer = answer


class _Running:
    """A lane's threads, and who uses them."""

    def __init__(self, name: str, lane: Lane) -> None:
        self.threads = ThreadPoolExecutor(lane.threads, thread_name_prefix=name)
        self.slots: Slots | None = None
        if lane.per_organisation:  # what is beyond the threads waits
            self.slots = Slots(per_key=lane.per_organisation, in_all=4 * lane.threads)


async def _taken_in(body: Body, *, most: int) -> None:
    try:
        await body.take_in(most=most)
    except Stalled:
        raise _Refused(errors.BodyStalled()) from None
    except ClientGone:
        raise
    except OSError as exc:
        raise _Refused(errors.BodyNotStored()) from exc


def _declared(environ: Mapping[str, Any]) -> int | None:
    """The length that the client says; the server has refused what is no number."""
    raw = environ.get("CONTENT_LENGTH", "")
    return int(raw) if raw.isascii() and raw.isdigit() else None


def _question(environ: Mapping[str, Any], asked: Admission) -> dict[str, Any]:
    return {**environ, admission.KEY: asked, "wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "0"}
