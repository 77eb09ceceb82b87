"""`/warehouses/…/tables`: which tables there are, and the first rows of each."""

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from oneclick.accounts.pages import console_page, overtaken, refused
from oneclick.accounts.roles import Permission, Principal
from oneclick.core.errors import OneClickError
from oneclick.provisioning.showing import warehouse_context
from oneclick.queries import downloads, tables
from oneclick.queries.errors import TableNotFound
from oneclick.queries.forms import RowsForm
from oneclick.queries.showing import grid_of
from oneclick.queries.tables import FIRST_ROWS, ListedTable
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses.contract.data_plane import TableName
from oneclick.warehouses.models import Warehouse, WarehouseState

PER_PAGE = 200
READABLE = (WarehouseState.ACTIVE, WarehouseState.SUSPENDED)


@require_safe
@console_page(Permission.QUERY_DATA)
def warehouse_tables(request: HttpRequest, principal: Principal, warehouse_id: UUID) -> HttpResponse:
    """All of them, or those with a text in their name."""
    found = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    sought = request.GET.get("q", "")[: tables.LONGEST_TEXT]
    context = _context(principal, found) | {"sought": sought, "may_load": principal.may(Permission.LOAD_DATA)}
    if found.state in READABLE:
        try:
            context |= _page(request, tables.tables(principal, found.id, sought))
        except OneClickError as error:
            context["problem"] = error
    return render(request, "queries/tables.html", context)


@require_safe
@console_page(Permission.QUERY_DATA)
def warehouse_table(request: HttpRequest, principal: Principal, warehouse_id: UUID) -> HttpResponseBase:
    """One table: its columns and its first rows, which a text narrows; with `format`, as a file."""
    found = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    name = TableName(schema=request.GET.get("schema", ""), name=request.GET.get("name", ""))
    context = _context(principal, found) | {"table": name}
    if found.state not in READABLE:
        return redirect("warehouse-tables", found.id)
    try:
        listed = tables.table(principal, found.id, name)
    except TableNotFound as error:
        return refused(request, error)
    except OneClickError as error:
        return render(request, "queries/table.html", context | {"problem": error})
    form = RowsForm(request.GET, columns=[column for column, _ in listed.info.columns])
    chosen = downloads.for_people(request.GET.get("format", ""))
    try:
        if chosen is not None:
            result = tables.rows(principal, found.id, listed.info, form.narrowing, limit=chosen.max_rows)
            return downloads.attachment(chosen, result, name.name[:100])
        result = tables.rows(principal, found.id, listed.info, form.narrowing)
        context["grid"] = grid_of(result, most_rows=FIRST_ROWS)
    except OneClickError as error:
        if chosen is not None:
            return _back_to_table(request, error, found)
        context["problem"] = error
    return render(request, "queries/table.html", context | _parts(request, listed, form))


def _context(principal: Principal, warehouse: Warehouse) -> dict[str, object]:
    return warehouse_context(principal, warehouse, "tables") | {"is_readable": warehouse.state in READABLE}


def _page(request: HttpRequest, found: Sequence[ListedTable]) -> dict[str, object]:
    """As many tables as a page takes, from the one after `after` and `in` on."""
    start = TableName(schema=request.GET.get("in", ""), name=request.GET.get("after", ""))
    shown = [each for each in found if each.name > start][: PER_PAGE + 1]
    more = ""
    if len(shown) > PER_PAGE:
        last = shown[PER_PAGE - 1].name
        more = "?" + urlencode({"q": request.GET.get("q", ""), "in": last.schema, "after": last.name})
    return {"listed": shown[:PER_PAGE], "count": len(found), "more": more, "is_later": bool(start.schema or start.name)}


def _parts(request: HttpRequest, listed: ListedTable, form: RowsForm) -> dict[str, object]:
    asked = request.GET.copy()
    asked.pop("format", None)
    return {
        "listed": listed,
        "form": form,
        "is_narrowed": bool(form.narrowing.text),
        "asked": asked.urlencode(),
        "formats": downloads.FOR_PEOPLE,
        "first_rows": FIRST_ROWS,
        "statement": tables.statement(listed.info),
    }


def _back_to_table(request: HttpRequest, error: OneClickError, warehouse: Warehouse) -> HttpResponse:
    asked = request.GET.copy()
    asked.pop("format", None)
    answer = overtaken(request, error, "warehouse-table", warehouse.id)
    answer["Location"] += f"?{asked.urlencode()}"
    return answer
