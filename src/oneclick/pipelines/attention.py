"""What the overview says of data flows that somebody should look at."""

from collections.abc import Iterator

from django.urls import reverse

from oneclick.accounts.roles import Principal
from oneclick.core.clock import utcnow
from oneclick.job_queue.wake import wake
from oneclick.pipelines import queries, quiet, services
from oneclick.pipelines.words import nothing_came
from oneclick.provisioning.attention import Attention
from oneclick.provisioning.models import JobKind, JobState
from oneclick.provisioning.signals import JobEnded


def failed_flows(principal: Principal) -> Iterator[Attention]:
    """Data flows whose last update failed, for as long as no other one went well."""
    for run in queries.failing(principal.organisation_id):
        yield Attention(
            kind="bad", title=f"{run.flow.name} brings nothing new", words=run.error_message,
            url=reverse("flow", args=[run.flow_id]), action="See what to do",
        )  # fmt: skip


def quiet_flows(principal: Principal) -> Iterator[Attention]:
    """Data flows from which no row came for longer than somebody said is usual."""
    for flow in quiet.quiet_flows(principal.organisation_id, utcnow()):
        yield Attention(
            title=nothing_came(flow), words="It may be that nothing happened there.",
            url=reverse("flow", args=[flow.id]), action="Look at it",
        )  # fmt: skip


def forget_with_warehouse(event: JobEnded) -> None:
    """A warehouse that is deleted takes its data flows with it."""
    if event.kind == JobKind.DESTROY and event.state == JobState.SUCCESS:
        wake(services.FORGET, warehouse_id=str(event.warehouse_id))
