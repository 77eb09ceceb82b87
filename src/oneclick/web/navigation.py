"""Which places the console has: each feature registers its own in `AppConfig.ready()`.

`order` is the place in the rail: overview 10, warehouses 20, data flows 30, dashboards 40, catalog 50, APIs 60, SQL 70;
in the group below: team 10, tokens 20, audit 30, settings 90.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest
from django.urls import reverse

from oneclick.core.registry import Registry
from oneclick.web.viewer import viewer_of

Group = Literal["work", "below"]


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """A place in the console; `permission` empty means: for everybody who is signed in.

    `icon` is a name of lucide's. `is_frequent` places are in the bottom bar of a narrow screen; it has room for four.
    """

    label: str
    url_name: str
    icon: str
    group: Group = "work"
    permission: str = ""
    order: int = 50
    is_frequent: bool = False


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A place as one request sees it."""

    item: NavItem
    url: str
    is_current: bool


FREQUENT = 4
"""How many places the bottom bar has room for, beside "More"."""
_KEPT_AS = "oneclick_places"
_items: Registry[NavItem] = Registry("Navigation item")


def register(item: NavItem) -> NavItem:
    """Add a place; call it in `AppConfig.ready()`."""
    return _items.register(item.url_name, item)


def registered() -> tuple[NavItem, ...]:
    """Every place, in the rail's order."""
    return tuple(sorted(_items, key=lambda item: (item.group != "work", item.order)))


def entries(request: HttpRequest) -> tuple[Entry, ...]:
    """The places that the viewer may enter, in the rail's order."""
    known: tuple[Entry, ...] | None = getattr(request, _KEPT_AS, None)
    return known or show_places(request, _allowed(request))


def frequent(places: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Those for the bottom bar of a narrow screen; where none asked for it, the first ones."""
    return (tuple(place for place in places if place.item.is_frequent) or places)[:FREQUENT]


def show_places(request: HttpRequest, places: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Let the rest of this request see `places`."""
    setattr(request, _KEPT_AS, places)
    return places


def _allowed(request: HttpRequest) -> tuple[Entry, ...]:
    viewer = viewer_of(request)
    allowed = [item for item in registered() if not item.permission or viewer.may(item.permission)]
    urls = {item.url_name: reverse(item.url_name) for item in allowed}
    current = _current(request.path, urls.values())
    return tuple(
        Entry(item=item, url=urls[item.url_name], is_current=urls[item.url_name] == current) for item in allowed
    )


def _current(path: str, urls: Iterable[str]) -> str:
    """The longest address that `path` is or lies below, so that /settings/sign-in isn't also /settings."""
    above = [url for url in urls if path == url or path.startswith(url.rstrip("/") + "/")]
    return max(above, key=len, default="")
