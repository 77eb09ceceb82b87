"""Our own PostgreSQL goes away while the web process runs: whoever asks is told so, as a page or in the API's shape."""

from typing import Any

import pytest
from django.db import connections
from django.test import Client

from tests.accounts.conftest import signed_in
from tests.cast import Cast
from tests.project.conftest import Caller

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(cast: Cast) -> Client:
    client = signed_in(cast.admin)
    client.raise_request_exception = False
    return client


@pytest.fixture
def away(browser: Client, as_admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nobody listens where the database was. Without a pool, which would go on trying for its time."""
    database = connections["default"]
    database.close()
    monkeypatch.setitem(database.settings_dict, "PORT", "1")
    options = {name: value for name, value in database.settings_dict["OPTIONS"].items() if name != "pool"}
    monkeypatch.setitem(database.settings_dict, "OPTIONS", options)


def refused(answer: Any) -> bool:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (503, "database_unreachable")
    assert "oneclick doctor" in error["hint"]
    return bool(error["message"] and error["correlation_id"])


def test_a_program_gets_the_code_and_the_cure(away: None, as_admin: Caller) -> None:
    assert refused(as_admin("GET", "/api/warehouses"))
    assert refused(as_admin("POST", "/api/warehouses", {"provider": "local", "name": "sales"}))


def test_so_does_a_script_of_our_own_pages(away: None, browser: Client) -> None:
    assert refused(browser.get("/api/warehouses"))


@pytest.mark.parametrize("path", ["/", "/overview", "/warehouses", "/sign-in/", "/account/"])
def test_a_page_says_it_in_words(away: None, browser: Client, path: str) -> None:
    page = browser.get(path)

    words = page.content.decode()
    assert page.status_code == 503
    assert "can&#x27;t be reached" in words
    assert "oneclick doctor" in words
    assert page.headers["X-Correlation-ID"] in words


def test_a_form_that_was_sent_says_it_too(away: None, browser: Client) -> None:
    assert browser.post("/sign-in/local", {"email": "a@example.com", "password": "x", "code": "1"}).status_code == 503


def test_whoever_watches_is_answered_whatever_cookie_comes_along(away: None, browser: Client) -> None:
    assert browser.get("/healthz").status_code == 200
