"""The public pages: nothing here needs a sign-in, and nothing shows whose data is stored."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from oneclick.billing.tiers import TIERS
from oneclick.core.correlation import current_correlation_id
from oneclick.core.errors import OneClickError
from oneclick.warehouses import registry
from oneclick.website.legal import legal_page

DESCRIPTIONS: Mapping[str, str] = {
    "home": "For teams without a data engineer: a data warehouse of your own, set up in about a second, "
    "with your files in it and answers in SQL.",
    "products": "What One-Click DWH does today, from the warehouse to the answer, and what is in preparation.",
    "pricing": "Basic and Premium side by side. You run it yourself, and it costs nothing.",
    "services": "How One-Click DWH is run, kept up and helped with: by your own people, with what is in the box.",
    "about": "What One-Click DWH is for, what it promises, and what it leaves to you.",
}
"""What search engines and previews say about each page."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, for whom, how long it takes, and how to begin."""
    return _page(request, "home", tiers=TIERS)


@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """What it does, feature by feature, as far as this installation has it; and where a warehouse can live."""
    providers = [registry.adapter_class(each).facts for each in registry.providers()]
    features = {feature.key: feature for tier in TIERS for feature in tier.adds}
    return _page(request, "products", providers=providers, features=features)


@require_safe
def pricing(request: HttpRequest) -> HttpResponse:
    """The tiers, side by side."""
    return _page(request, "pricing", tiers=TIERS)


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """Who runs it, and where help is."""
    return _page(request, "services")


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What it is for, and which version this is."""
    return _page(request, "about", version=version("one-click-dwh"))


@require_safe
def legal(request: HttpRequest, key: str) -> HttpResponse:
    """The operator's own words."""
    page = legal_page(settings.ONECLICK_LEGAL_FOLDER, key)
    if page is None:
        raise Http404
    return render(request, "website/legal.html", {"page": page})


def _page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    shared = {"description": DESCRIPTIONS[name], "canonical": settings.ONECLICK_ORIGIN + request.path}
    return render(request, f"website/{name}.html", shared | context)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read: the public pages."""
    return render(request, "website/robots.txt", _addresses(), content_type="text/plain")


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The public pages, for search engines."""
    return render(request, "website/sitemap.xml", _addresses(), content_type="application/xml")


def _addresses() -> dict[str, Any]:
    return {"origin": settings.ONECLICK_ORIGIN, "addresses": [reverse(name) for name in DESCRIPTIONS]}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that a browser doesn't make."""
    return _alone("website/bad_request.html", status=400)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Somebody without the right, and who can grant it."""
    return _alone("website/not_allowed.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere, with the way back."""
    return _alone("website/not_found.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """A fault of ours, with the number that finds it in the log."""
    return _alone("website/broken.html", status=500)


def unavailable(error: OneClickError, *, status: int) -> HttpResponse:
    """What the installation needs is away, such as its database: what it is, and the cure for whoever runs it."""
    return _alone("website/unavailable.html", status=status, error=error)


def _alone(template: str, *, status: int, **context: object) -> HttpResponse:
    """Without the request: what a page's context asks of session and database may be what just failed."""
    context["correlation_id"] = current_correlation_id()
    return HttpResponse(render_to_string(template, context), status=status)
