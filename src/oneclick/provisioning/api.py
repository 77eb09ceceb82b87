"""`/api/warehouses` and `/api/jobs`: changing warehouses, and the jobs that do it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Status

from oneclick.accounts.bearer import fresh_principal_of, principal_of
from oneclick.accounts.roles import Permission
from oneclick.provisioning import losses, queries, services
from oneclick.provisioning.idempotency import Idempotency
from oneclick.provisioning.models import JobState, ProvisioningJob
from oneclick.provisioning.schemas import (
    EventAnswer,
    JobAnswer,
    JobDetail,
    PlanAnswer,
    RotateRequest,
    StatusAnswer,
    TableAtStakeAnswer,
    WarehouseRequest,
)
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses.api import WarehouseRef
from oneclick.warehouses.api import router as warehouses
from oneclick.web.rest import Before, IdempotencyKey, Limit, Page, errors, page

jobs = Router(tags=["Jobs"])
plans = Router(tags=["Warehouses"])

ACCEPTED: Mapping[Any, Any] = {202: JobAnswer, **errors(404, 409)}

JobRef = Annotated[UUID, Path(description="The job's id.")]


@plans.post("", response={200: PlanAnswer, **errors(404)}, operation_id="planWarehouse")
def plan_warehouse(request: HttpRequest, wanted: WarehouseRequest) -> PlanAnswer:
    """What setting up this warehouse would make and cost. Changes nothing."""
    plan = services.preview(
        principal_of(request), provider=wanted.provider, spec=wanted.spec, account_link_id=wanted.account_link_id
    )
    return PlanAnswer.of(plan)


@warehouses.post("", response=ACCEPTED, operation_id="createWarehouse")
def create_warehouse(
    request: HttpRequest, response: HttpResponse, wanted: WarehouseRequest, idempotency_key: IdempotencyKey = None
) -> Status[JobAnswer]:
    """Ask for a warehouse. The job in `Location` sets it up."""
    job = services.request_create(
        principal_of(request),
        provider=wanted.provider,
        spec=wanted.spec,
        account_link_id=wanted.account_link_id,
        idempotency=_once(idempotency_key, "warehouse.create", wanted.model_dump(mode="json")),
    )
    return _accepted(response, job)


@warehouses.delete("/{warehouse}", response=ACCEPTED, operation_id="destroyWarehouse")
def destroy_warehouse(
    request: HttpRequest,
    response: HttpResponse,
    warehouse: WarehouseRef,
    confirm: Annotated[str, Query(description="The warehouse's name, where it holds any table.")] = "",
    idempotency_key: IdempotencyKey = None,
) -> Status[JobAnswer]:
    """Delete a warehouse with everything in it. `/losses` lists what that is."""
    job = services.request_destroy(
        fresh_principal_of(request),
        warehouse,
        confirm=confirm,
        idempotency=_once(idempotency_key, "warehouse.destroy", {"warehouse": warehouse, "confirm": confirm}),
    )
    return _accepted(response, job)


@warehouses.get(
    "/{warehouse}/losses",
    response={200: list[TableAtStakeAnswer], **errors(404)},
    operation_id="getLosses",
    by_alias=True,
)
def get_losses(request: HttpRequest, warehouse: WarehouseRef) -> list[TableAtStakeAnswer]:
    """Which tables would be lost with the warehouse: those that we didn't load come first."""
    principal = principal_of(request)
    principal.demand(Permission.PROVISION_WAREHOUSES)
    found = warehouse_queries.warehouse(principal.organisation_id, warehouse)
    return [TableAtStakeAnswer.of(table) for table in losses.tables_at_stake(found)]


@warehouses.post("/{warehouse}/rotate", response=ACCEPTED, operation_id="rotateCredentials")
def rotate_credentials(
    request: HttpRequest,
    response: HttpResponse,
    warehouse: WarehouseRef,
    wanted: RotateRequest,
    idempotency_key: IdempotencyKey = None,
) -> Status[JobAnswer]:
    """Replace a login. The old one works until the new one is proved, and `grace_s` longer."""
    job = services.request_rotate(
        fresh_principal_of(request),
        warehouse,
        wanted.level,
        grace_s=wanted.grace_s,
        idempotency=_once(
            idempotency_key, "warehouse.rotate", {"warehouse": warehouse, **wanted.model_dump(mode="json")}
        ),
    )
    return _accepted(response, job)


