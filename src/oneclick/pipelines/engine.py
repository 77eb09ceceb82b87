"""Driving one update of a data flow from wherever it stands to its end, or to its next try.

`drive` may be called at any time, twice at once, by any worker:

1. The data flow's lease is taken; who doesn't get it returns.
2. The asker's right, the warehouse and the tables are looked at again.
3. plan: each stream's bound is fixed and written down.
4. extract and load: the warehouse takes the rows of all streams under ids that follow from the update's own, so
   that what was in already is told and not doubled; each stream's new position goes in with its rows.
5. commit: positions, figures and the end are written in one transaction with the lease's release.

A crash anywhere leaves a lease that runs out and an update that the sweeper wakes. Its folder is still there then.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from oneclick.accounts.roles import NotAllowed, Permission
from oneclick.accounts.standing import principal_now
from oneclick.core.clock import utcnow
from oneclick.core.correlation import correlation
from oneclick.core.errors import ErrorKind, InternalError, OneClickError
from oneclick.job_queue.leases import Lease, LeaseLost, LeaseTable
from oneclick.job_queue.wake import wake
from oneclick.pipelines import claims, delivery, runs, scheduling, services, wanted
from oneclick.pipelines.contract.errors import RunStopped, SourceChanged
from oneclick.pipelines.contract.sources import Batch, Column, Reading, Source, Wanted
from oneclick.pipelines.delivery import REJECTED, Delivered, Parcel
from oneclick.pipelines.models import (
    UNFINISHED_RUNS,
    DataFlow,
    FlowRun,
    LoadedTable,
    OnDrift,
    RunState,
    StreamRun,
    StreamState,
)
from oneclick.pipelines.opening import opened
from oneclick.pipelines.scheduling import DRIVE
from oneclick.pipelines.templates.file_import.turns import demand_staying
from oneclick.pipelines.watching import Watch
from oneclick.provisioning.retries import pause_s
from oneclick.warehouses import services as warehouses
from oneclick.warehouses.contract.data_plane import DataPlane, LoadMode, TableName
from oneclick.warehouses.contract.errors import TransientError
from oneclick.warehouses.contract.instance import AccessLevel

FLOWS = LeaseTable(name="pipelines_dataflow", sequence="pipelines_fence")
PASSING = (ErrorKind.UNAVAILABLE, ErrorKind.BUSY, ErrorKind.TOO_SLOW)

log = structlog.get_logger(__name__)


def drive(run_id: UUID) -> None:
    """Bring an update as far as it goes now."""
    run = FlowRun.objects.filter(id=run_id).first()
    if run is None or run.state not in UNFINISHED_RUNS or _is_early(run):
        return
    lease = FLOWS.acquire(run.flow_id)
    if lease is None:
        return
    with correlation(run.correlation_id), structlog.contextvars.bound_contextvars(run=str(run.id)):
        try:
            _drive_under(lease, run_id)
        except LeaseLost:
            log.warning("lease lost; whoever holds it goes on")
        finally:
            lease.give_up()


def _drive_under(lease: Lease, run_id: UUID) -> None:
    run = FlowRun.objects.select_related("flow__warehouse").get(id=run_id)
    if run.state not in UNFINISHED_RUNS:
        return
    try:
        _begin(run, lease)
        delivered = _bring(run, lease)
    except RunStopped as exc:
        _end(run, lease, RunState.STOPPED, exc)
    except (LeaseLost, DatabaseError):
        # Our own database may be away: nothing can be written now. The lease runs out and the sweeper wakes the run.
        raise
    except OneClickError as exc:
        _retry_or_fail(run, lease, exc)
    except Exception:
        log.exception("update ended by an unexpected error")
        _end(run, lease, RunState.FAILED, InternalError(hint=f"Give your operator the number {run.correlation_id}."))
    else:
        _commit(run, lease, delivered)


def _is_early(run: FlowRun) -> bool:
    return run.wake_at is not None and run.wake_at > utcnow() and run.stop_asked_at is None


def _begin(run: FlowRun, lease: Lease) -> None:
    with transaction.atomic():
        lease.assert_held()
        if run.state != RunState.RUNNING:
            runs.move(run, RunState.RUNNING, wake_at=None, started_at=run.started_at or utcnow())
    if run.stop_asked_at:
        raise RunStopped("It was stopped before it began.")
    asker = principal_now(run.asked_by, run.organisation_id)
    if asker is None or not asker.may(Permission.LOAD_DATA):
        raise NotAllowed("Whoever asked for this update may no longer do it.")
    demand_staying(run.flow.warehouse)


def _bring(run: FlowRun, lease: Lease) -> Sequence[Delivered]:
    flow = run.flow
    plane = warehouses.data_plane(flow.warehouse, AccessLevel.WRITE)
    streams = wanted.from_json(flow.streams)
    claims.demand_free(flow, [_table(flow, each.table) for each in streams], plane)
    source = services.source(flow)
    with opened(Path(settings.HOME), source.duckdb_extensions) as duck, Watch(run=run, lease=lease, duck=duck) as watch:
        try:
            return _read_and_load(run, lease, plane, source, streams, watch=watch)
        except OneClickError as exc:
            watch.demand_going_on()
            if (explained := source.explain(exc)) is not None:
                raise explained from exc
            raise


def _read_and_load(
    run: FlowRun, lease: Lease, plane: DataPlane, source: Source, streams: Sequence[Wanted], *, watch: Watch
) -> Sequence[Delivered]:
    folder = _run_folder(run)
    with source.reading(watch.duck, folder, lambda what, rows: watch.tell(what=what, rows=rows)) as reading:
        _enter(run, watch, "plan")
        known = {state.stream: state for state in StreamState.objects.filter(flow=run.flow)}
        fitted = [_fitted(run.flow, each, reading, known.get(each.stream)) for each in streams]
        bounds = _bounds(run, fitted, reading, known)
        _enter(run, watch, "extract")
        parcels = list(_parcels(run, fitted, reading, bounds, known))
        return _load(run, lease, plane, parcels, watch=watch, folder=folder)


def _load(
    run: FlowRun, lease: Lease, plane: DataPlane, parcels: Sequence[Parcel], *, watch: Watch, folder: Path
) -> Sequence[Delivered]:
    _enter(run, watch, "load")
    tables = list(dict.fromkeys(parcel.table for parcel in parcels))
    claims.claim(run.flow, tables)

    def on_begin(parcel: Parcel) -> None:
        watch.tell(table=str(parcel.table), number=parcels.index(parcel) + 1, of=len(parcels))

    delivered = delivery.deliver(plane, watch.duck, parcels, fence=lease.fence, folder=folder, on_begin=on_begin)
    _enter(run, watch, "verify")
    for each in delivered:
        found, brought = each.result.table_rows, each.result.rows
        if each.parcel.batch.mode is LoadMode.REPLACE and found is not None and found != brought:
            raise InternalError(f"{each.parcel.table} has {found:,} rows, and {brought:,} were brought.")
    return delivered


def _enter(run: FlowRun, watch: Watch, phase: str) -> None:
    watch.demand_going_on()
    run.phase = phase
    FlowRun.objects.filter(id=run.id).update(phase=phase)


# -- plan ------------------------------------------------------------------------------------------------------


def _fitted(flow: DataFlow, each: Wanted, reading: Reading, known: StreamState | None) -> Wanted:
    """The stream with the columns that the policy allows; raises `SourceChanged` where somebody has to decide."""
    if known is None or not known.columns or flow.on_drift == OnDrift.FOLLOW:
        return each
    now, before = _kinds(reading.columns(each)), known.columns
    if flow.on_drift == OnDrift.FREEZE:
        return replace(each, columns=tuple(name for name in now or before if name in before))
    _demand_no_drift(each, before, now)
    return each


def _demand_no_drift(each: Wanted, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    if now and (changes := drift(before, now)):
        raise SourceChanged(
            f"{each.stream} has other columns than before: {'; '.join(changes)}.",
            hint="Decide on the data flow's page whether to go on with them.",
        )


def drift(before: Mapping[str, str], now: Mapping[str, str]) -> Sequence[str]:
    """What became of a stream's columns, in words."""
    new = [f"{name} is new" for name in now if name not in before]
    gone = [f"{name} is gone" for name in before if name not in now]
    other = [f"{name} became {now[name]}" for name in now if before.get(name, now[name]) != now[name]]
    return [*new, *gone, *other]


