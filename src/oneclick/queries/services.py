"""Running read-only SQL on a warehouse: who may, within which limits, written into history and audit log."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from oneclick.accounts.roles import Permission, Principal
from oneclick.audit.services import record
from oneclick.core.clock import utcnow
from oneclick.core.correlation import current_correlation_id
from oneclick.core.errors import InternalError, OneClickError
from oneclick.queries import outputs, runner
from oneclick.queries.errors import BadQueryLimit, QueryCancelled, TooManyQueries
from oneclick.queries.history import query as noted_query
from oneclick.queries.models import QueryHistory, QueryPurpose, QueryState
from oneclick.queries.runner import Outcome, RunningQuery
from oneclick.queries.wire import UNBOUNDED, Job
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses import registry
from oneclick.warehouses import services as warehouses
from oneclick.warehouses.contract.data_plane import SessionLimits
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse

if TYPE_CHECKING:
    from arro3.core import RecordBatch, Schema

DEFAULT_ROWS = 1_000
MAX_ANSWER_BYTES = 256 << 20
"""What `run` takes into memory, counted as Arrow; `start` streams without a bound."""

THREADS = 2

ROOM_LOCK = 0x51554552
"""Our number among PostgreSQL's advisory locks, beside the organisation's."""


@dataclass(frozen=True, kw_only=True)
class QueryResult:
    """The answer. `is_truncated`: there are more rows than were asked for."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    schema: "Schema" = field(repr=False)
    batches: tuple["RecordBatch", ...] = field(repr=False)
    row_count: int
    is_truncated: bool
    seconds: float

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Each row as a tuple of Python values."""
        return outputs.python_rows(self)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        from arro3.core import RecordBatchReader

        return RecordBatchReader.from_batches(self.schema, list(self.batches)).__arrow_c_stream__()


class Query:
    """A started query: an Arrow stream to be read once, inside a `with` block, which notes how it ended."""

    def __init__(self, running: RunningQuery, noted: QueryHistory) -> None:
        self._running = running
        self._noted = noted
        running.on_tick = self._look_for_cancel

    @property
    def id(self) -> UUID:
        """Its line in the history."""
        return self._noted.id

    @property
    def schema(self) -> "Schema":
        """The columns; waits for them."""
        return self._running.schema

    @property
    def outcome(self) -> Outcome:
        """Known once every row was read."""
        return self._running.outcome

    def cancel(self) -> None:
        """Stop it, from any thread."""
        self._running.cancel()

    def __iter__(self) -> Iterator["RecordBatch"]:
        return iter(self._running)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        from arro3.core import RecordBatchReader

        return RecordBatchReader.from_batches(self.schema, iter(self)).__arrow_c_stream__()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        failure = self._running.failure or exc
        self._running.close()
        self._note_end(failure)
        if self._running.failure is not None and exc is not None and exc is not self._running.failure:
            raise self._running.failure from exc  # what read the stream could only say that it broke

    def _look_for_cancel(self) -> None:
        """Whether somebody asked, perhaps by way of another process, to stop it."""
        if QueryHistory.objects.filter(id=self._noted.id, cancel_asked_at__isnull=False).exists():
            self.cancel()
        _leave_database()

    def _note_end(self, failure: BaseException | None) -> None:
        noted = self._noted
        noted.elapsed_ms = round(self._running.elapsed_s * 1000)
        if failure is None and self._running.is_complete:
            noted.state, noted.rows, noted.is_truncated = QueryState.DONE, self.outcome.rows, self.outcome.is_truncated
        elif failure is None or isinstance(failure, (QueryCancelled, KeyboardInterrupt, GeneratorExit)):
            noted.state, noted.error_code = QueryState.CANCELLED, QueryCancelled.code
        else:
            noted.state = QueryState.FAILED
            noted.error_code = failure.code if isinstance(failure, OneClickError) else InternalError.code
        noted.save(update_fields=["state", "rows", "is_truncated", "elapsed_ms", "error_code"])


def run(
    principal: Principal,
    warehouse_id: UUID | str,
    sql: str,
    *,
    limit: int = DEFAULT_ROWS,
    timeout_s: float | None = None,
    purpose: QueryPurpose = QueryPurpose.ASKED,
) -> QueryResult:
    """Run one read-only statement and take its rows. Raises `QueryError`, `NotFound` or `NotAllowed`."""
    with start(
        principal,
        warehouse_id,
        sql,
        limit=limit,
        timeout_s=timeout_s,
        max_bytes=MAX_ANSWER_BYTES,
        purpose=purpose,
    ) as query:
        schema, batches = query.schema, tuple(query)
    return QueryResult(
        columns=tuple(schema.names),
        types=tuple(outputs.type_names(schema)),
        schema=schema,
        batches=batches,
        row_count=query.outcome.rows,
        is_truncated=query.outcome.is_truncated,
        seconds=query.outcome.seconds,
    )


def start(
    principal: Principal,
    warehouse_id: UUID | str,
    sql: str,
    *,
    limit: int | None = DEFAULT_ROWS,
    timeout_s: float | None = None,
    max_bytes: int = UNBOUNDED,
    purpose: QueryPurpose = QueryPurpose.ASKED,
) -> Query:
    """Start one read-only statement; its rows stream. `limit` None hands out every row.

    Raises `NotAllowed`, `NotFound`, `BadQueryLimit`, `TooManyQueries`; what is wrong with the statement is raised
    while reading.
    """
    principal.demand(Permission.QUERY_DATA)
    warehouse = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    limits = _limits(limit, timeout_s)
    access = warehouses.access(warehouse, AccessLevel.READ)
    provider = registry.adapter_class(warehouse.provider)
    job = Job(
        adapter=f"{provider.__module__}:{provider.__qualname__}",
        installation=warehouses.installation(warehouse.provider),
        access=access,
        sql=sql,
        limits=limits,
        row_limit=limit,
        max_bytes=max_bytes,
    )
    noted = _note_start(principal, warehouse, sql, limits, purpose)
    _leave_database()
    return Query(runner.start(job), noted)


def cancel(principal: Principal, query_id: UUID) -> None:
    """Ask for a running query to be stopped, wherever it runs: within about a second. Ended already is fine.

    One's own, or as an admin anybody's. Raises `QueryNotFound` or `NotAllowed`.
    """
    principal.demand(Permission.QUERY_DATA)
    noted = noted_query(principal.organisation_id, query_id)
    if noted.asked_by != principal.label:
        principal.demand(Permission.PROVISION_WAREHOUSES)
    QueryHistory.objects.filter(id=noted.id, state=QueryState.RUNNING).update(cancel_asked_at=utcnow())
    record(
        organisation_id=principal.organisation_id,
        actor=principal.label,
        action="query.cancelled",
        target_kind="warehouse",
        target_id=str(noted.warehouse_id),
        detail={"query": str(noted.id)},
    )


def _limits(limit: int | None, timeout_s: float | None) -> SessionLimits:
    longest_s = settings.ENVIRONMENT.query_timeout_s
    if limit is not None and limit < 1:
        raise BadQueryLimit(f"The row limit must be at least 1, not {limit}.")
    if timeout_s is not None and not 0 < timeout_s <= longest_s:
        raise BadQueryLimit(
            f"The time-out must be more than 0 and at most {longest_s} seconds, not {timeout_s:g}.",
            hint="The operator can raise the bound with ONECLICK_QUERY_TIMEOUT_S.",
        )
    return SessionLimits(
        timeout_s=timeout_s or longest_s, memory_bytes=settings.ENVIRONMENT.query_memory_mb << 20, threads=THREADS
    )


def _note_start(
    principal: Principal, warehouse: Warehouse, sql: str, limits: SessionLimits, purpose: QueryPurpose
) -> QueryHistory:
    _note_lost(warehouse.organisation_id)
    with transaction.atomic():
        _demand_room(warehouse.organisation_id)
        noted = QueryHistory.objects.create(
            organisation_id=warehouse.organisation_id,
            warehouse=warehouse,
            asked_by=principal.label,
            sql=sql.replace("\x00", "\ufffd"),
            purpose=purpose,
            correlation_id=current_correlation_id(),
            must_end_by=utcnow() + timedelta(seconds=limits.timeout_s + 60),
        )
        record(
            organisation_id=principal.organisation_id,
            actor=principal.label,
            action="query.run",
            target_kind="warehouse",
            target_id=str(warehouse.id),
            detail={"query": str(noted.id)},
        )
    return noted


def _demand_room(organisation_id: UUID) -> None:
    """Raise `TooManyQueries`. One at a time asks for an organisation: until its transaction ends, others wait here."""
    most = settings.ENVIRONMENT.queries_per_organisation
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [ROOM_LOCK, str(organisation_id)])
    if QueryHistory.objects.filter(organisation_id=organisation_id, state=QueryState.RUNNING).count() >= most:
        raise TooManyQueries(f"Your organisation has {most} queries under way, which is the most.")


def _leave_database() -> None:
    """While a query runs, its thread keeps none of our connections from others."""
    if not connection.in_atomic_block:
        connection.close()


def _note_lost(organisation_id: UUID) -> None:
    """Queries whose time is long over were running in a process of ours that was killed."""
    QueryHistory.objects.filter(
        organisation_id=organisation_id, state=QueryState.RUNNING, must_end_by__lt=utcnow()
    ).update(state=QueryState.LOST)
