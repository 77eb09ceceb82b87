"""`/overview`: what needs somebody, how the warehouses are, and what happened last."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from oneclick.accounts.pages import console_page
from oneclick.accounts.roles import Permission, Principal
from oneclick.provisioning import attention
from oneclick.provisioning.cards import cards_for
from oneclick.warehouses import queries as warehouses


@require_safe
@console_page(Permission.VIEW_WAREHOUSES)
def overview(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Where people arrive."""
    context = {
        "attention": attention.needed_by(principal),
        "has_warehouses": bool(warehouses.warehouses(principal.organisation_id, limit=1)),
        "cards": cards_for(principal),
        "may_create": principal.may(Permission.PROVISION_WAREHOUSES),
    }
    return render(request, "provisioning/overview.html", context)
