"""`/changes`: what was asked for, live while it happens."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from oneclick.accounts.pages import console_page, done, overtaken
from oneclick.accounts.paging import MORE, before_of, list_page
from oneclick.accounts.roles import Permission, Principal
from oneclick.provisioning import queries, services, showing
from oneclick.provisioning.errors import IllegalTransition, WarehouseGone
from oneclick.provisioning.models import JobState


@require_safe
@console_page(Permission.VIEW_WAREHOUSES)
def changes(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The newest first; `state` narrows them."""
    state = request.GET.get("state", "")
    state = state if state in JobState.values else ""
    found = queries.jobs(principal.organisation_id, state=state, limit=MORE, before=before_of(request))
    page = list_page(request, found, key=lambda each: each.id)
    context = {"page": page, "lines": showing.shown_jobs(principal, page.items), "state": state, "states": JobState}
    return render(request, "provisioning/changes.html", context)


@require_safe
@console_page(Permission.VIEW_WAREHOUSES)
def change(request: HttpRequest, principal: Principal, job_id: UUID) -> HttpResponse:
    """One change: its resources with their states, and on failure the cause and the cure."""
    job = queries.job(principal.organisation_id, job_id)
    (shown,) = showing.shown_jobs(principal, [job])
    steps = showing.steps_of(job)
    context = {
        "shown": shown,
        "job": job,
        "steps": steps,
        "done": sum(step.state == "ok" for step in steps),
        "may_change": principal.may(Permission.PROVISION_WAREHOUSES),
    }
    return render(request, "provisioning/change.html", context)


@require_POST
@console_page(Permission.PROVISION_WAREHOUSES)
def retry(request: HttpRequest, principal: Principal, job_id: UUID) -> HttpResponse:
    """Go on from where it stopped."""
    try:
        services.retry(principal, job_id)
    except (IllegalTransition, WarehouseGone) as error:
        return overtaken(request, error, "change", job_id)
    return done(request, "It goes on from where it stopped.", "change", job_id)


@require_POST
@console_page(Permission.PROVISION_WAREHOUSES)
def cancel(request: HttpRequest, principal: Principal, job_id: UUID) -> HttpResponse:
    """Stop before the next resource."""
    try:
        services.cancel(principal, job_id)
    except IllegalTransition as error:
        return overtaken(request, error, "change", job_id)
    return done(request, "It stops before its next resource.", "change", job_id)
