"""`/api/flows` and `/api/flow-runs`: data flows and their updates."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router, Status

from oneclick.accounts.bearer import principal_of
from oneclick.accounts.roles import Permission, Principal
from oneclick.pipelines import queries, services
from oneclick.pipelines.contract.templates import TEMPLATES
from oneclick.pipelines.flow_schemas import (
    CheckAnswer,
    FlowAnswer,
    FlowRequest,
    ReconnectRequest,
    RunAnswer,
    RunDetail,
    RunRequest,
    ScheduleRequest,
    StreamAnswer,
    TablesRequest,
    TemplateAnswer,
)
from oneclick.pipelines.models import DataFlow, FlowRun
from oneclick.web.rest import Before, Limit, Page, errors, page

templates = Router(tags=["Data flows"])
flows = Router(tags=["Data flows"], by_alias=True)
runs = Router(tags=["Data flows"])

FlowRef = Annotated[str, Path(description="The data flow's id or name.")]
RunRef = Annotated[UUID, Path(description="The update's id.")]


@templates.get("", response={200: list[TemplateAnswer], **errors()}, operation_id="listFlowTemplates")
def list_templates(request: HttpRequest) -> list[TemplateAnswer]:
    """The kinds of data flows, and what each asks for."""
    _viewer(request)
    return [TemplateAnswer.of(each) for each in TEMPLATES]


@flows.get("", response={200: Page[FlowAnswer], **errors()}, operation_id="listFlows")
def list_flows(request: HttpRequest, limit: Limit = 50, before: Before = None) -> Page[FlowAnswer]:
    """Data flows, newest first."""
    found = queries.flows(_viewer(request).organisation_id, limit=limit + 1, before=before)
    return page([FlowAnswer.of(each) for each in found], limit)


@flows.post("", response={201: FlowAnswer, **errors(404, 409)}, operation_id="createFlow")
def create_flow(request: HttpRequest, response: HttpResponse, wanted: FlowRequest) -> Status[FlowAnswer]:
    """Make a draft that knows how to reach a source. Say then which tables (`/tables`) and when (`/schedule`)."""
    flow = services.connect(
        principal_of(request), template_key=wanted.template, warehouse=wanted.warehouse, config=wanted.config,
        given=wanted.given, name=wanted.name,
    )  # fmt: skip
    response["Location"] = f"/api/flows/{flow.id}"
    return Status(HTTPStatus.CREATED, FlowAnswer.of(flow))


@flows.get("/{flow}", response={200: FlowAnswer, **errors(404)}, operation_id="getFlow")
def get_flow(request: HttpRequest, flow: FlowRef) -> FlowAnswer:
    """One data flow."""
    return FlowAnswer.of(queries.flow(_viewer(request).organisation_id, flow))


@flows.delete("/{flow}", response={204: None, **errors(404, 409)}, operation_id="removeFlow")
def remove_flow(request: HttpRequest, flow: FlowRef) -> Status[None]:
    """Forget a data flow with its secrets and its history. Its tables stay."""
    principal, found = _own(request, flow)
    services.remove(principal, found.id)
    return Status(HTTPStatus.NO_CONTENT, None)


@flows.put("/{flow}/connection", response={200: FlowAnswer, **errors(404)}, operation_id="reconnectFlow")
def reconnect(request: HttpRequest, flow: FlowRef, wanted: ReconnectRequest) -> FlowAnswer:
    """Change how to reach the source."""
    principal, found = _own(request, flow)
    return FlowAnswer.of(services.reconnect(principal, found.id, config=wanted.config, given=wanted.given))


@flows.get("/{flow}/checks", response={200: list[CheckAnswer], **errors(404)}, operation_id="checkFlow")
def check_flow(request: HttpRequest, flow: FlowRef) -> list[CheckAnswer]:
    """Ask the source whether all is as it must be. Changes nothing there."""
    principal, found = _own(request, flow)
    return [CheckAnswer.of(each) for each in services.check(principal, found.id)]


@flows.get("/{flow}/streams", response={200: list[StreamAnswer], **errors(404)}, operation_id="discoverFlow")
def discover(request: HttpRequest, flow: FlowRef) -> list[StreamAnswer]:
    """What the source has, with what we suggest to bring."""
    principal, found = _own(request, flow)
    streams = services.discover(principal, found.id)
    return [StreamAnswer.of(each, wanted) for each, wanted in zip(streams, services.suggest(streams), strict=True)]


@flows.put("/{flow}/tables", response={200: FlowAnswer, **errors(404, 409)}, operation_id="chooseTables")
def choose_tables(request: HttpRequest, flow: FlowRef, wanted: TablesRequest) -> FlowAnswer:
    """Say what to bring."""
    principal, found = _own(request, flow)
    changed = services.choose(
        principal, found.id, wanted.wanted, schema=wanted.schema_name, on_drift=wanted.on_drift or ""
    )
    return FlowAnswer.of(changed)


@flows.put("/{flow}/schedule", response={200: FlowAnswer, **errors(404)}, operation_id="scheduleFlow")
def schedule(request: HttpRequest, flow: FlowRef, wanted: ScheduleRequest) -> FlowAnswer:
    """Say when to bring what is new. A draft that has its tables is a data flow from now on."""
    principal, found = _own(request, flow)
    return FlowAnswer.of(services.schedule(principal, found.id, **wanted.model_dump()))


@flows.post("/{flow}/pause", response={200: FlowAnswer, **errors(404)}, operation_id="pauseFlow")
def pause(request: HttpRequest, flow: FlowRef) -> FlowAnswer:
    """Start no update by itself until it is resumed."""
    principal, found = _own(request, flow)
    return FlowAnswer.of(services.pause(principal, found.id))


@flows.post("/{flow}/resume", response={200: FlowAnswer, **errors(404)}, operation_id="resumeFlow")
def resume(request: HttpRequest, flow: FlowRef) -> FlowAnswer:
    """Go on with the schedule."""
    principal, found = _own(request, flow)
    return FlowAnswer.of(services.resume(principal, found.id))


@flows.post("/{flow}/accept-columns", response={200: FlowAnswer, **errors(404)}, operation_id="acceptColumns")
def accept_columns(request: HttpRequest, flow: FlowRef) -> FlowAnswer:
    """Go on with the columns that the source has now."""
    principal, found = _own(request, flow)
    return FlowAnswer.of(services.accept_columns(principal, found.id))


@flows.get("/{flow}/runs", response={200: Page[RunAnswer], **errors(404)}, operation_id="listRuns")
def list_runs(request: HttpRequest, flow: FlowRef, limit: Limit = 50, before: Before = None) -> Page[RunAnswer]:
    """Updates of a data flow, newest first."""
    principal = _viewer(request)
    found = queries.flow(principal.organisation_id, flow)
    listed = queries.runs(principal.organisation_id, flow_id=found.id, limit=limit + 1, before=before)
    return page([RunAnswer.of(each) for each in listed], limit)


@flows.post("/{flow}/runs", response={202: RunAnswer, **errors(404, 409)}, operation_id="runFlow")
def run_flow(request: HttpRequest, response: HttpResponse, flow: FlowRef, wanted: RunRequest) -> Status[RunAnswer]:
    """Ask for an update. Follow it at `Location`."""
    principal, found = _own(request, flow)
    run = services.run_now(principal, found.id, allow_fewer=wanted.allow_fewer, afresh=wanted.afresh)
    response["Location"] = f"/api/flow-runs/{run.id}"
    return Status(HTTPStatus.ACCEPTED, RunAnswer.of(run))


@runs.get("", response={200: Page[RunAnswer], **errors(404)}, operation_id="listAllRuns")
def list_all_runs(
    request: HttpRequest,
    flow: Annotated[str | None, Query(description="Only updates of this data flow: id or name.")] = None,
    limit: Limit = 50,
    before: Before = None,
) -> Page[RunAnswer]:
    """Updates of all data flows, newest first."""
    principal = _viewer(request)
    of = queries.flow(principal.organisation_id, flow).id if flow else None
    found = queries.runs(principal.organisation_id, flow_id=of, limit=limit + 1, before=before)
    return page([RunAnswer.of(each) for each in found], limit)


@runs.get("/{run}", response={200: RunDetail, **errors(404)}, operation_id="getRun")
def get_run(request: HttpRequest, run: RunRef) -> RunDetail:
    """One update with its tables."""
    return _detail(queries.run(_viewer(request).organisation_id, run))


@runs.post("/{run}/stop", response={202: RunDetail, **errors(404, 409)}, operation_id="stopRun")
def stop_run(request: HttpRequest, run: RunRef) -> Status[RunDetail]:
    """Ask an update to stop. What it did so far is undone."""
    return Status(HTTPStatus.ACCEPTED, _detail(services.stop(principal_of(request), run)))


def _viewer(request: HttpRequest) -> Principal:
    principal = principal_of(request)
    principal.demand(Permission.VIEW_WAREHOUSES)
    return principal


def _own(request: HttpRequest, flow: str) -> tuple[Principal, DataFlow]:
    principal = principal_of(request)
    principal.demand(Permission.LOAD_DATA)
    return principal, queries.flow(principal.organisation_id, flow)


def _detail(run: FlowRun) -> RunDetail:
    return RunDetail.with_tables(run, queries.stream_runs(run))
