"""The public pages: nothing here needs a sign-in, and nothing shows whose data is stored."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from oneclick.core.correlation import current_correlation_id

PUBLIC = ("home",)
"""The names of those that search engines should find."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, for whom, how long it takes, and how to begin."""
    return render(request, "website/home.html")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read: the public pages."""
    return render(request, "website/robots.txt", {"origin": settings.ONECLICK_ORIGIN}, content_type="text/plain")


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The public pages, for search engines."""
    found = {"origin": settings.ONECLICK_ORIGIN, "addresses": [reverse(name) for name in PUBLIC]}
    return render(request, "website/sitemap.xml", found, content_type="application/xml")


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


def _alone(template: str, *, status: int) -> HttpResponse:
    """Without the request: what a page's context asks of session and database may be what just failed."""
    return HttpResponse(render_to_string(template, {"correlation_id": current_correlation_id()}), status=status)
