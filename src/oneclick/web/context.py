"""What every page's frame can ask for."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from oneclick.web.navigation import entries, frequent
from oneclick.web.site import FOOT, HEAD, links
from oneclick.web.viewer import viewer_of
from oneclick.web.zones import CHOSEN_ZONE

THEMES = ("light", "dark")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Who looks, and the places and links that they see (found out when asked for); theme and time zone as chosen."""
    theme = request.COOKIES.get("theme", "")
    return {
        "viewer": SimpleLazyObject(lambda: viewer_of(request)),
        "navigation": SimpleLazyObject(lambda: entries(request)),
        "frequent_places": SimpleLazyObject(lambda: frequent(entries(request))),
        "site_head": SimpleLazyObject(lambda: links(HEAD)),
        "site_foot": SimpleLazyObject(lambda: links(FOOT)),
        "theme": theme if theme in THEMES else "",
        "chosen_zone": getattr(request, CHOSEN_ZONE, ""),
        "has_style_page": settings.STYLE_PAGE,
    }
