"""What the overview says of data flows that somebody should look at."""

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse

from oneclick.accounts.roles import Principal
from oneclick.core.clock import utcnow
from oneclick.job_queue.wake import wake
from oneclick.pipelines import queries, services
from oneclick.pipelines.models import RunState
from oneclick.provisioning.attention import Attention
from oneclick.provisioning.models import JobKind, JobState
from oneclick.provisioning.signals import JobEnded

LOOKED_AT = 500


def failed_flows(principal: Principal) -> Iterator[Attention]:
    """Data flows whose last update failed, for as long as no other one went well."""
    flows = queries.flows(principal.organisation_id, limit=LOOKED_AT)
    for flow_id, run in queries.newest_runs(principal.organisation_id, flows).items():
        if run.state == RunState.FAILED:
            name = next(flow.name for flow in flows if flow.id == flow_id)
            yield Attention(
                kind="bad", title=f"{name} brings nothing new", words=run.error_message,
                url=reverse("flow", args=[flow_id]), action="See what to do",
            )  # fmt: skip


def quiet_flows(principal: Principal) -> Iterator[Attention]:
    """Data flows from which no row came for longer than somebody said is usual."""
    for flow in queries.flows(principal.organisation_id, limit=LOOKED_AT):
        since = flow.last_rows_at or flow.created_at
        if (
            flow.quiet_after_hours and not flow.is_paused and not flow.is_draft
            and since < utcnow() - timedelta(hours=flow.quiet_after_hours)
        ):  # fmt: skip
            yield Attention(
                title=f"Nothing came from {flow.name} for more than {flow.quiet_after_hours} hours",
                words="It may be that nothing happened there.", url=reverse("flow", args=[flow.id]),
                action="Look at it",
            )  # fmt: skip


def forget_with_warehouse(event: JobEnded) -> None:
    """A warehouse that is deleted takes its data flows with it."""
    if event.kind == JobKind.DESTROY and event.state == JobState.SUCCESS:
        wake(services.FORGET, warehouse_id=str(event.warehouse_id))
