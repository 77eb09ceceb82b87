"""The plan's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from oneclick.accounts.pages import console_page, done
from oneclick.accounts.roles import Permission, Principal
from oneclick.billing.services import choose_tier, current_tier
from oneclick.billing.tiers import TIERS


@require_http_methods(["GET", "HEAD", "POST"])
@console_page()
def plan(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The plans side by side; POST chooses one."""
    if request.method == "POST":
        chosen = choose_tier(principal, request.POST.get("tier", ""))
        return done(request, f"Your plan is {chosen.name} now.", "plan")
    context = {
        "tiers": TIERS,
        "current": current_tier(principal),
        "may_choose": principal.may(Permission.CHOOSE_PLAN),
    }
    return render(request, "billing/plan.html", context)
