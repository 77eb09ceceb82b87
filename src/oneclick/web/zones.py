"""Time zones: which there are, and which one holds for a request."""

import zoneinfo
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "time_zone"
"""Where the browser says its own zone: a script keeps it right. Believed only if it is the name of one."""
CHOSEN_ZONE = "oneclick_chosen_zone"
"""Where a request keeps the name of the zone that somebody chose for themselves."""
_CONTINENTS = frozenset(
    {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)

Chosen = Callable[[HttpRequest], str]
"""The name of the zone that whoever asks has chosen; empty where they haven't, or nobody is known."""

_told: list[Chosen] = []


def tell_zone(chosen: Chosen) -> None:
    """Say who chose which zone: called once, in the `AppConfig.ready()` of the room that knows."""
    _told[:] = [chosen]


@cache
def names() -> frozenset[str]:
    """Every zone that can be chosen, such as Europe/Berlin."""
    return frozenset({"UTC", *(name for name in _known() if name.partition("/")[0] in _CONTINENTS)})


@cache
def by_continent() -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    """Continent → (name, how people read it), both in order."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(names() - {"UTC"}):
        continent, _, place = name.partition("/")
        found.setdefault(continent, []).append((name, place.replace("_", " ").replace("/", ", ")))
    return tuple((continent, tuple(places)) for continent, places in found.items())


@cache
def _known() -> frozenset[str]:
    """Reading the folder of zones takes a while."""
    return frozenset(zoneinfo.available_timezones())


def zone_named(name: str) -> tzinfo | None:
    """The zone of that name, if there is one."""
    return zoneinfo.ZoneInfo(name) if name in _known() else None


class TimeZoneMiddleware:
    """Puts in force the zone that somebody chose, else their browser's, else UTC, for all that a page says."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        chosen = _told[0](request) if _told else ""
        setattr(request, CHOSEN_ZONE, chosen)
        with timezone.override(zone_named(chosen) or zone_named(request.COOKIES.get(COOKIE, "")) or UTC):
            return self.get_response(request)
