"""`/accounts`: how we may act in the customer's accounts, whether that is still so, and its end."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from oneclick.accounts.pages import console_page, done, fresh, overtaken
from oneclick.accounts.paging import MORE, before_of, list_page
from oneclick.accounts.roles import Permission, Principal
from oneclick.warehouses import queries, registry, services
from oneclick.warehouses.contract.errors import ContractError
from oneclick.warehouses.errors import LinkInUse
from oneclick.warehouses.models import AccountLink

FORM = ["GET", "HEAD", "POST"]
admin_only = console_page(Permission.PROVISION_WAREHOUSES)


@require_safe
@admin_only
def accounts(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Every connection, with the warehouses that live there."""
    found = queries.account_links(principal.organisation_id, limit=MORE, before=before_of(request))
    page = list_page(request, found, key=lambda each: each.id)
    living = queries.living_in(page.items)
    lines = [(link, registry.title(link.provider), living[link.id]) for link in page.items]
    return render(request, "warehouses/accounts.html", {"page": page, "lines": lines})


@require_safe
@admin_only
def account(request: HttpRequest, principal: Principal, link_id: UUID) -> HttpResponse:
    """One connection; with `?now=1` what a look into the account finds."""
    link = queries.account_link(principal.organisation_id, link_id)
    labels = registry.labels(link.provider)
    context = _facts(link) | {
        "settings": [(labels.get(name, name), value) for name, value in link.config.items()],
        "secrets": [labels.get(name, name) for name in link.secret_refs],
    }
    if "now" in request.GET:
        try:
            context["checks"] = services.check_account(principal, link_id)
        except ContractError as error:
            context["failure"] = error
    return render(request, "warehouses/account.html", context)


@require_http_methods(FORM)
@admin_only
@fresh
def remove(request: HttpRequest, principal: Principal, link_id: UUID) -> HttpResponse:
    """What the end of a connection means, and what can be taken back in the account; POST ends it."""
    link = queries.account_link(principal.organisation_id, link_id)
    if request.method != "POST":
        return render(request, "warehouses/account_remove.html", _facts(link) | {"revokes": services.revokes(link)})
    try:
        services.disconnect_account(principal, link_id)
    except LinkInUse as error:
        return overtaken(request, error, "connected-account", link_id)
    return done(request, f"The connection {link.name} and its secrets are gone.", "connected-accounts")


def _facts(link: AccountLink) -> dict[str, object]:
    living = queries.living_in([link])[link.id]
    return {"link": link, "provider_title": registry.title(link.provider), "living": living}
