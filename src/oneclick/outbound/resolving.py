"""From names to addresses, in bounded time."""

import socket
import threading
from collections.abc import Sequence
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from typing import Protocol

from oneclick.outbound.addresses import Address
from oneclick.outbound.errors import DestinationUnreachable

AT_ONCE = 64
_slots = threading.BoundedSemaphore(AT_ONCE)


class Resolver(Protocol):
    """Finds the addresses of a name; a test brings its own."""

    def __call__(self, name: str, *, timeout_s: float) -> Sequence[Address]:
        """All addresses, in the order in which to try them; raises `DestinationUnreachable` where there are none."""


def resolve(name: str, *, timeout_s: float) -> Sequence[Address]:
    """Ask the system. Its call can't be stopped, so it runs in a thread that is left behind when time is up."""
    answers: SimpleQueue[Sequence[Address] | OSError] = SimpleQueue()
    if not _slots.acquire(timeout=timeout_s):
        raise DestinationUnreachable(f"{name} can't be looked up: the name servers don't answer.")
    threading.Thread(target=_look_up, args=(name, answers), daemon=True, name="outbound lookup").start()
    try:
        answer = answers.get(timeout=timeout_s)
    except Empty:
        raise DestinationUnreachable(f"{name} can't be looked up: the name servers don't answer.") from None
    if isinstance(answer, OSError):
        raise DestinationUnreachable(f"There is no host called {name}.") from None
    return answer


def _look_up(name: str, answers: "SimpleQueue[Sequence[Address] | OSError]") -> None:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        answers.put(list(dict.fromkeys(ip_address(each[4][0]) for each in found)))
    except (OSError, UnicodeError) as exc:
        answers.put(exc if isinstance(exc, OSError) else OSError(str(exc)))
    finally:
        _slots.release()
