"""Ports: whether one is free, another one when it isn't, and keeping one while its service restarts."""

import errno
import socket
import sys
from types import TracebackType
from typing import Self

from oneclick.stack.errors import StackError

TRIES_BESIDE = 20


def free_port() -> int:
    """Any port that is free on loopback at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether nobody listens on that port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class ReservedPort:
    """A port of `address` that is ours until `release()`: the wanted one, else one of the next, else any.

    The server that listens on it comes and goes. It binds with SO_REUSEPORT, under which two servers would share a
    port without noticing; so we bind first, alone, which fails if anybody has it, and only then allow sharing.
    """

    def __init__(self, address: str, wanted: int) -> None:
        self.address = address
        for port in (wanted, *range(wanted + 1, min(wanted + 1 + TRIES_BESIDE, 65536)), 0):
            if (found := _bind(address, port)) is not None:
                self._socket = found
                self.port = int(found.getsockname()[1])
                _allow_sharing(found)
                return
        raise StackError(f"No port of {address} is free.", hint="Choose another address with ONECLICK_BIND.")

    def release(self) -> None:
        """Let others have it."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def _bind(address: str, port: int) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    held = socket.socket(family)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((address, port))
    except OSError as exc:
        held.close()
        if exc.errno in (errno.EADDRINUSE, errno.EACCES):
            return None
        raise StackError(
            f"ONECLICK_BIND: this machine has no address {address} to listen on: {exc.strerror or exc}.",
            hint="Use 127.0.0.1 for this machine alone, 0.0.0.0 for all its networks.",
        ) from exc
    return held


def _allow_sharing(held: socket.socket) -> None:
    if sys.platform == "linux":
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    else:
        held.close()  # elsewhere a bound socket keeps our own server out, too
