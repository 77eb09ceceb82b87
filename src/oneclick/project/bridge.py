"""Django's pages behind an ASGI server: each request runs in a thread, as under any WSGI server.

A small body is taken in before a thread is, so that a slow client holds none; a bigger one is read by the thread as
it comes. A plain response crosses from thread to loop once; a streamed one chunk by chunk, until the client leaves.
(a2wsgi 1.10 was tried first: request bodies fail with granian, whose `receive` is no coroutine, a query that isn't
ASCII raises outside Django, and each slow upload holds a thread.)
"""

import asyncio
import contextvars
import io
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import structlog
from starlette.types import Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

PREFETCH_BYTES = 1 << 20
CLIENT_PATIENCE_S = 60.0
_LENGTH_REQUIRED = (411, [(b"content-type", b"text/plain"), (b"content-length", b"0")])
_FAILED = (500, [(b"content-type", b"text/plain"), (b"content-length", b"0")])

Head = tuple[int, list[tuple[bytes, bytes]]]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class ClientGone(OSError):
    """The client left, or sent or took nothing for too long."""


class Bridge:
    """A WSGI application as an ASGI one, with this many threads."""

    def __init__(self, application: Application, *, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        body = await _Body.begin(receive)
        if body is None:
            return
        exchange = _Exchange(_environ(scope, body), receive, send)
        if body.is_whole:
            exchange.environ["CONTENT_LENGTH"] = str(body.length)
        elif "CONTENT_LENGTH" not in exchange.environ:
            await exchange.plain(_LENGTH_REQUIRED, b"")
            return
        run = contextvars.copy_context().run
        try:
            answer = await exchange.loop.run_in_executor(self._threads, run, self._serve, exchange)
        except ClientGone:
            return
        except Exception:
            log.exception("page failed")
            if not exchange.is_begun:
                await exchange.plain(_FAILED, b"")
            return
        if answer is not None:
            await exchange.plain(exchange.head, answer)

    def _serve(self, exchange: "_Exchange") -> bytes | None:
        """In a thread: the body of a plain response; None where it was streamed."""
        chunks = self._application(exchange.environ, exchange.start_response)
        try:
            if getattr(chunks, "streaming", True) is False:
                return b"".join(chunks)
            for chunk in chunks:
                exchange.stream(chunk)
            exchange.stream(b"", is_last=True)
            return None
        finally:
            getattr(chunks, "close", _nothing)()


class _Exchange:
    """One request and its response."""

    def __init__(self, environ: dict[str, Any], receive: Receive, send: Send) -> None:
        self.environ = environ
        self.loop = asyncio.get_running_loop()
        self.head: Head = _FAILED
        self.is_begun = False
        self._receive = receive
        self._send = send
        self._leaving: asyncio.Task[None] | None = None

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
            sent.result(CLIENT_PATIENCE_S)
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

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue


class _Body(io.RawIOBase):
    """A request's body: what came first, and a way to the rest for a thread that reads it."""

    def __init__(self, first: bytearray, receive: Receive, *, is_whole: bool) -> None:
        super().__init__()
        self.is_whole = is_whole
        self._buffer = first
        self._receive = receive
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def begin(cls, receive: Receive) -> "_Body | None":
        """Take in a small body, or the beginning of a big one; None if the client left."""
        buffer = bytearray()
        is_whole = False
        while not is_whole and len(buffer) < PREFETCH_BYTES:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            buffer += message.get("body", b"")
            is_whole = not message.get("more_body", False)
        return cls(buffer, receive, is_whole=is_whole)

    @property
    def length(self) -> int:
        """How many bytes are at hand."""
        return len(self._buffer)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, target: Any) -> int:
        """Fill the target as far as there is something; 0 at the end."""
        while not self._buffer and not self.is_whole:
            message = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result(CLIENT_PATIENCE_S)
            if message["type"] == "http.disconnect":
                raise ClientGone("The client left in the middle of its request.")
            self._buffer += message.get("body", b"")
            self.is_whole = not message.get("more_body", False)
        size = min(len(target), len(self._buffer))
        target[:size] = self._buffer[:size]
        del self._buffer[:size]
        return size

    async def _next(self) -> Message:
        return await self._receive()


def _environ(scope: Scope, body: io.RawIOBase) -> dict[str, Any]:
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
        "wsgi.input": io.BufferedReader(body),
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
