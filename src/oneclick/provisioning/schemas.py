"""What the REST API and the event stream say about jobs."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from oneclick.provisioning.models import JobEvent, JobKind, JobState, ProvisioningJob


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


class JobAnswer(Schema):
    """One asked-for change of one warehouse."""

    id: UUID
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
    action: str
    state: Annotated[str, Field(description="planned, running, waiting, done, failed or blocked.")]
    elapsed_s: float | None


class JobDetail(JobAnswer):
    """A job with its steps."""

    steps: list[StepAnswer]
