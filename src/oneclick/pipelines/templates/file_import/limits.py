"""How much one load may unpack, and how long it may read and convert.

A few kilobytes can unpack to terabytes. So whoever unpacks counts, and whoever loops looks at the clock; what DuckDB
does is interrupted.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from oneclick.pipelines.templates.file_import.errors import FileImportError, FileTooLarge, LoadTimedOut

AGAIN_S = 0.2


@dataclass(frozen=True, kw_only=True)
class Limits:
    """`end` is a moment of the monotonic clock; the warehouse's own part, all or nothing, isn't cut off by it."""

    unpacked_bytes: int
    seconds: float
    end: float

    @classmethod
    def from_now(cls, *, unpacked_bytes: int, seconds: float) -> "Limits":
        """The clock starts."""
        return cls(unpacked_bytes=unpacked_bytes, seconds=seconds, end=time.monotonic() + seconds)

    def check_time(self) -> None:
        """Raise `LoadTimedOut` when the time is over."""
        if time.monotonic() >= self.end:
            raise LoadTimedOut(f"The file wasn't read and converted within {self.seconds:g} s, the most allowed.")

    def check_size(self, unpacked_bytes: int) -> None:
        """Raise `FileTooLarge` when so much is too much."""
        if unpacked_bytes > self.unpacked_bytes:
            raise FileTooLarge(f"The packed file holds more than {self.unpacked_bytes >> 20:,} MiB, the most allowed.")

    @contextlib.contextmanager
    def kept_by(self, duck: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Interrupt what DuckDB does when the time is over; the body then raises `LoadTimedOut`."""
        is_over = threading.Event()

        def watch() -> None:
            pause = max(self.end - time.monotonic(), 0.0)
            while not is_over.wait(pause):
                duck.interrupt()
                pause = AGAIN_S

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        except (duckdb.Error, FileImportError):
            self.check_time()
            raise
        finally:
            is_over.set()
            watcher.join()


NO_LIMITS = Limits(unpacked_bytes=1 << 62, seconds=threading.TIMEOUT_MAX / 4, end=threading.TIMEOUT_MAX / 2)
