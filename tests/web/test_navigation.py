from collections.abc import Iterator

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from oneclick.core.registry import Registry
from oneclick.web import navigation, viewer
from oneclick.web.navigation import NavItem, entries, frequent, register
from oneclick.web.viewer import NOBODY, Viewer, tell_viewer, viewer_of


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(navigation, "_items", Registry("Navigation item"))
    monkeypatch.setattr(viewer, "_tellers", [])
    monkeypatch.setattr(navigation, "reverse", lambda name: {"home": "/", "api": "/api/", "docs": "/api/docs"}[name])
    return


def at(path: str) -> HttpRequest:
    return RequestFactory().get(path)


def test_places_stand_in_their_order_and_those_below_come_last() -> None:
    register(NavItem(label="Settings", url_name="docs", icon="settings", group="below", order=10))
    register(NavItem(label="SQL", url_name="api", icon="database", order=70))
    register(NavItem(label="Overview", url_name="home", icon="house", order=20))

    assert [entry.item.label for entry in entries(at("/"))] == ["Overview", "SQL", "Settings"]


def test_a_place_that_needs_a_right_is_shown_to_who_has_it() -> None:
    register(NavItem(label="Team", url_name="home", icon="users", permission="team.read"))
    assert entries(at("/")) == ()

    tell_viewer(lambda request: Viewer(name="Ada", may=lambda permission: permission == "team.read"))
    assert [entry.item.label for entry in entries(at("/"))] == ["Team"]


def test_a_narrow_screen_has_the_frequent_places_or_else_the_first_ones() -> None:
    register(NavItem(label="Overview", url_name="home", icon="house", order=10))
    register(NavItem(label="SQL", url_name="api", icon="database", order=20))
    assert [entry.item.label for entry in frequent(entries(at("/")))] == ["Overview", "SQL"]

    register(NavItem(label="Flows", url_name="docs", icon="workflow", order=30, is_frequent=True))
    assert [entry.item.label for entry in frequent(entries(at("/")))] == ["Flows"]


@pytest.mark.parametrize(
    ("path", "current"), [("/api/docs", ["docs"]), ("/api/docs/x", ["docs"]), ("/api/", ["api"]), ("/apix", ["home"])]
)
def test_the_current_place_is_the_nearest_above_the_address(path: str, current: list[str]) -> None:
    for name in ("home", "api", "docs"):
        register(NavItem(label=name, url_name=name, icon="house"))

    assert [entry.item.label for entry in entries(at(path)) if entry.is_current] == current


def test_two_places_for_one_address_are_a_mistake() -> None:
    register(NavItem(label="Team", url_name="home", icon="users"))

    with pytest.raises(ValueError, match="twice"):
        register(NavItem(label="People", url_name="home", icon="users"))


def test_who_looks_is_asked_once_per_request_and_nobody_is_an_answer() -> None:
    asked: list[HttpRequest] = []
    request = at("/")
    assert viewer_of(at("/")) is NOBODY

    tell_viewer(lambda request: (asked.append(request), Viewer(email="ada@example.com"))[1])
    assert viewer_of(request).is_known
    assert viewer_of(request).is_known
    assert asked == [request]