@warehouses.post("/{warehouse}/check", response=ACCEPTED, operation_id="checkWarehouse")
def check_warehouse(
    request: HttpRequest, response: HttpResponse, warehouse: WarehouseRef, idempotency_key: IdempotencyKey = None
) -> Status[JobAnswer]:
    """Look into the account as a job, whose `result` is what `/status` answers. It stays in the list of jobs."""
    job = services.request_check(
        principal_of(request),
        warehouse,
        idempotency=_once(idempotency_key, "warehouse.check", {"warehouse": warehouse}),
    )
    return _accepted(response, job)


@warehouses.get("/{warehouse}/repair", response={200: PlanAnswer, **errors(404)}, operation_id="planRepair")
def plan_repair(request: HttpRequest, warehouse: WarehouseRef) -> PlanAnswer:
    """What repairing this warehouse would make and change in the account. Changes nothing."""
    return PlanAnswer.of(services.preview_repair(principal_of(request), warehouse))


@warehouses.post("/{warehouse}/repair", response=ACCEPTED, operation_id="repairWarehouse")
def repair_warehouse(
    request: HttpRequest, response: HttpResponse, warehouse: WarehouseRef, idempotency_key: IdempotencyKey = None
) -> Status[JobAnswer]:
    """Bring back what was changed or removed outside of One-Click. What isn't ours stays untouched."""
    job = services.request_repair(
        principal_of(request),
        warehouse,
        idempotency=_once(idempotency_key, "warehouse.repair", {"warehouse": warehouse}),
    )
    return _accepted(response, job)


@warehouses.get("/{warehouse}/status", response={200: StatusAnswer, **errors(404)}, operation_id="getStatus")
def get_status(request: HttpRequest, warehouse: WarehouseRef) -> StatusAnswer:
    """Look into the account now: is everything there, and as we made it?"""
    return StatusAnswer.of(services.warehouse_status(principal_of(request), warehouse))


@jobs.get("", response={200: Page[JobAnswer], **errors(404)}, operation_id="listJobs")
def list_jobs(
    request: HttpRequest,
    state: Annotated[JobState | None, Query(description="Only jobs in this state.")] = None,
    warehouse: Annotated[str | None, Query(description="Only jobs of this warehouse: id or name.")] = None,
    limit: Limit = 50,
    before: Before = None,
) -> Page[JobAnswer]:
    """Jobs, newest first."""
    principal = principal_of(request)
    principal.demand(Permission.VIEW_WAREHOUSES)
    of_warehouse = warehouse_queries.warehouse(principal.organisation_id, warehouse).id if warehouse else None
    found = queries.jobs(
        principal.organisation_id, state=state, warehouse_id=of_warehouse, limit=limit + 1, before=before
    )
    return page([JobAnswer.of(each) for each in found], limit)


@jobs.get("/{job}", response={200: JobDetail, **errors(404)}, operation_id="getJob")
def get_job(request: HttpRequest, job: JobRef) -> JobDetail:
    """One job with its steps, one for each resource."""
    return JobDetail.of(_job(request, job))


@jobs.get("/{job}/events", response={200: list[EventAnswer], **errors(404)}, operation_id="listJobEvents")
def list_job_events(
    request: HttpRequest,
    job: JobRef,
    after: Annotated[int, Query(description="The last sequence seen.", ge=0, le=2**31 - 1)] = 0,
) -> list[EventAnswer]:
    """What happened in a job, in order. `/events/jobs/{id}` streams the same while it happens."""
    return [EventAnswer.of(event) for event in queries.events(_job(request, job), after=after)]


@jobs.post("/{job}/retry", response=ACCEPTED, operation_id="retryJob")
def retry_job(request: HttpRequest, response: HttpResponse, job: JobRef) -> Status[JobAnswer]:
    """Try a failed job again from where it stopped, or go on with a cancelled one."""
    return _accepted(response, services.retry(principal_of(request), job))


@jobs.post("/{job}/cancel", response=ACCEPTED, operation_id="cancelJob")
def cancel_job(request: HttpRequest, response: HttpResponse, job: JobRef) -> Status[JobAnswer]:
    """Stop a job before its next resource. What is made by then stays and is listed."""
    return _accepted(response, services.cancel(principal_of(request), job))


def _job(request: HttpRequest, job_id: UUID) -> ProvisioningJob:
    principal = principal_of(request)
    principal.demand(Permission.VIEW_WAREHOUSES)
    return queries.job(principal.organisation_id, job_id)


def _once(key: str | None, route: str, body: Mapping[str, Any]) -> Idempotency | None:
    return Idempotency(key=key, route=route, body=body) if key else None


def _accepted(response: HttpResponse, job: ProvisioningJob) -> Status[JobAnswer]:
    response["Location"] = f"/api/jobs/{job.id}"
    return Status(HTTPStatus.ACCEPTED, JobAnswer.of(job))
