"""`/flows`: data flows, making and changing them."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from oneclick.accounts.pages import console_page, done, form_status, overtaken
from oneclick.accounts.paging import MORE, before_of, list_page
from oneclick.accounts.roles import Permission, Principal
from oneclick.core.errors import OneClickError
from oneclick.outbound.errors import OutboundError
from oneclick.pipelines import queries, services, showing, wanted
from oneclick.pipelines.contract.errors import FlowError, FlowNotFound
from oneclick.pipelines.contract.templates import TEMPLATES, Template, template
from oneclick.pipelines.forms import ScheduleForm, chosen, table_choices
from oneclick.pipelines.models import DataFlow, FlowRun
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses.contract.descriptions import CheckResult
from oneclick.warehouses.contract.errors import ContractError
from oneclick.warehouses.forms import DescribedForm
from oneclick.warehouses.models import WarehouseState

FORM = ["GET", "HEAD", "POST"]
RECENT = 10
writer_only = console_page(Permission.LOAD_DATA)
anybody = console_page(Permission.VIEW_WAREHOUSES)


@require_safe
@anybody
def flows(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Those that there are, the newest first."""
    found = queries.flows(principal.organisation_id, limit=MORE, before=before_of(request))
    page = list_page(request, found, key=lambda each: each.id)
    context = {"page": page, "lines": showing.shown_flows(principal, page.items), "may_change": _may(principal)}
    return render(request, "pipelines/flows.html", context | {"has_warehouse": bool(_ready(principal))})


@require_safe
@writer_only
def choose_template(request: HttpRequest, principal: Principal) -> HttpResponse:
    """What should we bring in?"""
    context = {"templates": list(TEMPLATES), "warehouses": _ready(principal), "steps": _steps(0)}
    return render(request, "pipelines/new.html", context)


@require_http_methods(FORM)
@writer_only
def connect(request: HttpRequest, principal: Principal, key: str) -> HttpResponse:
    """How to reach a source; POST makes a draft."""
    kind, ready = template(key), _ready(principal)
    if not ready:
        return redirect("flow-new")
    form = _connect_form(request, kind, {})
    if request.method == "POST" and "redraw" not in request.POST and form.is_valid():
        try:
            flow = services.connect(
                principal, template_key=key, warehouse=request.POST.get("warehouse") or ready[0].id,
                config=form.config, given=form.secrets,
            )  # fmt: skip
            return redirect("flow-check", flow.id)
        except (OneClickError, ContractError) as error:
            form.add_error(None, f"{error.message} {error.hint}".strip())
    context = _form_context(kind, form) | {"warehouses": ready, "key": key, "steps": _steps(1)}
    context |= {"warehouse_id": request.POST.get("warehouse", request.GET.get("warehouse", ""))}
    return render(request, "pipelines/connect.html", context, status=_status(request, form))


@require_http_methods(FORM)
@writer_only
def reconnect(request: HttpRequest, principal: Principal, flow_id: UUID) -> HttpResponse:
    """Another way to reach the source."""
    flow = queries.flow(principal.organisation_id, flow_id)
    kind = template(flow.template)
    form = _connect_form(request, kind, flow.config, known=set(flow.secret_refs))
    if request.method == "POST" and "redraw" not in request.POST and form.is_valid():
        try:
            services.reconnect(principal, flow.id, config=form.config, given=form.secrets)
            return redirect("flow-check", flow.id)
        except OneClickError as error:
            form.add_error(None, f"{error.message} {error.hint}".strip())
    context = _form_context(kind, form) | _of(flow, "connection") | {"steps": _steps(1) if flow.is_draft else []}
    return render(request, "pipelines/connect.html", context, status=_status(request, form))


@require_safe
@writer_only
def check(request: HttpRequest, principal: Principal, flow_id: UUID) -> HttpResponse:
    """Whether the source is as it must be. The page asks by itself until it is."""
    flow = queries.flow(principal.organisation_id, flow_id)
    context = _of(flow, "connection") | {"steps": _steps(1) if flow.is_draft else []}
    if "now" in request.GET:
        checks = services.check(principal, flow.id)
        is_well = all(each.result is not CheckResult.FAILED for each in checks)
        context |= {"checks": checks, "is_well": is_well}
        if is_well and "again" in request.GET and "HX-Request" in request.headers:
            return HttpResponseClientRedirect(f"/flows/{flow.id}/tables")
    return render(request, "pipelines/check.html", context)


