"""What every page's frame can ask for."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from oneclick.web.navigation import entries
from oneclick.web.viewer import viewer_of

THEMES = ("light", "dark")


def frame(request: HttpRequest) -> dict[str, Any]:
    """`viewer`, `navigation` and `theme`; the first two are found out only where a template asks."""
    theme = request.COOKIES.get("theme", "")
    return {
        "viewer": SimpleLazyObject(lambda: viewer_of(request)),
        "navigation": SimpleLazyObject(lambda: entries(request)),
        "theme": theme if theme in THEMES else "",
        "has_style_page": settings.STYLE_PAGE,
    }
