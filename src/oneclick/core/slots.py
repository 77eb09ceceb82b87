"""At most so many at once: counted within this process, so that nobody takes all of its threads."""

import threading
from collections import Counter
from collections.abc import Hashable


class Slots:
    """So many slots for each key, and so many in all. Safe from any thread."""

    def __init__(self, *, per_key: int, in_all: int) -> None:
        self.per_key = per_key
        self.in_all = in_all
        self._taken: Counter[Hashable] = Counter()
        self._lock = threading.Lock()

    def take(self, key: Hashable) -> bool:
        """Take one; False when there is none left for the key, or none at all."""
        with self._lock:
            if self._taken.get(key, 0) >= self.per_key or self._taken.total() >= self.in_all:
                return False
            self._taken[key] += 1
            return True

    def release(self, key: Hashable) -> None:
        """Give one back that was taken."""
        with self._lock:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
