"""Typed signals, sent by a lower package and heard by upper ones.

A signal is sent inside the sender's transaction. Receivers only write rows or enqueue wake-ups, never I/O: so a
crash loses either all of it or nothing. A receiver's exception therefore rolls the sender's transaction back.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

E = TypeVar("E")


class Signal(Generic[E]):
    """Calls each receiver with one event, in order of connection."""

    def __init__(self) -> None:
        self._receivers: list[Callable[[E], None]] = []

    def connect(self, receiver: Callable[[E], None]) -> Callable[[E], None]:
        """Add a receiver once; usable as a decorator."""
        if receiver not in self._receivers:
            self._receivers.append(receiver)
        return receiver

    def send(self, event: E) -> None:
        """Call every receiver."""
        for receiver in self._receivers:
            receiver(event)
