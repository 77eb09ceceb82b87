"""Hears what happened, inside its transaction: rows and a wake-up are written, and nothing else is done."""

from oneclick.accounts.preferences import person_behind
from oneclick.notifications import messages
from oneclick.notifications.audience import admins_of
from oneclick.notifications.kinds import CHANGE_ENDED, CHANGE_FAILED, DRIFT_FOUND, FLOW_FAILED
from oneclick.notifications.outbox import post
from oneclick.pipelines.models import FlowRun, RunState
from oneclick.pipelines.signals import RunEnded
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
    maker = person_behind(run.flow.made_by)
    people = [*admins_of(run.organisation_id), *([maker] if maker else [])]
    post(FLOW_FAILED, run.organisation_id, list(dict.fromkeys(people)), messages.flow_failed(run))
