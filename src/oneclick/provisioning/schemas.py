"""What the REST API and the event stream say about jobs."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import Field, StrictInt, StrictStr

from oneclick.provisioning import queries
from oneclick.provisioning.losses import TableAtStake
from oneclick.provisioning.models import JobEvent, JobKind, JobState, ProvisioningJob
from oneclick.provisioning.queries import Step
from oneclick.warehouses import registry
from oneclick.warehouses.contract.descriptions import Action, InstanceState, Plan, Status
from oneclick.warehouses.contract.instance import AccessLevel, Spec
from oneclick.warehouses.contract.resources import Address, Difference
from oneclick.web.rest import Identified, Input


class EventAnswer(Schema):
    """One thing that happened in a job."""

    sequence: Annotated[int, Field(description="Counts from 1 in each job; ask with `after=` it for what followed.")]
    kind: str
    state: Annotated[str, Field(description="The job's new state, where it changed.")] = ""
    resource_kind: str = ""
    resource_name: str = ""
    action: str = ""
    detail: dict[str, Any]
    at: datetime

    @classmethod
    def of(cls, event: JobEvent) -> "EventAnswer":
        """The answer for one row."""
        return cls(
            sequence=event.sequence,
            kind=event.kind,
            state=event.state,
            resource_kind=event.resource_kind,
            resource_name=event.resource_name,
            action=event.action,
            detail=event.detail,
            at=event.created_at,
        )


class JobError(Schema):
    """Why a job failed, and what to do now."""

    code: str
    message: str
    hint: str


class JobAnswer(Identified):
    """One asked-for change of one warehouse."""

    kind: JobKind
    state: JobState
    warehouse_id: UUID
    warehouse_name: str
    asked_by: str
    attempt: int
    correlation_id: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    is_cancel_asked: bool
    error: JobError | None
    result: dict[str, Any]

    @classmethod
    def of(cls, job: ProvisioningJob) -> "JobAnswer":
        """The answer for one row."""
        error = JobError(code=job.error_code, message=job.error_message, hint=job.error_hint)
        return cls(
            id=job.id,
            kind=JobKind(job.kind),
            state=JobState(job.state),
            warehouse_id=job.warehouse_id,
            warehouse_name=job.warehouse.name,
            asked_by=job.asked_by,
            attempt=job.attempt,
            correlation_id=job.correlation_id,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            is_cancel_asked=job.cancel_asked_at is not None,
            error=error if job.error_code else None,
            result=job.result,
        )


class StepAnswer(Schema):
    """One resource that a job works on."""

    kind: str
    name: str
    action: Annotated[str, Field(description="create, update, keep or delete; empty while only planned.")]
    state: Annotated[str, Field(description="planned, running, waiting, done, failed or blocked.")]
    began_at: datetime | None
    elapsed_s: float

    @classmethod
    def of(cls, step: Step) -> "StepAnswer":
        """The answer for one step."""
        return cls(**asdict(step))


class JobDetail(JobAnswer):
    """A job with its steps, one for each resource."""

    steps: list[StepAnswer] = []  # noqa: RUF012 - pydantic copies it

    @classmethod
    def of(cls, job: ProvisioningJob) -> "JobDetail":
        """The answer for one row and its events."""
        steps = [StepAnswer.of(step) for step in queries.progress(job)]
        return cls(**JobAnswer.of(job).model_dump(), steps=steps)


class WarehouseRequest(Input):
    """What to set up. The provider decides which names, sizes and regions there are; its refusal names them."""

    name: Annotated[StrictStr, Field(description="Unique among your warehouses.", examples=["sales"])]
    provider: Annotated[StrictStr, Field(description="Where it is to live.")] = registry.DEFAULT
    region: StrictStr = ""
    size: StrictStr = ""
    monthly_spend_cap: Annotated[StrictInt | None, Field(description="In whole US dollars; null: no cap.")] = None
    account_link_id: Annotated[UUID | None, Field(description="The connection to your account.")] = None

    @property
    def spec(self) -> Spec:
        """The same for an adapter."""
        return Spec(name=self.name, region=self.region, size=self.size, monthly_spend_cap=self.monthly_spend_cap)


class RotateRequest(Input):
    """Which login to replace."""

    level: AccessLevel = AccessLevel.READ
    grace_s: Annotated[
        StrictInt | None,
        Field(description="How long the old login works on after the new one is proved.", ge=0, le=7 * 86400),
    ] = None


class PropertyDifference(Schema):
    """One property that isn't as wanted."""

    kind: str
    name: str
    property: str
    wanted: str
    found: str

    @classmethod
    def of(cls, difference: Difference) -> "PropertyDifference":
        """The answer for one difference."""
        return cls(
            kind=difference.address.kind,
            name=difference.address.name,
            property=difference.name,
            wanted=difference.wanted,
            found=difference.found,
        )


class ResourceRef(Schema):
    """One object in the account, in the vendor's own spelling."""

    kind: str
    name: str

    @classmethod
    def of(cls, address: Address) -> "ResourceRef":
        """The answer for one address."""
        return cls(kind=address.kind, name=address.name)


class PlannedActionAnswer(ResourceRef):
    """One line of a plan."""

    action: Action
    owner: Annotated[str, Field(description="Whose the object is that stands in the way.")]
    differences: list[PropertyDifference]


class CostAnswer(Schema):
    """What it will cost a month, estimated."""

    text: str
    monthly_low: int | None
    monthly_high: int | None
    currency: str
    spend_cap: Annotated[str, Field(description="What stops it from costing more, or `no spend cap`.")]


class PlanAnswer(Schema):
    """What we'll set up. Asking changed nothing."""

    is_blocked: Annotated[bool, Field(description="Something that isn't ours stands in the way.")]
    actions: list[PlannedActionAnswer]
    cost: CostAnswer

    @classmethod
    def of(cls, plan: Plan) -> "PlanAnswer":
        """The answer for a plan."""
        actions = [
            PlannedActionAnswer(
                kind=line.address.kind,
                name=line.address.name,
                action=line.action,
                owner=line.owner,
                differences=[PropertyDifference.of(each) for each in line.differences],
            )
            for line in plan.actions
        ]
        return cls(is_blocked=plan.is_blocked, actions=actions, cost=CostAnswer(**asdict(plan.cost)))


class StatusAnswer(Schema):
    """What the account says at this moment, held against what we made there."""

    state: InstanceState
    detail: str
    missing: list[ResourceRef]
    foreign: Annotated[list[ResourceRef], Field(description="Of the same name, and not ours.")]
    differences: list[PropertyDifference]

    @classmethod
    def of(cls, status: Status) -> "StatusAnswer":
        """The answer for a status."""
        return cls(
            state=status.state,
            detail=status.detail,
            missing=[ResourceRef.of(each) for each in status.missing],
            foreign=[ResourceRef.of(each) for each in status.foreign],
            differences=[PropertyDifference.of(each) for each in status.differences],
        )


class TableAtStakeAnswer(Schema):
    """One table that would be lost with its warehouse."""

    schema_name: Annotated[str, Field(serialization_alias="schema")]
    name: str
    rows: Annotated[int | None, Field(description="null where nobody could count them.")]
    is_ours: Annotated[bool, Field(description="We loaded it and can load it again.")]

    @classmethod
    def of(cls, table: TableAtStake) -> "TableAtStakeAnswer":
        """The answer for one table."""
        return cls(schema_name=table.table.schema, name=table.table.name, rows=table.rows, is_ours=table.is_ours)
