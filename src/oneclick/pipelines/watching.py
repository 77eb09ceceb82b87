"""A thread beside a run: it writes down how far it is, and stops it when somebody asks, or when the lease is lost."""

import json
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import duckdb
import structlog
from django.db import DatabaseError, connection, connections

from oneclick.job_queue.leases import Lease, LeaseLost
from oneclick.pipelines.contract.errors import RunStopped
from oneclick.pipelines.models import FlowRun

LOOK_EVERY_S = 0.5
log = structlog.get_logger(__name__)


@dataclass(kw_only=True)
class Watch:
    """Watches one run while its body runs; `demand_going_on` raises what the body has to end with."""

    run: FlowRun
    lease: Lease
    duck: duckdb.DuckDBPyConnection
    said: dict[str, Any] = field(default_factory=dict)
    verdict: Exception | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._look_for_ever, name="run-watch", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()
        if error is not None and self.verdict is not None:
            raise self.verdict from error

    def tell(self, **said: Any) -> None:
        """What is done now; the next look writes it down. Raises what the run has to end with, if it has to."""
        self.said = said
        if self.verdict is not None:
            raise self.verdict

    def demand_going_on(self) -> None:
        """Raise `RunStopped` or `LeaseLost` where the run has to end."""
        self._look()
        if self.verdict is not None:
            raise self.verdict

    def _look_for_ever(self) -> None:
        try:
            while not self._ended.wait(LOOK_EVERY_S):
                try:
                    self._look()
                except DatabaseError as exc:
                    log.warning("progress can't be written", error=type(exc).__name__)
                if self.verdict is not None:
                    self.duck.interrupt()
        finally:
            connections.close_all()

    def _look(self) -> None:
        share = self.duck.query_progress()
        progress = {**self.said, **({"share": round(share, 1)} if share > 0 else {})}
        with connection.cursor() as cursor:
            cursor.execute(_LOOK, [json.dumps(progress), self.run.id, self.lease.fence, self.lease.holder])
            row = cursor.fetchone()
        if row is None:
            self.verdict = LeaseLost()
        elif row[0] is not None:
            self.verdict = RunStopped("It was stopped. Nothing was changed.")


_LOOK = """
UPDATE pipelines_flowrun run SET progress = %s
FROM pipelines_dataflow flow
WHERE run.id = %s AND flow.id = run.flow_id AND flow.fence = %s AND flow.lease_holder = %s
RETURNING run.stop_asked_at
"""
