"""Ending a query that takes too long or that somebody no longer wants."""

import threading
from collections.abc import Callable

from oneclick.warehouses.contract.errors import Cancelled, TimedOut

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 2.0


class Watch:
    """One query's time, and why it was stopped if it was.

    `interrupt` is repeated until the query has ended, because DuckDB forgets one that comes before it has begun.
    """

    def __init__(self, interrupt: Callable[[], None], *, timeout_s: float) -> None:
        self.stopped_by: Cancelled | TimedOut | None = None
        self._interrupt = interrupt
        self._lock = threading.Lock()
        self._has_ended = False
        too_late = TimedOut(f"The query ran longer than its {timeout_s:g} s, so it was stopped.")
        self._timer = self._later(timeout_s, too_late, FIRST_PAUSE_S)

    def stop(self, why: Cancelled | TimedOut, pause_s: float = FIRST_PAUSE_S) -> None:
        """Interrupt the query unless it has ended; from any thread."""
        with self._lock:
            if self._has_ended:
                return
            self.stopped_by = self.stopped_by or why
            self._timer.cancel()
            self._interrupt()
            self._timer = self._later(pause_s, why, min(2 * pause_s, LONGEST_PAUSE_S))

    def end(self) -> None:
        """The query has ended: nothing will be interrupted any more."""
        with self._lock:
            self._has_ended = True
            self._timer.cancel()

    def _later(self, delay_s: float, why: Cancelled | TimedOut, pause_s: float) -> threading.Timer:
        timer = threading.Timer(delay_s, self.stop, [why, pause_s])
        timer.daemon = True
        timer.start()
        return timer
