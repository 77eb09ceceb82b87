"""Time, passed in so that tests can hold it still."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Returns the present moment, aware, in UTC."""


def utcnow() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)
