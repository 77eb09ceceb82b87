"""An origin for tests of the server, run as a process: pages that take their time, streams that never end."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.types import Scope

from oneclick.core.errors import ErrorKind
from oneclick.project import admission
from oneclick.project.asgi import Origin
from oneclick.project.bodies import Pace
from oneclick.project.bridge import Bridge, Lane, Limits
from oneclick.project.server import run

CHUNK = b"x" * 65536
MOST = 8 << 20
STATUSES = {ErrorKind.BUSY: "429", ErrorKind.TOO_LARGE: "413", ErrorKind.TOO_SLOW: "408"}
closed: list[str] = []


class Chunks:
    """A streamed response; notes that it was closed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)

    def close(self) -> None:
        closed.append("closed")


class Plain(Chunks):
    streaming = False


def admit(asked: admission.Admission, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Everybody who says an organisation may bring MOST bytes."""
    asked.organisation, asked.max_bytes = environ.get("HTTP_X_ORGANISATION", ""), MOST
    status, answer = ("204", b"") if asked.organisation else ("401", b"who?")
    if asked.failure:
        status, answer = STATUSES[asked.failure.kind], asked.failure.code.encode()
    elif (asked.declared_bytes or 0) > MOST:
        asked.organisation, status, answer = "", "413", b"body_too_large"
    start_response(status, [("Content-Length", str(len(answer)))])
    return Plain([answer])


def pages(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if asked := environ.get(admission.KEY):
        return admit(asked, environ, start_response)
    if path in ("/slow", "/long/slow"):
        time.sleep(1.5)
    if path == "/broken":
        raise RuntimeError("a page that fails")
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Closed", str(len(closed)))])
    if path == "/upload":
        size = 0
        length = int(environ["CONTENT_LENGTH"])
        while size < length and (read := environ["wsgi.input"].read(65536)):
            size += len(read)
        return Plain([str(size).encode()])
    if path in ("/endless", "/long/endless"):
        return Chunks(iter(lambda: CHUNK, b""))
    if path == "/short":
        start_response("200 OK", [("Content-Length", str(len(CHUNK)))])
        return Chunks([CHUNK])
    if path == "/streamed":
        return Chunks([b"one ", b"two ", b"three"])
    seen = {key: environ[key] for key in ("REQUEST_METHOD", "QUERY_STRING", "PATH_INFO")}
    headers = {key: value for key, value in environ.items() if key.startswith(("HTTP_X", "HTTP_COOKIE"))}
    return Plain([repr(seen | headers).encode()])


def lane_of(scope: Scope) -> str:
    return "long" if scope["path"].startswith("/long/") else "pages"


async def endless(request: Request) -> StreamingResponse:
    async def events() -> AsyncIterator[bytes]:
        while True:
            yield b": still here\n\n"
            await asyncio.sleep(0.2)

    return StreamingResponse(events(), media_type="text/event-stream")


def main() -> None:
    events = Starlette(routes=[Route("/events/endless", endless)])
    bridge = Bridge(
        pages,
        lanes={"pages": Lane(threads=2), "long": Lane(threads=3, per_organisation=2)},
        lane_of=lane_of,
        limits=Limits(bodies=2, bodies_in_all=4, pace=Pace(window_s=1.0)),
    )
    origin = Origin(pages=bridge, events=events, end_streams=lambda: None)
    run(origin, address="127.0.0.1", port=int(sys.argv[1]), heads_within_ms=1500)


if __name__ == "__main__":
    main()
