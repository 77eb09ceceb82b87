"""Driving one job from wherever it stands to its end, or to its next wait.

`drive` may be called at any time, twice at once, by any worker:

1. An older unfinished job of the same warehouse goes first.
2. The warehouse's lease is taken; who doesn't get it returns, because the holder wakes the next job at its end.
3. The asker's right is checked again.
4. The kind's work runs, resource by resource, under the lease.
5. The end, the wait or the failure is written in one transaction with the lease's release and the next wake-up.

A crash anywhere leaves a lease that runs out and a job that the sweeper wakes.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction

from oneclick.accounts.roles import NotAllowed, Permission
from oneclick.accounts.standing import principal_now
from oneclick.audit.services import record
from oneclick.core.clock import utcnow
from oneclick.core.correlation import correlation
from oneclick.core.errors import InternalError, OneClickError
from oneclick.job_queue.leases import Lease, LeaseLost, LeaseTable
from oneclick.job_queue.wake import wake
from oneclick.provisioning import states
from oneclick.provisioning.errors import WarehouseGone
from oneclick.provisioning.journal import CancelAsked, JobJournal
from oneclick.provisioning.kinds import WORK, Pause
from oneclick.provisioning.models import ENDED, UNFINISHED, JobKind, JobState, ProvisioningJob
from oneclick.provisioning.retries import pause_s
from oneclick.warehouses.contract.errors import TransientError
from oneclick.warehouses.models import Warehouse, WarehouseState

DRIVE = "provisioning.drive"
WAREHOUSES = LeaseTable(name="warehouses_warehouse")
NEEDED = {
    JobKind.CREATE: Permission.PROVISION_WAREHOUSES,
    JobKind.UPDATE: Permission.PROVISION_WAREHOUSES,
    JobKind.DESTROY: Permission.PROVISION_WAREHOUSES,
    JobKind.ROTATE: Permission.VIEW_CREDENTIALS,
    JobKind.CHECK: Permission.VIEW_WAREHOUSES,
}
DONE = {
    JobKind.CREATE: "warehouse.created",
    JobKind.UPDATE: "warehouse.repaired",
    JobKind.ROTATE: "credentials.rotated",
    JobKind.DESTROY: "warehouse.destroyed",
    JobKind.CHECK: "warehouse.checked",
}
STOPPED = {JobState.FAILED: "job.failed", JobState.CANCELLED: "job.cancelled"}

log = structlog.get_logger(__name__)


def drive(job_id: UUID) -> None:
    """Bring a job as far as it goes now."""
    job = ProvisioningJob.objects.filter(id=job_id).select_related("warehouse").first()
    if job is None or job.state in ENDED or _is_early(job):
        return
    if older := _older_unfinished(job):
        wake(DRIVE, job_id=str(older))
        return
    lease = WAREHOUSES.acquire(job.warehouse_id)
    if lease is None:
        return
    with correlation(job.correlation_id), structlog.contextvars.bound_contextvars(job=str(job.id), kind=job.kind):
        try:
            _drive_under(lease, job_id)
        except LeaseLost:
            log.warning("lease lost; whoever holds it goes on")
        finally:
            lease.give_up()


def _drive_under(lease: Lease, job_id: UUID) -> None:
    job = ProvisioningJob.objects.select_related("warehouse").get(id=job_id)
    if job.state in ENDED:
        _hand_over(job, lease)
        return
    try:
        _begin(job, lease)
        work = WORK[JobKind(job.kind)]
        pause = work(job, JobJournal(job, lease))
    except CancelAsked:
        _end(job, lease, JobState.CANCELLED)
    except TransientError as exc:
        _retry_or_fail(job, lease, exc)
    except LeaseLost:
        raise
    except OneClickError as exc:
        _fail(job, lease, exc)
    except DatabaseError:
        # Our own database is away: nothing can be written now. The lease runs out and the sweeper wakes the job.
        raise
    except Exception:
        log.exception("job ended by an unexpected error")
        _fail(job, lease, _unexpected(job))
    else:
        _wait(job, lease, pause) if pause else _end(job, lease, JobState.SUCCESS)


def _is_early(job: ProvisioningJob) -> bool:
    is_asleep = job.state == JobState.WAITING and job.wake_at is not None and job.wake_at > utcnow()
    return is_asleep and job.cancel_asked_at is None


def _older_unfinished(job: ProvisioningJob) -> UUID | None:
    older = ProvisioningJob.objects.filter(warehouse_id=job.warehouse_id, state__in=UNFINISHED, id__lt=job.id).order_by(
        "id"
    )
    return older.values_list("id", flat=True).first()


def _begin(job: ProvisioningJob, lease: Lease) -> None:
    with transaction.atomic():
        lease.assert_held()
        if job.state == JobState.RUNNING:
            states.append_event(job, "resumed", detail={"fence": lease.fence})
        else:
            states.move(job, JobState.RUNNING, wake_at=None, started_at=job.started_at or utcnow())
    if job.cancel_asked_at:
        raise CancelAsked("Stopped before it began.")
    if job.warehouse.state == WarehouseState.DELETED and job.kind != JobKind.DESTROY:
        raise WarehouseGone
    asker = principal_now(job.asked_by, job.organisation_id)
    if asker is None or not asker.may(NEEDED[JobKind(job.kind)]):
        raise NotAllowed("Whoever asked for this may no longer do it.")


def _wait(job: ProvisioningJob, lease: Lease, pause: Pause, **changes: Any) -> None:
    at = utcnow() + timedelta(seconds=pause.seconds)
    with transaction.atomic():
        lease.assert_held()
        states.move(job, JobState.WAITING, detail=pause.detail, wake_at=at, **changes)
        wake(DRIVE, at=at, job_id=str(job.id))
        lease.release()


def _retry_or_fail(job: ProvisioningJob, lease: Lease, error: TransientError) -> None:
    attempt = job.attempt + 1
    pause = pause_s(attempt, at_least_s=error.retry_after_s)
    if pause is None:
        _fail(job, lease, error)
        return
    detail = {"retry": attempt, "code": error.code, "message": error.message, "pause_s": round(pause, 3)}
    log.info("job waits after a transient error", **detail)
    _wait(job, lease, Pause(seconds=pause, detail=detail), attempt=attempt)


def _fail(job: ProvisioningJob, lease: Lease, error: OneClickError) -> None:
    log.warning("job failed", code=error.code, message=error.message)
    _end(
        job,
        lease,
        JobState.FAILED,
        error_code=error.code,
        error_message=error.message,
        error_hint=error.hint,
    )


def _unexpected(job: ProvisioningJob) -> OneClickError:
    return InternalError(
        hint=f"Try again from here. If it stays, give your operator the number {job.correlation_id}.",
    )


def _end(job: ProvisioningJob, lease: Lease, state: JobState, **changes: str) -> None:
    code = {"code": changes["error_code"]} if "error_code" in changes else {}
    with transaction.atomic():
        lease.assert_held()
        states.move(job, state, detail=changes, **changes)
        _note_on_warehouse(job, state)
        record(
            organisation_id=job.organisation_id,
            actor=job.asked_by,
            action=DONE[JobKind(job.kind)] if state == JobState.SUCCESS else STOPPED[state],
            target_kind="warehouse",
            target_id=str(job.warehouse_id),
            detail={"job": str(job.id), "kind": job.kind, **code},
        )
        _hand_over(job, lease)


def _note_on_warehouse(job: ProvisioningJob, state: JobState) -> None:
    warehouse = Warehouse.objects.filter(id=job.warehouse_id)
    if state == JobState.SUCCESS and job.kind == JobKind.CREATE:
        warehouse.update(state=WarehouseState.ACTIVE, ready_at=utcnow())
    elif state == JobState.SUCCESS and job.kind == JobKind.DESTROY:
        warehouse.update(state=WarehouseState.DELETED, deleted_at=utcnow())
    elif job.kind in (JobKind.CREATE, JobKind.DESTROY):
        warehouse.update(state=WarehouseState.FAILED)


def _hand_over(job: ProvisioningJob, lease: Lease) -> None:
    lease.release()
    waiting: Mapping[str, Any] = {"warehouse_id": job.warehouse_id, "state__in": UNFINISHED}
    following = ProvisioningJob.objects.filter(**waiting).exclude(id=job.id).order_by("id")
    next_id = following.values_list("id", flat=True).first()
    if next_id:
        wake(DRIVE, job_id=str(next_id))