def _kinds(columns: Sequence[Column]) -> dict[str, str]:
    return {column.name: column.type for column in columns}


def _bounds(
    run: FlowRun, streams: Sequence[Wanted], reading: Reading, known: Mapping[str, StreamState]
) -> Mapping[str, StreamRun]:
    """Each stream's row of this update; those of an earlier try keep their bound."""
    rows = {row.stream: row for row in StreamRun.objects.filter(run=run)}
    missing = [each for each in streams if each.stream not in rows]
    made = [
        StreamRun(
            run=run, stream=each.stream, table=str(_table(run.flow, each.table)),
            bound=dict(reading.bound(each, _position(known.get(each.stream)))),
        )
        for each in missing
    ]  # fmt: skip
    StreamRun.objects.bulk_create(made)
    return {**rows, **{row.stream: row for row in made}}


def _position(state: StreamState | None) -> Mapping[str, Any]:
    return state.position if state else {}


# -- extract ---------------------------------------------------------------------------------------------------


def _parcels(
    run: FlowRun,
    streams: Sequence[Wanted],
    reading: Reading,
    bounds: Mapping[str, StreamRun],
    known: Mapping[str, StreamState],
) -> Iterator[Parcel]:
    for each in streams:
        state = known.get(each.stream)
        rows_before = None if run.allow_fewer or state is None else state.rows
        batches = reading.batches(each, _position(state), bounds[each.stream].bound)
        columns = _kinds(reading.columns(each))
        if state and state.columns and run.flow.on_drift == OnDrift.ASK:
            _demand_no_drift(each, state.columns, columns)  # of some sources only reading tells the columns
        for batch in batches:
            for part in _with_rejects(batch):
                table = _table(run.flow, each.table + part.suffix)
                yield Parcel(
                    wanted=each, batch=part, table=table, load_id=f"{run.id}/{table.name}", rows_before=rows_before,
                    columns=columns,
                )  # fmt: skip


