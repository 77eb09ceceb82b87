"""Putting jobs on their way and stopping them: rows, events, audit and wake-ups, in the caller's transaction."""

from collections.abc import Sequence
from typing import Any, Literal

from oneclick.accounts.roles import Principal
from oneclick.audit.services import record
from oneclick.core.clock import utcnow
from oneclick.core.correlation import current_correlation_id, new_correlation_id
from oneclick.job_queue.wake import wake
from oneclick.provisioning import states
from oneclick.provisioning.engine import DRIVE
from oneclick.provisioning.models import UNFINISHED, JobKind, JobState, ProvisioningJob
from oneclick.warehouses.models import Warehouse


def enqueue(
    principal: Principal, warehouse: Warehouse, kind: JobKind, *, options: dict[str, Any] | None = None
) -> ProvisioningJob:
    """Write down a job and wake a worker for it."""
    job = ProvisioningJob.objects.create(
        organisation_id=principal.organisation_id,
        warehouse=warehouse,
        kind=kind,
        asked_by=principal.label,
        asked_role=principal.role.value,
        correlation_id=current_correlation_id() or new_correlation_id(),
        options=options or {},
        wake_at=utcnow(),
    )
    states.append_event(job, "state", state=JobState.PENDING)
    note(principal, job, "job.asked")
    wake(DRIVE, job_id=str(job.id))
    return job


def note(
    principal: Principal, job: ProvisioningJob, action: Literal["job.asked", "job.retried", "job.stop_asked"]
) -> None:
    """Tell the audit log what somebody asked of a job."""
    record(
        organisation_id=principal.organisation_id,
        actor=principal.label,
        action=action,
        target_kind="warehouse",
        target_id=str(job.warehouse_id),
        detail={"job": str(job.id), "kind": job.kind, "warehouse": job.warehouse.name},
    )


def ask_to_stop(job: ProvisioningJob) -> None:
    """Have a job stop before its next resource; one that was told so, or has ended, is left alone."""
    asked = ProvisioningJob.objects.filter(id=job.id, state__in=UNFINISHED, cancel_asked_at__isnull=True).update(
        cancel_asked_at=utcnow()
    )
    if asked:
        states.append_event(job, "cancel_asked")
        wake(DRIVE, job_id=str(job.id))


def unfinished(warehouse: Warehouse) -> Sequence[ProvisioningJob]:
    """The jobs of a warehouse that go on, oldest first."""
    return list(ProvisioningJob.objects.filter(warehouse=warehouse, state__in=UNFINISHED).order_by("id"))
