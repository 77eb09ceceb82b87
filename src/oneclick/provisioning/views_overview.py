"""`/overview`: what needs somebody, how the warehouses are, and what happened last."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from oneclick.accounts.pages import console_page
from oneclick.accounts.roles import Permission, Principal
from oneclick.provisioning import attention, queries, showing
from oneclick.provisioning.words import STATE_OF_WAREHOUSE
from oneclick.warehouses import queries as warehouse_queries

SHOWN = 6


@require_safe
@console_page(Permission.VIEW_WAREHOUSES)
def overview(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Where people arrive."""
    found = warehouse_queries.warehouses(principal.organisation_id, limit=SHOWN + 1)
    context = {
        "attention": attention.needed_by(principal),
        "lines": [
            (each, STATE_OF_WAREHOUSE[each.state], showing.provider_title(each.provider)) for each in found[:SHOWN]
        ],
        "has_more": len(found) > SHOWN,
        "newest": showing.shown_jobs(principal, queries.jobs(principal.organisation_id, limit=SHOWN)),
        "may_create": principal.may(Permission.PROVISION_WAREHOUSES),
    }
    return render(request, "provisioning/overview.html", context)
