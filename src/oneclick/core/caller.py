"""Where the request that is being handled comes from, for what writes it down."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("calling_address", default="")


def current_address() -> str:
    """The caller's network address; empty outside of any request, and where it can't be known."""
    return _current.get()


@contextmanager
def calling_from(address: str) -> Iterator[None]:
    """Put an address in force."""
    token = _current.set(address)
    try:
        yield
    finally:
        _current.reset(token)
