"""Hears what happened, inside its transaction: rows and a wake-up are written, and nothing else is done."""

from collections.abc import Sequence
from uuid import UUID

from oneclick.accounts.preferences import person_behind
from oneclick.notifications import messages
from oneclick.notifications.audience import admins_of
from oneclick.notifications.kinds import CHANGE_ENDED, CHANGE_FAILED, DRIFT_FOUND, FLOW_FAILED, FLOW_QUIET
from oneclick.notifications.outbox import post
from oneclick.pipelines.models import DataFlow, FlowRun, RunState
from oneclick.pipelines.signals import FlowQuiet, RunEnded
from oneclick.provisioning.models import JobKind, JobState, ProvisioningJob
from oneclick.provisioning.queries import DRIFT
from oneclick.provisioning.signals import JobEnded


def tell_of_end(event: JobEnded) -> None:
    """A job ended: tell who asked for it, and the admins if it failed or found a difference."""
    if event.state == JobState.CANCELLED:
        return
    job = ProvisioningJob.objects.select_related("warehouse").get(id=event.job_id)
    if job.kind == JobKind.CHECK and job.state == JobState.SUCCESS:
        if job.result.get("state") in DRIFT:
            post(DRIFT_FOUND, job.organisation_id, admins_of(job.organisation_id), messages.drift_found(job))
        return
    message = messages.change_ended(job)
    asker = person_behind(job.asked_by)
    if asker is not None:
        post(CHANGE_ENDED, job.organisation_id, [asker], message)
    if job.state == JobState.FAILED:
        others = [admin for admin in admins_of(job.organisation_id) if admin != asker]
        post(CHANGE_FAILED, job.organisation_id, others, message)


def tell_of_update(event: RunEnded) -> None:
    """An update of a data flow failed: tell the admins and who made it, unless the one before had failed, too."""
    if event.state != RunState.FAILED:
        return
    run = FlowRun.objects.select_related("flow").get(id=event.run_id)
    before = (
        FlowRun.objects.filter(flow=run.flow, id__lt=run.id).order_by("-id").values_list("state", flat=True).first()
    )
    if before == RunState.FAILED:
        return
    post(FLOW_FAILED, run.organisation_id, _who_care_for(run.flow), messages.flow_failed(run))


def tell_of_quiet(event: FlowQuiet) -> None:
    """Nothing came from a data flow for too long: tell the admins and who made it."""
    flow = DataFlow.objects.get(id=event.flow_id)
    post(FLOW_QUIET, flow.organisation_id, _who_care_for(flow), messages.flow_quiet(flow))


def _who_care_for(flow: DataFlow) -> Sequence[UUID]:
    maker = person_behind(flow.made_by)
    return list(dict.fromkeys([*admins_of(flow.organisation_id), *([maker] if maker else [])]))
