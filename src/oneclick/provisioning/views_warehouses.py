"""`/warehouses`: what there is, how to connect to it, and changing it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oneclick.accounts.pages import console_page, fresh, overtaken
from oneclick.accounts.paging import MORE, before_of, list_page
from oneclick.accounts.roles import Permission, Principal
from oneclick.core.errors import OneClickError
from oneclick.core.ids import new_id
from oneclick.provisioning import losses, queries, services, showing
from oneclick.provisioning.errors import ConfirmationNeeded
from oneclick.provisioning.forms import LevelForm
from oneclick.provisioning.idempotency import Idempotency
from oneclick.provisioning.models import JobKind, ProvisioningJob
from oneclick.provisioning.words import STATE_OF_WAREHOUSE
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses import registry
from oneclick.warehouses import services as warehouse_services
from oneclick.warehouses.contract.errors import ContractError, InvalidConfig
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse, WarehouseState

FORM = ["GET", "HEAD", "POST"]
RECENT = 20


@require_safe
@console_page(Permission.VIEW_WAREHOUSES)
def warehouses(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Those that aren't deleted, the newest first."""
    found = warehouse_queries.warehouses(principal.organisation_id, limit=MORE, before=before_of(request))
    page = list_page(request, found, key=lambda each: each.id)
    lines = [(each, STATE_OF_WAREHOUSE[each.state], registry.title(each.provider)) for each in page.items]
    context = {"page": page, "lines": lines, "may_create": principal.may(Permission.PROVISION_WAREHOUSES)}
    return render(request, "provisioning/warehouses.html", context)


@require_safe
@console_page(Permission.VIEW_WAREHOUSES)
def warehouse(request: HttpRequest, principal: Principal, warehouse_id: UUID) -> HttpResponse:
    """The first part: what it is, and what goes on with it."""
    found = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    newest = showing.shown_jobs(principal, queries.jobs(principal.organisation_id, warehouse_id=found.id, limit=5))
    context = showing.warehouse_context(principal, found, "overview")
    context |= {
        "newest": newest,
        "current": newest[0] if newest and not newest[0].has_ended else None,
        "spec": found.instance.spec,
        "may_see_credentials": principal.may(Permission.VIEW_CREDENTIALS),
        "may_load": principal.may(Permission.LOAD_DATA),
        "may_change": principal.may(Permission.PROVISION_WAREHOUSES),
    }
    return render(request, "provisioning/warehouse.html", context)


@require_safe
@console_page(Permission.VIEW_WAREHOUSES)
def resources(request: HttpRequest, principal: Principal, warehouse_id: UUID) -> HttpResponse:
    """What it is made of in the account, and what the last check found changed there."""
    found = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    checked = queries.newest_done(found, JobKind.CHECK)
    context = showing.warehouse_context(principal, found, "resources")
    context |= {
        "inventory": queries.inventory(found),
        "checked": checked,
        "is_ready": found.state == WarehouseState.ACTIVE,
        "once": new_id(),
        "may_change": principal.may(Permission.PROVISION_WAREHOUSES),
    }
    return render(request, "provisioning/resources.html", context)


@require_POST
@console_page(Permission.VIEW_WAREHOUSES)
def check(request: HttpRequest, principal: Principal, warehouse_id: UUID) -> HttpResponse:
    """Look into the account."""
    try:
        job = services.request_check(principal, warehouse_id, idempotency=_once(request, "check", warehouse_id))
    except InvalidConfig as error:
        return overtaken(request, error, "warehouse", warehouse_id)
    return _to(job)


@require_http_methods(FORM)
@console_page(Permission.PROVISION_WAREHOUSES)
def repair(request: HttpRequest, principal: Principal, warehouse_id: UUID) -> HttpResponse:
    """What repairing would do; POST does it."""
    found = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    try:
        if request.method == "POST":
            return _to(services.request_repair(principal, found.id, idempotency=_once(request, "repair", found.id)))
        plan = services.preview_repair(principal, found.id)
    except InvalidConfig as error:
        return overtaken(request, error, "warehouse-resources", found.id)
    context = {"warehouse": found, "plan": plan, "once": new_id()}
    return render(request, "provisioning/repair.html", context)


