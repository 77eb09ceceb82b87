"""What lower packages offer and upper ones fill in `AppConfig.ready()`."""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Named entries in order of registration; registering a taken name is a programming error."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._entries: dict[str, T] = {}

    def register(self, name: str, entry: T) -> T:
        """Add an entry; the same entry again is harmless, another one under its name is refused."""
        if self._entries.setdefault(name, entry) is not entry:
            raise ValueError(f"{self._what} {name!r} is registered twice")
        return entry

    def get(self, name: str) -> T | None:
        """The entry of that name, if any."""
        return self._entries.get(name)

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())

    def names(self) -> tuple[str, ...]:
        """All names, in order of registration."""
        return tuple(self._entries)
