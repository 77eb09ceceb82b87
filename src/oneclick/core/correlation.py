"""The id that follows one click through job, log line, audit event and vendor call."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from oneclick.core.ids import new_id

_current: ContextVar[str] = ContextVar("correlation_id", default="")
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")


def new_correlation_id() -> str:
    """A fresh id: 32 hexadecimal characters."""
    return new_id().hex


def current_correlation_id() -> str:
    """The id in force here, or an empty string outside any request or job."""
    return _current.get()


@contextmanager
def correlation(correlation_id: str = "") -> Iterator[str]:
    """Put an id in force; a missing or malformed one (it may come from outside) is replaced by a fresh one."""
    if not _ACCEPTED.fullmatch(correlation_id):
        correlation_id = new_correlation_id()
    token = _current.set(correlation_id)
    try:
        yield correlation_id
    finally:
        _current.reset(token)