@require_http_methods(FORM)
@writer_only
def tables(request: HttpRequest, principal: Principal, flow_id: UUID) -> HttpResponse:
    """What to bring."""
    flow = queries.flow(principal.organisation_id, flow_id)
    context = _of(flow, "tables") | {"steps": _steps(2) if flow.is_draft else [], "schema": flow.schema}
    try:
        streams, context["preview"] = services.look(principal, flow.id)
        kept = {each.stream: each for each in wanted.from_json(flow.streams)}
        choices = table_choices(streams, services.suggest(streams), kept)
    except (FlowError, OutboundError) as error:
        return render(request, "pipelines/tables.html", context | {"failure": error})
    if request.method == "POST":
        context["schema"] = schema = request.POST.get("schema", "").strip()
        try:
            picked = chosen(request.POST, choices)
            services.choose(principal, flow.id, picked, schema=schema)
            return redirect("flow-schedule" if flow.is_draft else "flow", flow.id)
        except (FlowError, ContractError) as error:
            context["refusal"] = error
            ticked = set(request.POST.getlist("stream"))
            for choice in choices:
                choice.is_chosen = choice.stream.name in ticked
    return render(
        request, "pipelines/tables.html", context | {"choices": choices}, status=422 if "refusal" in context else 200
    )


@require_http_methods(FORM)
@writer_only
def schedule(request: HttpRequest, principal: Principal, flow_id: UUID) -> HttpResponse:
    """When; a draft is begun with it."""
    flow = queries.flow(principal.organisation_id, flow_id)
    if not flow.streams:
        return redirect("flow-tables", flow.id)
    others = queries.flows(principal.organisation_id, limit=500)
    form = ScheduleForm(_typed(request), flow=flow, others=others, initial=_scheduled(flow))
    if request.method == "POST" and form.is_valid():
        try:
            return _begin(request, principal, flow, form)
        except FlowError as error:
            form.add_error(None, f"{error.message} {error.hint}".strip())
    context = _of(flow, "schedule") | {"form": form, "steps": _steps(3) if flow.is_draft else []}
    return render(request, "pipelines/schedule.html", context, status=form_status(form))


@require_safe
@anybody
def flow(request: HttpRequest, principal: Principal, flow_id: UUID) -> HttpResponse:
    """One data flow: how it is, its tables, its last updates."""
    found = queries.flow(principal.organisation_id, flow_id)
    (shown,) = showing.shown_flows(principal, [found])
    states = queries.states(found)
    runs = queries.runs(principal.organisation_id, flow_id=found.id, limit=RECENT)
    context = _of(found, "overview") | {
        "shown": shown, "may_change": _may(principal), "runs": showing.shown_runs(principal, runs),
        "tables": [(each, states.get(each.stream)) for each in wanted.from_json(found.streams)],
        "settings": showing.settings_of(found),
    }  # fmt: skip
    return render(request, "pipelines/flow.html", context)


@require_safe
@anybody
def runs(request: HttpRequest, principal: Principal, flow_id: UUID) -> HttpResponse:
    """Every update of a data flow, the newest first."""
    found = queries.flow(principal.organisation_id, flow_id)
    listed = queries.runs(principal.organisation_id, flow_id=found.id, limit=MORE, before=before_of(request))
    page = list_page(request, listed, key=lambda each: each.id)
    context = _of(found, "runs") | {"page": page, "runs": showing.shown_runs(principal, page.items)}
    return render(request, "pipelines/runs.html", context)


@require_safe
@anybody
def run(request: HttpRequest, principal: Principal, run_id: UUID) -> HttpResponse:
    """One update, live while it goes on."""
    found = queries.run(principal.organisation_id, run_id)
    (shown,) = showing.shown_runs(principal, [found])
    of_tables = queries.stream_runs(found)
    context = {
        "run": found, "flow": found.flow, "shown": shown, "tables": of_tables,
        "gone": sum(each.deleted or 0 for each in of_tables),
        "may_change": _may(principal), "may_query": principal.may(Permission.QUERY_DATA),
    }  # fmt: skip
    return render(request, "pipelines/run.html", context)


@require_POST
@writer_only
def run_now(request: HttpRequest, principal: Principal, flow_id: UUID) -> HttpResponse:
    """Bring what is new."""
    try:
        asked = services.run_now(
            principal, flow_id, allow_fewer="allow_fewer" in request.POST, afresh="afresh" in request.POST
        )
    except FlowNotFound:
        raise
    except FlowError as error:
        return overtaken(request, error, "flow", flow_id)
    return _to(asked)


@require_POST
@writer_only
def stop(request: HttpRequest, principal: Principal, run_id: UUID) -> HttpResponse:
    """Stop an update."""
    return _to(services.stop(principal, run_id))


