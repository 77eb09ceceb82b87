"""`/flows/connectors`: Airbyte's connectors, to search, to install and to use; and the operator's list of them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from oneclick.accounts.operator_pages import operator_page
from oneclick.accounts.operators import Operator
from oneclick.accounts.pages import console_page, done, fresh, overtaken
from oneclick.accounts.roles import Permission, Principal
from oneclick.pipelines import connectors
from oneclick.pipelines.contract.errors import FlowError

SHOWN = 40
writer_only = console_page(Permission.LOAD_DATA)


@require_safe
@writer_only
def list_connectors(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Those that are here first, then those that were tried, then the others."""
    sought = request.GET.get("q", "").strip()[:100]
    found = connectors.offered(principal, sought)
    context = {
        "found": found[:SHOWN], "count": len(found), "sought": sought, "more": max(len(found) - SHOWN, 0),
        "is_running": any(each.is_running for each in found),
    }  # fmt: skip
    return render(request, "pipelines/connectors.html", context)


@require_POST
@writer_only
def install(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Ask for one."""
    name = request.POST.get("connector", "")
    try:
        connectors.ask(principal, name)
    except FlowError as error:
        return overtaken(request, error, "flow-connectors")
    return redirect("flow-connectors")


@require_safe
@operator_page
def list_installed(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Those on this machine, with what each takes and who needs it."""
    return render(request, "pipelines/connectors_installed.html", {"found": connectors.installed()})


@require_POST
@operator_page
@fresh
def remove(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Remove one from this machine."""
    name, version = request.POST.get("connector", ""), request.POST.get("version", "")
    try:
        connectors.remove(name, version, actor=operator.label)
    except FlowError as error:
        return overtaken(request, error, "operator-connectors")
    return done(request, f"{name} {version} is removed. It can be installed again at any time.", "operator-connectors")
