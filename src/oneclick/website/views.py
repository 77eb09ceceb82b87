"""The public pages: nothing here needs a sign-in, and nothing shows whose data is stored."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What runs here and what to do next."""
    return render(request, "website/home.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere, with the way back."""
    return render(request, "website/not_found.html", status=404)
