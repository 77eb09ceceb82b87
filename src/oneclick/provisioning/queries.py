"""Reading jobs, always inside one organisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from oneclick.core.clock import utcnow
from oneclick.provisioning.errors import JobNotFound
from oneclick.provisioning.models import JobEvent, JobKind, JobState, ProvisioningJob, ResourceRecord, ResourceState
from oneclick.warehouses.contract.descriptions import InstanceState
from oneclick.warehouses.models import Warehouse, WarehouseState

DRIFT = (InstanceState.DRIFTED.value, InstanceState.MISSING.value)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One resource in a job, as people watch it.

    `state` is planned, running, waiting, done, failed or blocked; `action` is create, update, keep or delete, and
    empty while only planned.
    """

    kind: str
    name: str
    action: str = ""
    state: str = "planned"
    began_at: datetime | None = None
    elapsed_s: float = 0.0


def jobs(
    organisation_id: UUID,
    *,
    state: str | None = None,
    warehouse_id: UUID | None = None,
    limit: int = 50,
    before: UUID | None = None,
) -> Sequence[ProvisioningJob]:
    """Jobs, newest first; `before` is the last id of the page before."""
    found = ProvisioningJob.objects.filter(organisation_id=organisation_id).select_related("warehouse")
    if state:
        found = found.filter(state=state)
    if warehouse_id:
        found = found.filter(warehouse_id=warehouse_id)
    if before:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id")[:limit])


def job(organisation_id: UUID, job_id: UUID) -> ProvisioningJob:
    """One job; raises `JobNotFound`."""
    found = (
        ProvisioningJob.objects.filter(organisation_id=organisation_id, id=job_id).select_related("warehouse").first()
    )
    if found is None:
        raise JobNotFound
    return found


def newest_done(warehouse: Warehouse, kind: JobKind) -> ProvisioningJob | None:
    """The last job of that kind that ended well, with its result."""
    done = ProvisioningJob.objects.filter(warehouse=warehouse, kind=kind, state=JobState.SUCCESS)
    return done.order_by("-id").first()


def newest_per_warehouse(organisation_id: UUID, *kinds: JobKind, state: str = "") -> Sequence[ProvisioningJob]:
    """The last job of each warehouse that isn't deleted; of these kinds and in this state, where they are named."""
    wanted = ProvisioningJob.objects.filter(warehouse=OuterRef("pk"))
    wanted = wanted.filter(kind__in=kinds) if kinds else wanted
    wanted = wanted.filter(state=state) if state else wanted
    living = Warehouse.objects.filter(organisation_id=organisation_id).exclude(state=WarehouseState.DELETED)
    newest = living.annotate(newest=Subquery(wanted.order_by("-id").values("id")[:1])).values("newest")
    return list(ProvisioningJob.objects.filter(id__in=newest).select_related("warehouse").order_by("-id"))


def drifted(organisation_id: UUID) -> Sequence[ProvisioningJob]:
    """The last checks that found a difference, but for warehouses that were repaired since."""
    looks = newest_per_warehouse(organisation_id, JobKind.CHECK, JobKind.UPDATE, state=JobState.SUCCESS)
    return [job for job in looks if job.kind == JobKind.CHECK and job.result and job.result.get("state") in DRIFT]


def job_ending(organisation_id: UUID, ending: str) -> ProvisioningJob | None:
    """The one job whose id ends so; None where there is none or more than one."""
    found = ProvisioningJob.objects.filter(organisation_id=organisation_id, id__endswith=ending)
    matches = found.select_related("warehouse")[:2]
    return matches[0] if len(matches) == 1 else None


def events(job: ProvisioningJob, after: int = 0) -> Sequence[JobEvent]:
    """What happened in a job after a sequence number, in order."""
    return list(JobEvent.objects.filter(job=job, sequence__gt=after).order_by("sequence"))


def inventory(warehouse: Warehouse) -> Sequence[ResourceRecord]:
    """What a warehouse consists of: every resource that may exist outside because of us, in the order of making."""
    return list(ResourceRecord.objects.filter(warehouse=warehouse).exclude(state=ResourceState.GONE).order_by("id"))


def progress(job: ProvisioningJob) -> list[Step]:
    """The list of resources with their states: what page, command line and event stream show."""
    return fold(events(job), JobState(job.state))


def fold(happened: Sequence[JobEvent], state: JobState) -> list[Step]:
    """Make the list of steps from the events of a job."""
    steps: dict[tuple[str, str], Step] = {}
    for event in happened:
        for planned in event.detail.get("steps", ()) if event.kind == "planned" else ():
            step = Step(kind=planned["kind"], name=planned["name"])
            steps.setdefault((step.kind, step.name), step)
        if event.kind == "resource":
            key = (event.resource_kind, event.resource_name)
            steps[key] = _advanced(steps.get(key), event)
    if state in (JobState.RUNNING, JobState.PENDING, JobState.SUCCESS):
        return list(steps.values())
    stopped = {JobState.WAITING: "waiting", JobState.FAILED: "failed", JobState.CANCELLED: "planned"}[state]
    return [_stopped(step, stopped) for step in steps.values()]


def _advanced(step: Step | None, event: JobEvent) -> Step:
    began_at = event.created_at
    if step and step.state == "running" and event.state != "running" and step.began_at:
        began_at = step.began_at
    return Step(
        kind=event.resource_kind,
        name=event.resource_name,
        action=event.action,
        state=event.state,
        began_at=began_at,
        elapsed_s=(event.created_at - began_at).total_seconds(),
    )


def _stopped(step: Step, state: str) -> Step:
    if step.state != "running" or step.began_at is None:
        return step
    elapsed_s = (utcnow() - step.began_at).total_seconds()
    return Step(
        kind=step.kind, name=step.name, action=step.action, state=state, began_at=step.began_at, elapsed_s=elapsed_s
    )
