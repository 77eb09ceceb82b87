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

from oneclick.project.asgi import Origin
from oneclick.project.bridge import Bridge
from oneclick.project.server import serve

CHUNK = b"x" * 65536
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


def pages(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/slow":
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
    if path == "/endless":
        return Chunks(iter(lambda: CHUNK, b""))
    if path == "/streamed":
        return Chunks([b"one ", b"two ", b"three"])
    seen = {key: environ[key] for key in ("REQUEST_METHOD", "QUERY_STRING", "PATH_INFO")}
    headers = {key: value for key, value in environ.items() if key.startswith(("HTTP_X", "HTTP_COOKIE"))}
    return Plain([repr(seen | headers).encode()])


async def endless(request: Request) -> StreamingResponse:
    async def events() -> AsyncIterator[bytes]:
        while True:
            yield b": still here\n\n"
            await asyncio.sleep(0.2)

    return StreamingResponse(events(), media_type="text/event-stream")


def main() -> None:
    events = Starlette(routes=[Route("/events/endless", endless)])
    origin = Origin(pages=Bridge(pages, threads=2), events=events, end_streams=lambda: None)
    asyncio.run(serve(origin, address="127.0.0.1", port=int(sys.argv[1])))


if __name__ == "__main__":
    main()