@require_http_methods(FORM)
@console_page(Permission.VIEW_CREDENTIALS)
@fresh
def credentials(request: HttpRequest, principal: Principal, warehouse_id: UUID) -> HttpResponse:
    """How to connect; POST shows the secret of one login, which is written down."""
    found = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    context = showing.warehouse_context(principal, found, "credentials")
    context |= {"levels": list(AccessLevel), "is_ready": found.state == WarehouseState.ACTIVE}
    form = LevelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        level = AccessLevel(form.cleaned_data["level"])
        try:
            revealed = warehouse_services.reveal_credentials(principal, found.id, level)
        except InvalidConfig as error:
            return overtaken(request, error, "warehouse", found.id)
        secret = revealed.secret.reveal()
        snippets = {name: text.replace("{secret}", secret) for name, text in revealed.bindings.snippets.items()}
        context |= {"revealed": revealed, "level": level, "secret": secret, "snippets": snippets}
    return render(request, "provisioning/credentials.html", context)


@require_http_methods(FORM)
@console_page(Permission.VIEW_CREDENTIALS)
@fresh
def rotate(request: HttpRequest, principal: Principal, warehouse_id: UUID) -> HttpResponse:
    """What rotating means; POST asks for it."""
    found = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    asked = LevelForm(request.POST if request.method == "POST" else request.GET)
    if not asked.is_valid():
        return redirect("warehouse-credentials", found.id)
    level = AccessLevel(asked.cleaned_data["level"])
    if request.method == "POST":
        once = _once(request, f"rotate {level.value}", found.id)
        try:
            return _to(services.request_rotate(principal, found.id, level, idempotency=once))
        except InvalidConfig as error:
            return overtaken(request, error, "warehouse", found.id)
    return render(request, "provisioning/rotate.html", {"warehouse": found, "level": level, "once": new_id()})


@require_safe
@console_page(Permission.VIEW_WAREHOUSES)
def activity(request: HttpRequest, principal: Principal, warehouse_id: UUID) -> HttpResponse:
    """Everything that was asked of it, the newest first."""
    found = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    jobs = queries.jobs(principal.organisation_id, warehouse_id=found.id, limit=MORE, before=before_of(request))
    page = list_page(request, jobs, key=lambda each: each.id)
    context = showing.warehouse_context(principal, found, "activity")
    context |= {"page": page, "lines": showing.shown_jobs(principal, page.items)}
    return render(request, "provisioning/activity.html", context)


@require_safe
@console_page(Permission.PROVISION_WAREHOUSES)
def settings(request: HttpRequest, principal: Principal, warehouse_id: UUID) -> HttpResponse:
    """What it was asked to be, and the way to delete it."""
    found = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    context = showing.warehouse_context(principal, found, "settings") | {"spec": found.instance.spec}
    return render(request, "provisioning/settings.html", context)


@require_http_methods(FORM)
@console_page(Permission.PROVISION_WAREHOUSES)
@fresh
def delete(request: HttpRequest, principal: Principal, warehouse_id: UUID) -> HttpResponse:
    """What would be lost, in numbers; POST with the name typed asks for it."""
    found = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    refusal = ""
    if request.method == "POST":
        typed = request.POST.get("confirmed_name", "").strip()
        once = _once(request, f"delete {typed}", found.id)
        try:
            return _to(services.request_destroy(principal, found.id, confirm=typed or "?", idempotency=once))
        except ConfirmationNeeded as error:
            refusal = f"{error.message} {error.hint}"
        except InvalidConfig as error:
            return overtaken(request, error, "warehouse", found.id)
    context = {"warehouse": found, "refusal": refusal, "once": new_id(), **_at_stake(found)}
    return render(request, "provisioning/delete.html", context, status=422 if refusal else 200)


def _at_stake(warehouse: Warehouse) -> dict[str, object]:
    try:
        lost = losses.tables_at_stake(warehouse)
    except (ContractError, OneClickError) as error:
        return {"unseen": error}
    return {"lost": lost[:RECENT], "more": max(len(lost) - RECENT, 0), "lost_words": losses.in_words(lost)}


def _once(request: HttpRequest, what: str, warehouse_id: UUID) -> Idempotency | None:
    """A form that is sent twice leads to one job."""
    key = request.POST.get("once", "").replace("\x00", "")[:100]
    return Idempotency(key=key, route=f"page {what}", body={"warehouse": str(warehouse_id)}) if key else None


def _to(job: ProvisioningJob) -> HttpResponse:
    return redirect("change", job.id)
