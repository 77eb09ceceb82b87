import contextlib
import re
from typing import Any

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from oneclick.cli import COMMANDS
from oneclick.project import urls


def test_the_start_page_says_what_to_do_next_and_its_links_lead_somewhere(
    transactional_db: None, client: Client
) -> None:
    page = client.get("/")

    text = page.content.decode()
    assert page.status_code == 200
    assert "A data warehouse, after one click" in text
    links = set(re.findall(r'(?:href|src)="(/[^"#]*)"', text))
    assert links >= {"/api/docs", "/readyz", "/metrics"}
    for link in links:
        with contextlib.closing(client.get(link)) as answer:
            assert answer.status_code == 200, link
    commands = set(re.findall(r"oneclick ([a-z]+)", text))
    assert commands <= {name for group in COMMANDS.values() for name in group}


def test_the_start_page_asks_no_other_host_and_has_no_script_of_its_own(client: Client) -> None:
    text = client.get("/").content.decode()

    assert re.findall(r"<script[^>]*>", text) == ['<script type="module" src="/static/web/app.js">']
    assert "https://" not in text
    assert "http://" not in text


def test_an_address_that_leads_nowhere_shows_the_way_back(client: Client) -> None:
    page = client.get("/nope")

    assert page.status_code == 404
    assert "This page doesn't exist" in page.content.decode()
    assert 'href="/"' in page.content.decode()


def test_search_engines_find_the_public_pages_and_nothing_else(client: Client, settings: Any) -> None:
    settings.ONECLICK_ORIGIN = "https://dwh.example.com"

    robots, sitemap = client.get("/robots.txt"), client.get("/sitemap.xml")

    assert robots["Content-Type"] == "text/plain"
    assert "Disallow: /\nSitemap: https://dwh.example.com/sitemap.xml\n" in robots.content.decode()
    assert re.findall("<loc>(.*?)</loc>", sitemap.content.decode()) == ["https://dwh.example.com/"]


def raising(error: Exception) -> list[object]:
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return [path("fails", view)]


handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
urlpatterns: list[object] = []


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (BadRequest(), 400, "can't be read"),
        (PermissionDenied(), 403, "An admin of your organisation"),
        (DatabaseError("password=hunter2"), 500, "The fault is ours"),
    ],
)
def test_what_goes_wrong_has_a_page_in_words_that_needs_no_database(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, words: str
) -> None:
    urlpatterns[:] = raising(error)
    client.raise_request_exception = False

    page = client.get("/fails", headers={"X-Correlation-ID": "the-number-of-it"})

    text = page.content.decode()
    assert page.status_code == status
    assert words in text
    assert "hunter2" not in text
    assert ("the-number-of-it" in text) == (status == 500)
