"""One request and its response, between ASGI's event loop and WSGI's thread."""

import asyncio
import contextlib
import contextvars
import io
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from starlette.types import Receive, Scope, Send

from oneclick.project.bodies import ClientGone

TAKER_PATIENCE_S = 60.0
"""How long a client may take nothing of a streamed response."""

PART_BYTES = 64 << 10
PART_S = 0.1
WHOLE_BYTES = 1 << 20
"""A streamed response that says it is no longer is sent as a plain one: its thread needn't wait for the client."""

LINGER_S = 2.0
LINGER_BYTES = 16 << 20
"""What is still read of a refused body: many a client reads no answer before it has sent all."""

FAILED = (500, [(b"content-type", b"text/plain"), (b"content-length", b"0")])

Head = tuple[int, list[tuple[bytes, bytes]]]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Exchange:
    """One request and its response."""

    def __init__(self, environ: dict[str, Any], receive: Receive, send: Send) -> None:
        self.environ = environ
        self.loop = asyncio.get_running_loop()
        self.head: Head = FAILED
        self.is_begun = False
        self._receive = receive
        self._send = send
        self._leaving: asyncio.Task[None] | None = None

    async def served(
        self, threads: ThreadPoolExecutor, application: Application, environ: dict[str, Any]
    ) -> bytes | None:
        """Let a thread answer: the body of a plain response; None where it was streamed."""
        run = contextvars.copy_context().run
        return await self.loop.run_in_executor(threads, run, self._serve, application, environ)

    def _serve(self, application: Application, environ: dict[str, Any]) -> bytes | None:
        chunks = application(environ, self.start_response)
        try:
            if getattr(chunks, "streaming", True) is False or self._is_short():
                return b"".join(chunks)
            for part in _parts(chunks):
                self.stream(part)
            self.stream(b"", is_last=True)
            return None
        finally:
            getattr(chunks, "close", _nothing)()

    def _is_short(self) -> bool:
        length = dict(self.head[1]).get(b"content-length", b"")
        return length.isdigit() and int(length) <= WHOLE_BYTES

    def start_response(self, status: str, headers: Iterable[tuple[str, str]], exc_info: object = None) -> Any:
        """WSGI's callback."""
        listed = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self.head = int(status.split(" ", 1)[0]), listed
        return self.stream

    async def plain(self, head: Head, body: bytes) -> None:
        """Answer in one go."""
        self.is_begun = True
        await self._send({"type": "http.response.start", "status": head[0], "headers": head[1]})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    def stream(self, chunk: bytes, *, is_last: bool = False) -> None:
        """In a thread: send a part. Raises `ClientGone` when nobody takes it any more."""
        sent = asyncio.run_coroutine_threadsafe(self._part(chunk, is_last=is_last), self.loop)
        try:
            sent.result(TAKER_PATIENCE_S)
        except TimeoutError:
            sent.cancel()
            raise ClientGone from None

    async def _part(self, chunk: bytes, *, is_last: bool) -> None:
        if self._leaving is None:
            self.is_begun = True
            self._leaving = self.loop.create_task(self._until_gone())
            await self._send({"type": "http.response.start", "status": self.head[0], "headers": self.head[1]})
        if self._leaving.done():
            raise ClientGone
        await self._send({"type": "http.response.body", "body": chunk, "more_body": not is_last})
        if is_last:
            self._leaving.cancel()

    async def linger(self) -> None:
        """After a refusal: read a little further, so that a client that still sends gets to see it."""
        read = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while read < LINGER_BYTES:
                    message = await self._receive()
                    read += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same in bigger pieces: each crosses from thread to loop."""
    part, began = bytearray(), time.monotonic()
    for chunk in chunks:
        part += chunk
        if len(part) >= PART_BYTES or time.monotonic() - began > PART_S:
            yield bytes(part)
            part, began = bytearray(), time.monotonic()
    if part:
        yield bytes(part)


def environ_of(scope: Scope) -> dict[str, Any]:
    """WSGI's environ, with an empty body."""
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": quote(scope["query_string"], safe="!#$%&'()*+,/:;=?@[]~|^`{}\"<>\\"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    return {**environ, **_headers(scope["headers"])}


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, value in raw:
        if b"_" in name:  # X_Forwarded_For would become the same key as X-Forwarded-For, past a proxy that checks it
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        text = value.decode("latin-1")
        separator = "; " if key == "HTTP_COOKIE" else ","
        found[key] = f"{found[key]}{separator}{text}" if key in found else text
    return found


def _nothing() -> None:
    return None
