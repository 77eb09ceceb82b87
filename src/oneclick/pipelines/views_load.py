"""`/warehouses/…/load`: a file, what is in it, and its rows in a table."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from oneclick.accounts.pages import attempt, console_page, done, form_status, overtaken
from oneclick.accounts.roles import Permission, Principal
from oneclick.core.errors import OneClickError
from oneclick.pipelines import uploads
from oneclick.pipelines.answers import Answers
from oneclick.pipelines.load_forms import MOST_COLUMNS, AnswersForm, FileForm
from oneclick.pipelines.models import LoadedTable, Upload, UploadState
from oneclick.provisioning.showing import warehouse_context
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses.models import WarehouseState

FORM = ["GET", "HEAD", "POST"]
LOADABLE = (WarehouseState.ACTIVE, WarehouseState.SUSPENDED)


@require_http_methods(FORM)
@console_page(Permission.LOAD_DATA)
def load_file(request: HttpRequest, principal: Principal, warehouse_id: UUID) -> HttpResponse:
    """Choose a file; it is kept, and looked at by a worker."""
    warehouse = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    if warehouse.state not in LOADABLE:
        return redirect("warehouse-tables", warehouse.id)
    is_sent = request.method == "POST"
    form = FileForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    if is_sent and form.is_valid():
        upload = attempt(form, lambda: uploads.receive(principal, warehouse.id, form.cleaned_data["file"]))
        if upload is not None:
            return redirect("upload", warehouse.id, upload.id)
    context = warehouse_context(principal, warehouse, "tables") | {"form": form}
    return render(request, "pipelines/load.html", context, status=form_status(form))


@require_http_methods(FORM)
@console_page(Permission.LOAD_DATA)
def upload(request: HttpRequest, principal: Principal, warehouse_id: UUID, upload_id: UUID) -> HttpResponse:
    """One file, however it stands: being looked at, ready with what was found, being loaded, loaded."""
    found = uploads.upload_of(principal, warehouse_id, upload_id)
    is_at_work = found.state in uploads.AT_WORK
    if "HX-Request" in request.headers and not is_at_work:
        return HttpResponseClientRefresh()
    preview = None if is_at_work or found.state == UploadState.DONE else uploads.preview_of(found)
    answers = Answers.kept(found.answers)
    form = AnswersForm(request.POST or None, found=preview, answers=answers) if preview else None
    if request.method == "POST":
        answer = _act(request, principal, found, form)
        if answer is not None:
            return answer
    context = warehouse_context(principal, found.warehouse, "tables") | {
        "upload": found,
        "is_at_work": is_at_work,
        "found": preview,
        "form": form,
        "percent": None if found.share is None else round(found.share * 100),
        "most_columns": MOST_COLUMNS,
        "rows": form.shown_rows(preview["sample"]) if form and preview else (),
        "there": _there(found, answers),
    }
    return render(request, "pipelines/upload.html", context, status=form_status(form) if form else 200)


def _act(request: HttpRequest, principal: Principal, found: Upload, form: AnswersForm | None) -> HttpResponse | None:
    """Do what the button says; None to show the form again."""
    try:
        if "discard" in request.POST:
            uploads.discard(principal, found)
            return done(request, f"{found.file_name} is removed. Nothing was loaded.", "load-file", found.warehouse_id)
        if form is None:
            uploads.look_again(principal, found, Answers(table=Answers.kept(found.answers).table))
        elif not form.is_valid():
            return None
        elif "again" in request.POST:
            uploads.look_again(principal, found, form.said())
        else:
            uploads.start_load(principal, found, form.said())
    except OneClickError as error:
        return overtaken(request, error, "upload", found.warehouse_id, found.id)
    return redirect("upload", found.warehouse_id, found.id)


def _there(found: Upload, answers: Answers) -> Any:
    """The table that the rows would go to, where we loaded it before."""
    known = LoadedTable.objects.filter(warehouse_id=found.warehouse_id, schema=answers.schema, name=answers.table)
    return known.first()
