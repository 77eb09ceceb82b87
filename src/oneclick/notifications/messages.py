"""What is told, in words: composed when it happens, so that a mail says how things were then."""

from dataclasses import dataclass

from django.urls import reverse

from oneclick.pipelines.models import DataFlow, FlowRun
from oneclick.pipelines.words import nothing_came
from oneclick.provisioning.models import JobState, ProvisioningJob
from oneclick.provisioning.words import ASKED, DONE


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a mail tells, without its reader. `path` leads to the page with more; `cure` says what to do now."""

    title: str
    words: str
    cure: str = ""
    path: str
    action: str


def change_ended(job: ProvisioningJob) -> Message:
    """A change came to its end, well or not."""
    more = {"path": reverse("change", args=[job.id]), "action": "See the change"}
    name = job.warehouse.name
    if job.state == JobState.FAILED:
        title = f"{ASKED[job.kind].format(name)}: it failed"
        return Message(title=title, words=job.error_message, cure=job.error_hint, **more)
    return Message(title=DONE[job.kind].format(name), words="The change that you asked for is done.", **more)


def flow_failed(run: FlowRun) -> Message:
    """A data flow's update failed."""
    return Message(
        title=f"{run.flow.name} brings nothing new",
        words=f"{run.error_message} The tables are as they were.",
        cure=run.error_hint,
        path=reverse("flow", args=[run.flow_id]),
        action="See what to do",
    )


def flow_quiet(flow: DataFlow) -> Message:
    """Nothing came from a data flow for longer than usual."""
    return Message(
        title=nothing_came(flow),
        words="Its updates went well, so it may be that nothing happened there." if flow.last_rows_at else "",
        cure="Look whether its source is still used, and whether it is updated as often as you expect.",
        path=reverse("flow", args=[flow.id]),
        action="Look at it",
    )


def drift_found(job: ProvisioningJob) -> Message:
    """A check found a difference to what we made."""
    return Message(
        title=f"{job.warehouse.name} was changed outside of One-Click",
        words="The last check found a difference to what we made.",
        cure="Look at what changed. You can bring it back as it was on the same page.",
        path=reverse("warehouse-resources", args=[job.warehouse_id]),
        action="See what changed",
    )
