"""Ports: whether one is free, another one when it isn't, and keeping one to a stack while its server restarts."""

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
    """A port of `address` that no other stack gets until `release()`: the wanted one, else one of the next, else any.

    The server that listens on it comes and goes, and it binds with SO_REUSEPORT, under which two servers share a port
    without noticing. So stacks agree by a name in the kernel's own list, which ends with the process that holds it.
    """

    def __init__(self, address: str, wanted: int) -> None:
        self.address = address
        for port in (wanted, *range(wanted + 1, min(wanted + 1 + TRIES_BESIDE, 65536)), free_port()):
            if not _can_listen(address, port) or (claim := _claim(port)) is None:
                continue
            self.port = port
            self._claim = claim
            return
        raise StackError(f"No port of {address} is free.", hint="Choose another address with ONECLICK_BIND.")

    def release(self) -> None:
        """Let others have it."""
        self._claim.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def _claim(port: int) -> socket.socket | None:
    """A socket whose being open claims the port among stacks; None where another stack has it."""
    claim = socket.socket(socket.AF_UNIX)
    if sys.platform == "linux":  # elsewhere there are no names without files, and no sharing by SO_REUSEPORT either
        try:
            claim.bind(f"\0one-click-dwh/port/{port}")
        except OSError:
            claim.close()
            return None
    return claim


def _can_listen(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen()
        except OSError as exc:
            if exc.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise StackError(
                f"ONECLICK_BIND: this machine has no address {address} to listen on: {exc.strerror or exc}.",
                hint="Use 127.0.0.1 for this machine alone, 0.0.0.0 for all its networks.",
            ) from exc
    return True
