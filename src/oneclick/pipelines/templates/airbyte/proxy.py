"""The way out for a connector: a proxy on this machine that asks the guard before each connection.

Names are resolved here, once, and the address that was checked is the one that is connected to. It serves one connector
and asks for a password that only this one was told.
"""

import base64
import contextlib
import hmac
import secrets
import select
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from django.db import connections

from oneclick import outbound
from oneclick.core.background import in_background
from oneclick.outbound.errors import OutboundError

CONNECT_TIMEOUT_S = 20.0
IDLE_S = 900.0
CHUNK_BYTES = 1 << 16
HTTP_PORT = 80
_NOT_FORWARDED = frozenset({"proxy-authorization", "proxy-connection", "connection", "keep-alive"})


@dataclass(kw_only=True)
class Proxy:
    """One that runs. `refused` is what the guard said no to, the first one first."""

    url: str
    port: int
    refused: list[OutboundError] = field(default_factory=list)


@contextlib.contextmanager
def checking_proxy() -> Iterator[Proxy]:
    """A proxy for HTTP and CONNECT while the body runs."""
    password = secrets.token_urlsafe(24)
    server = _Server(("127.0.0.1", 0), _Handler)
    port = int(server.server_address[1])
    server.proxy = Proxy(url=f"http://connector:{password}@127.0.0.1:{port}", port=port)
    server.authorization = "Basic " + base64.b64encode(f"connector:{password}".encode()).decode()
    with in_background(server):
        yield server.proxy


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    proxy: Proxy
    authorization: str

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is the connector's to tell."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    rbufsize = 0  # what comes behind the head stays in the socket
    server: _Server

    def do_CONNECT(self) -> None:
        """Join the connector with a checked address; what goes through is theirs."""
        parts = urlsplit(f"//{self.path}")
        with self._reached(parts.hostname, parts.port) as far:
            if far is not None:
                self.send_response(HTTPStatus.OK, "Connection established")
                self.end_headers()
                _join(self.connection, far)

    def _forward(self) -> None:
        """Hand on one request; the answer ends the connection."""
        parts = urlsplit(self.path)
        with self._reached(parts.hostname, parts.port or HTTP_PORT) as far:
            if far is not None:
                target = parts._replace(scheme="", netloc="").geturl() or "/"
                kept = [
                    f"{name}: {value}" for name, value in self.headers.items() if name.lower() not in _NOT_FORWARDED
                ]
                head = "\r\n".join([f"{self.command} {target} HTTP/1.1", *kept, "Connection: close", "", ""])
                far.sendall(head.encode("latin-1"))
                _join(self.connection, far)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _forward  # noqa: N815 - http.server's

    @contextlib.contextmanager
    def _reached(self, host: str | None, port: int | None) -> Iterator[socket.socket | None]:
        self.close_connection = True
        given = self.headers.get("Proxy-Authorization", "")
        if not hmac.compare_digest(given.encode(), self.server.authorization.encode()):
            self.send_error(HTTPStatus.PROXY_AUTHENTICATION_REQUIRED)
            yield None
            return
        try:
            far = _dialled(host or "", port or 0)
        except OutboundError as exc:
            self.server.proxy.refused.append(exc)
            self.send_error(HTTPStatus.FORBIDDEN, "Not allowed")
            yield None
            return
        except OSError:
            self.send_error(HTTPStatus.BAD_GATEWAY, "Nobody answers there")
            yield None
            return
        finally:
            connections.close_all()
        with far:
            yield far

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Addresses may hold secrets: none is written down."""


def _dialled(host: str, port: int) -> socket.socket:
    failure: OSError = OSError("no address")
    for address in outbound.check(host, port, timeout_s=CONNECT_TIMEOUT_S):
        try:
            return socket.create_connection((str(address), port), timeout=CONNECT_TIMEOUT_S)
        except OSError as exc:
            failure = exc
    raise failure


def _join(near: socket.socket, far: socket.socket) -> None:
    """Hand bytes to and fro until the far side has ended, or nothing was said for long."""
    near.settimeout(IDLE_S)
    far.settimeout(IDLE_S)
    other = {near: far, far: near}
    while other:
        ready, _, _ = select.select(list(other), [], [], IDLE_S)
        if not ready:
            return
        for each in ready:
            chunk = each.recv(CHUNK_BYTES)
            if not chunk:
                if each is far:
                    return
                other.pop(each)
                with contextlib.suppress(OSError):
                    far.shutdown(socket.SHUT_WR)
                continue
            (far if each is near else near).sendall(chunk)
