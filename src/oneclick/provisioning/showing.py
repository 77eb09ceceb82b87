"""Jobs and warehouses as pages show them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oneclick.accounts.queries import names_of
from oneclick.accounts.roles import Principal
from oneclick.provisioning import queries
from oneclick.provisioning.models import ENDED, JobState, ProvisioningJob
from oneclick.provisioning.queries import Step
from oneclick.provisioning.tabs import tabs_for
from oneclick.provisioning.words import (
    ASKED,
    DOING,
    DONE,
    STATE_OF_JOB,
    STATE_OF_STEP,
    STATE_OF_WAREHOUSE,
)
from oneclick.warehouses import registry
from oneclick.warehouses.models import Warehouse
from oneclick.web.words import duration

ACTIONS = {"create": "made", "update": "changed", "keep": "was there", "delete": "removed"}


@dataclass(frozen=True, kw_only=True)
class ShownStep:
    """One resource of a job. `since` is when work on it began, while it goes on."""

    name: str
    kind: str
    state: str
    took: str
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class ShownJob:
    """One job. `name` says what was asked for, `words` what it does or has done."""

    job: ProvisioningJob
    name: str
    words: str
    badge: str
    asked_by: str
    took: str

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen unless somebody tries it again."""
        return self.job.state in ENDED


def shown_job(job: ProvisioningJob, names: Mapping[str, str]) -> ShownJob:
    """One job for a page; `names` are of those who asked."""
    words = {JobState.SUCCESS: DONE}.get(JobState(job.state), ASKED if job.state in ENDED else DOING)
    span = job.finished_at - job.started_at if job.finished_at and job.started_at else None
    return ShownJob(
        job=job,
        name=ASKED[job.kind].format(job.warehouse.name),
        words=words[job.kind].format(job.warehouse.name),
        badge=STATE_OF_JOB[job.state],
        asked_by=names.get(job.asked_by) or job.asked_by.partition(":")[2],
        took=duration(span) if span else "",
    )


def shown_jobs(principal: Principal, jobs: Iterable[ProvisioningJob]) -> Sequence[ShownJob]:
    """Several of them, with the names of those who asked looked up at once."""
    found = list(jobs)
    names = names_of(principal.organisation_id, {job.asked_by for job in found})
    return [shown_job(job, names) for job in found]


def steps_of(job: ProvisioningJob) -> Sequence[ShownStep]:
    """What the job works on, in its order."""
    return [_step(step) for step in queries.progress(job)]


def warehouse_context(principal: Principal, warehouse: Warehouse, tab: str) -> dict[str, Any]:
    """What `provisioning/warehouse_frame.html` needs; `tab` is the key of the part that is shown."""
    return {
        "warehouse": warehouse,
        "badge": STATE_OF_WAREHOUSE[warehouse.state],
        "provider_title": registry.title(warehouse.provider),
        "tabs": tabs_for(principal),
        "tab_key": tab,
    }


def _step(step: Step) -> ShownStep:
    is_running = step.state == "running"
    has_time = step.state in ("done", "failed", "waiting")
    took = f"{duration(step.elapsed_s)}" if has_time and step.action != "keep" else ACTIONS.get(step.action, "")
    return ShownStep(
        name=step.name,
        kind=step.kind,
        state=STATE_OF_STEP[step.state],
        took="" if is_running else took if has_time else "",
        since=step.began_at if is_running else None,
    )
