"""One call with its limits: a total deadline, and how much may come back, counted where bytes arrive."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from oneclick.outbound.errors import AnswerTooLarge, AnswerTooSlow
from oneclick.outbound.resolving import Resolver

HEADROOM_BYTES = 1 << 18
"""Headers, chunk sizes and TLS' share, on top of the body."""


@dataclass(kw_only=True)
class Exchange:
    """One call: redirects and body included. `target` is the host:port that it has come to."""

    purpose: str
    timeout_s: float
    max_bytes: int
    resolver: Resolver | None = None
    target: str = ""
    _ends_at: float = field(init=False)
    _received: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._ends_at = time.monotonic() + self.timeout_s

    def left_s(self) -> float:
        """Seconds until the deadline; raises `AnswerTooSlow` when it has passed."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise AnswerTooSlow(f"{self.target} took longer than the {self.timeout_s:g} seconds that a call may take.")
        return left

    def receive(self, size: int) -> None:
        """Count bytes off the wire; raises `AnswerTooLarge`."""
        self._received += size
        if self._received > self.max_bytes + HEADROOM_BYTES:
            raise self.too_large()

    def too_large(self) -> AnswerTooLarge:
        """The error for a body that is too long."""
        return AnswerTooLarge(f"{self.target} answered with more than the {self.max_bytes:,} bytes that we take.")


_current: ContextVar[Exchange] = ContextVar("outbound exchange")


def current_exchange() -> Exchange:
    """The call that connections are made for; there is none outside of a guarded session."""
    return _current.get()


@contextmanager
def under(exchange: Exchange) -> Iterator[None]:
    """Make connections for this call."""
    token = _current.set(exchange)
    try:
        yield
    finally:
        _current.reset(token)


class _Metered:
    """A socket that looks at the call's limits before and after each transfer, so that dripping doesn't help."""

    exchange: Exchange

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(self.exchange.left_s())  # type: ignore[attr-defined] # the socket's
        size: int = super().recv_into(*args, **kwargs)  # type: ignore[misc] # as above
        self.exchange.receive(size)
        return size

    def send(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(self.exchange.left_s())  # type: ignore[attr-defined] # as above
        size: int = super().send(*args, **kwargs)  # type: ignore[misc] # as above
        return size

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(self.exchange.left_s())  # type: ignore[attr-defined] # as above
        super().sendall(*args, **kwargs)  # type: ignore[misc] # as above


class MeteredSocket(_Metered, socket.socket):
    """Over TCP."""


class MeteredTLSSocket(_Metered, ssl.SSLSocket):
    """Over TLS."""
