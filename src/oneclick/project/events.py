"""Server-sent events: `/events/jobs/{id}` tells what happens in a job while it happens.

A stream replays what followed `Last-Event-ID`, goes on live, and ends with the job (`event: end`). Who asks is looked
up again before each event, so that whoever was signed out, demoted or removed sees nothing more, nor does a revoked
token. Needs `django.setup()` first.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus

import structlog
from django.conf import settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from oneclick.core.correlation import correlation
from oneclick.core.errors import ErrorKind, InternalError
from oneclick.core.secrets import SecretText
from oneclick.core.slots import Slots
from oneclick.project.answers import JSON, body_of, headers_of, status_of
from oneclick.project.bell import Bell
from oneclick.project.errors import NoSuchAddress, TooManyStreams
from oneclick.project.faults import as_fault
from oneclick.project.middleware import HEADER
from oneclick.project.watching import Glimpse, Watch, look

log = structlog.get_logger(__name__)

HEARTBEAT_S = 15.0
RECONNECT_MS = 2000
STREAMS_OF_ONE = 100
STREAMS_IN_ALL = 2000
"""How many streams one organisation, and all of them, may have open in this process: each is a connection."""

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStreams:
    """All streams of this process. `close()` ends them, so that the server can go."""

    def __init__(
        self, *, heartbeat_s: float = HEARTBEAT_S, of_one: int = STREAMS_OF_ONE, in_all: int = STREAMS_IN_ALL
    ) -> None:
        self.bell = Bell()
        self._slots = Slots(per_key=of_one, in_all=in_all)
        self._heartbeat_s = heartbeat_s
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="events")

    def close(self) -> None:
        """End every stream within moments. May be called from a signal handler or any thread, more than once."""
        self.bell.close()

    def application(self) -> Starlette:
        """The ASGI application; its lifespan ends the streams."""
        return Starlette(
            routes=[Route("/events/jobs/{job_id}", self.job, methods=["GET"])],
            lifespan=self.lifespan,
            exception_handlers={HTTPStatus.NOT_FOUND: _nothing_here, HTTPStatus.METHOD_NOT_ALLOWED: _nothing_here},
        )

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Ends the streams when the application ends."""
        try:
            yield
        finally:
            self.close()
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def job(self, request: Request) -> Response:
        """The stream of one job; 204 where it has ended and the caller has seen it all."""
        with correlation(request.headers.get(HEADER, "")) as correlation_id:
            try:
                response = await self._open(request)
            except Exception as error:
                fault = as_fault(error)
                if fault is None:
                    log.exception("event stream failed")
                fault = fault or InternalError()
                response = Response(
                    body_of(fault), status_code=status_of(fault), media_type=JSON, headers=headers_of(fault)
                )
            response.headers[HEADER] = correlation_id
            log.info("event stream", path=request.url.path, status=response.status_code)
            return response

    async def _open(self, request: Request) -> Response:
        watch = Watch.asked_for(
            job=request.path_params["job_id"],
            after=request.headers.get("last-event-id") or request.query_params.get("after") or "0",
            authorization=SecretText(request.headers.get("authorization", "")),
            session=SecretText(request.cookies.get(settings.SESSION_COOKIE_NAME, "")),
        )
        glimpse = await self._look(watch)
        if glimpse.is_ended and not glimpse.events:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        if not self._slots.take(glimpse.organisation):
            raise TooManyStreams
        return _Held(self._stream(watch), release=partial(self._slots.release, glimpse.organisation))

    async def _stream(self, watch: Watch) -> AsyncIterator[str]:
        yield f"retry: {RECONNECT_MS}\n\n"
        with self.bell.waiting_for(str(watch.job_id)) as ring:
            while not self.bell.is_closed:
                ring.clear()
                try:
                    glimpse = await self._look(watch)
                except Exception as error:
                    if (fault := as_fault(error)) is None:
                        raise
                    if fault.kind is not ErrorKind.UNAVAILABLE:
                        yield f"event: refused\ndata: {body_of(fault)}\n\n"
                        return
                    glimpse = Glimpse(events=(), state="", is_ended=False)
                for event in glimpse.events:
                    watch.after = event.sequence
                    yield f"id: {event.sequence}\nevent: {event.kind}\ndata: {event.model_dump_json()}\n\n"
                if glimpse.is_ended:
                    yield f"event: end\ndata: {json.dumps({'state': glimpse.state})}\n\n"
                    return
                if not await _rung(ring, self._heartbeat_s):
                    yield ": still here\n\n"

    async def _look(self, watch: Watch) -> Glimpse:
        return await asyncio.get_running_loop().run_in_executor(self._threads, look, watch)


class _Held(StreamingResponse):
    """A stream that gives its slot back however it ends, even before it began."""

    def __init__(self, content: AsyncIterator[str], *, release: Callable[[], None]) -> None:
        super().__init__(content, media_type="text/event-stream", headers=_HEADERS)
        self._release = release

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._release()


async def _nothing_here(request: Request, error: Exception) -> Response:
    with correlation(request.headers.get(HEADER, "")) as correlation_id:
        fault = NoSuchAddress()
        headers = {HEADER: correlation_id}
        return Response(body_of(fault), status_code=status_of(fault), media_type=JSON, headers=headers)


async def _rung(ring: asyncio.Event, patience_s: float) -> bool:
    try:
        async with asyncio.timeout(patience_s):
            await ring.wait()
    except TimeoutError:
        return False
    return True
