"""Reading data flows and their updates, always inside one organisation."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery

from oneclick.pipelines.contract.errors import FlowNotFound, RunNotFound
from oneclick.pipelines.models import DataFlow, FlowRun, RunState, StreamRun, StreamState


def flows(
    organisation_id: UUID, *, warehouse_id: UUID | None = None, limit: int = 50, before: UUID | None = None
) -> Sequence[DataFlow]:
    """Data flows, newest first, drafts included; `before` is the last id of the page before."""
    found = DataFlow.objects.filter(organisation_id=organisation_id).select_related("warehouse", "after")
    found = found.filter(warehouse_id=warehouse_id) if warehouse_id else found
    found = found.filter(id__lt=before) if before else found
    return list(found.order_by("-id")[:limit])


def flow(organisation_id: UUID, id_or_name: UUID | str) -> DataFlow:
    """One data flow by id or by name; raises `FlowNotFound`."""
    scope = DataFlow.objects.filter(organisation_id=organisation_id).select_related("warehouse", "after")
    try:
        found = scope.filter(id=id_or_name).first()
    except (ValidationError, ValueError):
        text = str(id_or_name)
        found = None if "\0" in text else scope.filter(name__iexact=text).first()
    if found is None:
        raise FlowNotFound(f"There is no data flow {str(id_or_name)!r} here.")
    return found


def runs(
    organisation_id: UUID, *, flow_id: UUID | None = None, limit: int = 50, before: UUID | None = None
) -> Sequence[FlowRun]:
    """Updates, newest first; `before` is the last id of the page before."""
    found = FlowRun.objects.filter(organisation_id=organisation_id).select_related("flow__warehouse")
    found = found.filter(flow_id=flow_id) if flow_id else found
    found = found.filter(id__lt=before) if before else found
    return list(found.order_by("-id")[:limit])


def run(organisation_id: UUID, run_id: UUID) -> FlowRun:
    """One update; raises `RunNotFound`."""
    found = FlowRun.objects.filter(organisation_id=organisation_id, id=run_id).select_related("flow__warehouse").first()
    if found is None:
        raise RunNotFound
    return found


def newest_runs(organisation_id: UUID, flows: Sequence[DataFlow]) -> Mapping[UUID, FlowRun]:
    """The last update of each of these data flows that had one, by the flow's id."""
    ids = [each.id for each in flows]
    return {run.flow_id: run for run in _newest(DataFlow.objects.filter(organisation_id=organisation_id, id__in=ids))}


def failing(organisation_id: UUID) -> Sequence[FlowRun]:
    """The last updates that failed, of data flows that none went well in since, with the flows; newest first."""
    found = _newest(DataFlow.objects.filter(organisation_id=organisation_id)).filter(state=RunState.FAILED)
    return list(found.select_related("flow").order_by("-id"))


def stream_runs(run: FlowRun) -> Sequence[StreamRun]:
    """What came of each table in an update."""
    return list(StreamRun.objects.filter(run=run).order_by("id"))


def states(flow: DataFlow) -> Mapping[str, StreamState]:
    """How far each table was read, by its name at the source."""
    return {state.stream: state for state in StreamState.objects.filter(flow=flow)}


def _newest(flows: QuerySet[DataFlow]) -> QuerySet[FlowRun]:
    """The last update of each."""
    newest = FlowRun.objects.filter(flow=OuterRef("pk")).order_by("-id").values("id")[:1]
    return FlowRun.objects.filter(id__in=flows.annotate(newest=Subquery(newest)).values("newest"))
