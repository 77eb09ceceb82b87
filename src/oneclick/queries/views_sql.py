"""`/sql`: asking in SQL, and what was asked before."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from oneclick.accounts.pages import console_page, done, form_status
from oneclick.accounts.paging import MORE, before_of, list_page
from oneclick.accounts.roles import Permission, Principal
from oneclick.core.errors import OneClickError
from oneclick.queries import downloads, services
from oneclick.queries.forms import SqlForm
from oneclick.queries.guard import MAX_LENGTH
from oneclick.queries.history import history, query
from oneclick.queries.models import QueryPurpose
from oneclick.queries.showing import grid_of, shown_queries
from oneclick.queries.views_tables import READABLE
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses.models import Warehouse
from oneclick.web.rest import STATUS_OF_KIND

SHOWN_ROWS = 500
RECENT = 5


@require_http_methods(["GET", "HEAD", "POST"])
@console_page(Permission.QUERY_DATA)
def sql(request: HttpRequest, principal: Principal) -> HttpResponseBase:
    """The editor; POST runs what is in it and shows the rows, or with `format` hands them out as a file."""
    ready = [each for each in warehouse_queries.warehouses(principal.organisation_id) if each.state in READABLE]
    form = SqlForm(request.POST or None, initial=_initial(request, principal, ready), warehouses=ready)
    context: dict[str, object] = {"form": form, "ready": ready, "formats": downloads.FOR_PEOPLE, "most": SHOWN_ROWS}
    status = form_status(form)
    if request.method == "POST" and form.is_valid():
        chosen = downloads.for_people(request.POST.get("format", ""))
        limit = chosen.max_rows if chosen else SHOWN_ROWS
        asked = form.cleaned_data
        try:
            result = services.run(principal, asked["warehouse"], asked["sql"], limit=limit)
            if chosen is not None:
                return downloads.attachment(chosen, result, "query")
            context |= {"grid": grid_of(result, most_rows=SHOWN_ROWS), "asked": asked}
        except OneClickError as error:
            form.add_error("sql", f"{error.message} {error.hint}".strip())
            status = STATUS_OF_KIND[error.kind]
    context |= _around(principal)
    return render(request, "queries/sql.html", context, status=status)


@require_safe
@console_page(Permission.QUERY_DATA)
def sql_history(request: HttpRequest, principal: Principal) -> HttpResponse:
    """What people of the organisation asked, the newest first."""
    found = history(principal.organisation_id, purpose=QueryPurpose.ASKED, limit=MORE, before=before_of(request))
    page = list_page(request, found, key=lambda each: each.id)
    context = {"page": page, "lines": shown_queries(principal, page.items)}
    return render(request, "queries/history.html", context)


@require_POST
@console_page(Permission.QUERY_DATA)
def stop(request: HttpRequest, principal: Principal, query_id: UUID) -> HttpResponse:
    """Stop one that runs."""
    services.cancel(principal, query_id)
    return done(request, "The query stops within about a second.", "sql-history")


def _initial(request: HttpRequest, principal: Principal, ready: Sequence[Warehouse]) -> dict[str, str]:
    """What is in the editor before somebody types: an earlier query, or what a link brings along."""
    again = request.GET.get("query", "")
    if again:
        line = query(principal.organisation_id, _uuid(again))
        return {"warehouse": str(line.warehouse_id), "sql": line.sql}
    first = str(ready[0].id) if ready else ""
    return {"warehouse": request.GET.get("warehouse", first), "sql": request.GET.get("sql", "")[:MAX_LENGTH]}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _around(principal: Principal) -> dict[str, object]:
    lines = history(principal.organisation_id, purpose=QueryPurpose.ASKED, limit=RECENT)
    return {
        "lines": shown_queries(principal, lines),
        "me": principal.label,
        "may_create": principal.may(Permission.PROVISION_WAREHOUSES),
    }
