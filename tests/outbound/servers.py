"""Servers of the test's own, on this machine's loopback addresses: honest, slow, huge and hostile."""

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

SMALL_BODY = 10_000
Answer: TypeAlias = Callable[[socket.socket, str], None]
"""Says something to whoever connected and asked; the head of the request is given."""


@dataclass(kw_only=True)
class Server:
    """Where it listens, and every request that came: its head and whatever of its body came along."""

    address: str
    port: int
    heads: list[str] = field(default_factory=list)
    connections: int = 0

    @property
    def paths(self) -> list[str]:
        return [head.split(" ")[1] for head in self.heads]

    @property
    def destination(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.destination}"


@contextmanager
def serving(
    answer: Answer, *, address: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """A server that lives as long as the block; each connection gets one thread."""
    listener = socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
    server = Server(address=address, port=listener.getsockname()[1])
    opened: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            spoken = tls.wrap_socket(connection, server_side=True) if tls else connection
            opened.append(spoken)
            while head := _head(spoken):
                server.heads.append(head)
                answer(spoken, head)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                server.connections += 1
                opened.append(connection)
                threads.append(threading.Thread(target=serve, args=(connection,)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield server
    finally:
        _end(listener)
        accepting.join()
        for each in opened:
            _end(each)
        for thread in threads:
            thread.join()


def has_address(address: str) -> bool:
    """Whether something can listen there."""
    try:
        with serving(says(), address=address):
            return True
    except OSError:
        return False


def says(body: bytes = b"", *, status: str = "200 OK", **headers: str) -> Answer:
    """Answers every request with the same; header names have `_` for `-`."""
    return lambda connection, head: connection.sendall(message(body, status=status, **headers))


def message(body: bytes = b"", *, status: str = "200 OK", **headers: str) -> bytes:
    """One whole answer."""
    fields = {"Content-Length": str(len(body))} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode() + body


def by_path(answers: dict[str, Answer]) -> Answer:
    """Answers each path in its own way."""
    return lambda connection, head: answers[head.split(" ")[1]](connection, head)


def redirects(location: str, status: str = "302 Found") -> Answer:
    """Sends on."""
    return says(status=status, Location=location)


def _head(connection: socket.socket) -> str:
    """The head of the next request, and its body if that is small."""
    received = b""
    while b"\r\n\r\n" not in received or _missing(received):
        part = connection.recv(65536)
        if not part:
            return ""
        received += part
    return received.decode("latin-1")


def _missing(received: bytes) -> bool:
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    return length is not None and len(body) < int(length[1]) < SMALL_BODY


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