@require_POST
@writer_only
def pause(request: HttpRequest, principal: Principal, flow_id: UUID) -> HttpResponse:
    """Start no update by itself."""
    changed = services.pause(principal, flow_id)
    return done(request, f"{changed.name} is paused.", "flow", flow_id)


@require_POST
@writer_only
def resume(request: HttpRequest, principal: Principal, flow_id: UUID) -> HttpResponse:
    """Go on with the schedule."""
    changed = services.resume(principal, flow_id)
    return done(request, f"{changed.name} goes on.", "flow", flow_id)


@require_POST
@writer_only
def accept_columns(request: HttpRequest, principal: Principal, flow_id: UUID) -> HttpResponse:
    """Go on with the columns that the source has now."""
    services.accept_columns(principal, flow_id)
    return done(request, "The next update brings the columns as they are now.", "flow", flow_id)


@require_POST
@writer_only
def remove(request: HttpRequest, principal: Principal, flow_id: UUID) -> HttpResponse:
    """Forget a data flow."""
    found = queries.flow(principal.organisation_id, flow_id)
    try:
        services.remove(principal, found.id)
    except FlowError as error:
        return overtaken(request, error, "flow", found.id)
    return done(request, f"{found.name} is forgotten. Its tables stay.", "flows")


# -- the parts -------------------------------------------------------------------------------------------------


def _begin(request: HttpRequest, principal: Principal, flow: DataFlow, form: ScheduleForm) -> HttpResponse:
    """Keep the schedule; what was a draft starts at once."""
    was_draft = flow.is_draft
    if form.cleaned_data["name"] != flow.name:
        services.rename(principal, flow.id, form.cleaned_data["name"])
    if form.cleaned_data["on_drift"] != flow.on_drift:
        services.choose(principal, flow.id, wanted.from_json(flow.streams), on_drift=form.cleaned_data["on_drift"])
    services.schedule(principal, flow.id, **form.schedule)
    if was_draft:
        return _to(services.run_now(principal, flow.id))
    return done(request, "It is kept.", "flow", flow.id)


def _connect_form(
    request: HttpRequest, kind: Template, config: dict[str, str], *, known: set[str] | None = None
) -> DescribedForm:
    """The template's fields, given what is typed; a secret that is kept needn't be typed again."""
    typed = _typed(request)
    given = {name: str(value) for name, value in (request.GET if typed is None else typed).items()}
    given |= config if typed is None else {}
    described = kind.fields(given)
    form = DescribedForm(
        None if typed is None or "redraw" in typed else typed, described=described, initial=given
    )  # fmt: skip
    for field in described:
        if field.is_secret and known and field.name in known:
            form.fields[field.name].required = False
            form.fields[field.name].help_text = "It is kept. Type it only to change it."
    return form


def _form_context(kind: Template, form: forms.Form) -> dict[str, Any]:
    given = {name: str(form[name].value() or "") for name in form.fields}
    return {"form": form, "kind": kind, "setup_steps": kind.steps(given)}


def _status(request: HttpRequest, form: forms.Form) -> int:
    return 200 if "redraw" in request.POST else form_status(form)


def _steps(now: int) -> list[dict[str, str]]:
    titles = ("What", "Connect", "Tables", "When")
    return [
        {"title": title, "state": "now" if number == now else "done" if number < now else "next"}
        for number, title in enumerate(titles)
    ]


def _of(flow: DataFlow, tab: str) -> dict[str, Any]:
    return {"flow": flow, "tab_key": tab, "tabs": TABS, "steps": []}


TABS = (
    ("overview", "Overview", "flow"), ("runs", "Updates", "flow-runs"), ("tables", "Tables", "flow-tables"),
    ("schedule", "When", "flow-schedule"), ("connection", "Connection", "flow-connection"),
)  # fmt: skip


def _scheduled(flow: DataFlow) -> dict[str, Any]:
    is_new = flow.is_draft
    return {
        "name": flow.name, "kind": "every" if is_new else flow.schedule_kind, "every": flow.every_minutes or 60,
        "cron": flow.cron or "0 6 * * *", "time_zone": flow.time_zone, "on_drift": flow.on_drift,
        "after": str(flow.after_id or ""), "quiet_after_hours": flow.quiet_after_hours,
    }  # fmt: skip


def _ready(principal: Principal) -> list[Any]:
    found = warehouse_queries.warehouses(principal.organisation_id, limit=100)
    return [each for each in found if each.state == WarehouseState.ACTIVE]


def _may(principal: Principal) -> bool:
    return principal.may(Permission.LOAD_DATA)


def _typed(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _to(asked: FlowRun) -> HttpResponse:
    return redirect("flow-run", asked.id)
