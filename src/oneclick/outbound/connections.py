"""urllib3's connections, made to checked addresses alone."""

import os
import socket
import ssl
from functools import cache
from ipaddress import IPv4Address
from typing import Any

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from oneclick.outbound.addresses import Address
from oneclick.outbound.exchange import MeteredSocket, MeteredTLSSocket, current_exchange
from oneclick.outbound.guard import admitted

MOST_TRIED = 6


class GuardedHTTPConnection(HTTPConnection):
    """Over plain HTTP."""

    def _new_conn(self) -> socket.socket:
        return _connected(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request, under the limits of the call in force."""
        _meter(self.sock)
        super().request(*args, **kwargs)


class GuardedHTTPSConnection(HTTPSConnection):
    """Over TLS, which verifies the name that was asked for, not the address."""

    def _new_conn(self) -> socket.socket:
        return _connected(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request, under the limits of the call in force."""
        _meter(self.sock)
        super().request(*args, **kwargs)


class GuardedHTTPPool(HTTPConnectionPool):
    """Keeps plain connections."""

    ConnectionCls = GuardedHTTPConnection


class GuardedHTTPSPool(HTTPSConnectionPool):
    """Keeps TLS connections."""

    ConnectionCls = GuardedHTTPSConnection


def tls() -> ssl.SSLContext:
    """Trusts the system's authorities (SSL_CERT_FILE and SSL_CERT_DIR count) and Mozilla's, and checks names."""
    return _tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _tls(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Reading all authorities takes a tenth of a second, so it is done once for each place to read them from."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    context.hostname_checks_common_name = False
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = MeteredTLSSocket
    return context


def _meter(connected: socket.socket | None) -> None:
    """Put a connection, which may have served an earlier call, under the limits of this one."""
    if isinstance(connected, MeteredSocket | MeteredTLSSocket):
        connected.exchange = current_exchange()
    elif connected is not None:
        raise TypeError("a connection that didn't come from the guard")


def _connected(connection: HTTPConnection) -> socket.socket:
    """A socket to the first checked address that takes it. The name isn't looked up again, so it can't move."""
    exchange = current_exchange()
    addresses = admitted(
        connection._dns_host,  # noqa: SLF001 - `host` has lost its last dot, which means something to a resolver
        connection.port,
        timeout_s=exchange.left_s(),
        resolver=exchange.resolver,
        purpose=exchange.purpose,
    )[:MOST_TRIED]
    failure: OSError = OSError("no address")
    for tried, address in enumerate(addresses):
        patience_s = exchange.left_s() / (len(addresses) - tried)
        try:
            return _dial(address, connection.port, patience_s, connection.socket_options or ())
        except OSError as exc:
            failure = exc
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, "no address answered in time") from failure
    raise NewConnectionError(connection, str(failure)) from failure


def _dial(address: Address, port: int, timeout_s: float, options: Any) -> MeteredSocket:
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    dialled = MeteredSocket(family, socket.SOCK_STREAM)
    try:
        for option in options:
            dialled.setsockopt(*option)
        dialled.settimeout(timeout_s)
        dialled.connect((str(address), port))
    except BaseException:
        dialled.close()
        raise
    dialled.exchange = current_exchange()
    dialled.settimeout(dialled.exchange.left_s())
    return dialled