def _with_rejects(batch: Batch) -> Iterator[Batch]:
    yield batch
    if batch.rejects:
        mode = LoadMode.REPLACE if batch.mode is LoadMode.REPLACE else LoadMode.APPEND
        yield Batch(select=batch.rejects, mode=mode, suffix=batch.suffix + REJECTED)


def _table(flow: DataFlow, name: str) -> TableName:
    return TableName(schema=flow.schema, name=name)


def _run_folder(run: FlowRun) -> Path:
    """The update's folder: it stays until the update has ended."""
    folder = Path(settings.HOME) / "runs" / str(run.id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


# -- the end ---------------------------------------------------------------------------------------------------


def _commit(run: FlowRun, lease: Lease, delivered: Sequence[Delivered]) -> None:
    now = utcnow()
    with transaction.atomic():
        lease.assert_held()
        for each in delivered:
            _note_table(run, each, now)
        of_streams = [each for each in delivered if not each.parcel.batch.suffix]
        for each in of_streams:
            _note_stream(run, each, delivered, now)
        rows = sum(each.result.rows for each in of_streams)
        rejected = sum(each.result.rows for each in delivered if each.parcel.batch.suffix.endswith(REJECTED))
        written = sum(each.result.written_bytes or 0 for each in delivered)
        runs.move(
            run, RunState.DONE, rows=rows, rejected=rejected, written_bytes=written, progress={}, error_code="",
            error_message="",
        )  # fmt: skip
        if rows:
            DataFlow.objects.filter(id=run.flow_id).update(last_rows_at=now)
        scheduling.wake_followers(run.flow)
        lease.release()
    _forget_folder(run)
    log.info("update done", rows=rows, rejected=rejected, written_bytes=written)


def _note_table(run: FlowRun, each: Delivered, now: Any) -> None:
    changes = {"rows": each.result.table_rows} if each.result.table_rows is not None else {}
    LoadedTable.objects.filter(
        warehouse_id=run.flow.warehouse_id, schema=each.parcel.table.schema, name=each.parcel.table.name
    ).update(last_load_id=each.parcel.load_id, loaded_at=now, **changes)


def _note_stream(run: FlowRun, each: Delivered, delivered: Sequence[Delivered], now: Any) -> None:
    stream, result = each.parcel.wanted.stream, each.result
    rejected = sum(
        other.result.rows
        for other in delivered
        if other.parcel.wanted.stream == stream and other.parcel.batch.suffix.endswith(REJECTED)
    )
    StreamRun.objects.filter(run=run, stream=stream).update(
        rows=result.rows, deleted=result.deleted, rejected=rejected, changes=list(result.changes)
    )
    StreamState.objects.update_or_create(
        flow=run.flow, stream=stream,
        defaults={
            "position": each.position, "columns": each.parcel.columns, "rows": result.table_rows or result.rows,
            "changed_at": now,
        },
    )  # fmt: skip


def _retry_or_fail(run: FlowRun, lease: Lease, error: OneClickError) -> None:
    attempt = run.attempt + 1
    pause = pause_s(attempt, at_least_s=getattr(error, "retry_after_s", None)) if _is_passing(error) else None
    if pause is None:
        _end(run, lease, RunState.FAILED, error)
        return
    at = utcnow() + timedelta(seconds=pause)
    log.info("update waits after a passing error", code=error.code, message=error.message, pause_s=round(pause, 3))
    with transaction.atomic():
        lease.assert_held()
        runs.move(run, RunState.WAITING, wake_at=at, attempt=attempt, **_said(error))
        wake(DRIVE, at=at, run_id=str(run.id))
        lease.release()


def _is_passing(error: OneClickError) -> bool:
    return isinstance(error, TransientError) or error.kind in PASSING


def _end(run: FlowRun, lease: Lease, state: RunState, error: OneClickError) -> None:
    log.warning("update ended without its rows", state=state, code=error.code, message=error.message)
    with transaction.atomic():
        lease.assert_held()
        runs.move(run, state, progress={}, **_said(error))
        lease.release()
    _forget_folder(run)


def _said(error: OneClickError) -> dict[str, str]:
    return {"error_code": error.code, "error_message": error.message, "error_hint": error.hint}


def _forget_folder(run: FlowRun) -> None:
    shutil.rmtree(Path(settings.HOME) / "runs" / str(run.id), ignore_errors=True)
