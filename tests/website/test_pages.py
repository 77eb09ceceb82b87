import contextlib
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from oneclick.billing.tiers import BUILT, PREMIUM, TIERS
from oneclick.cli import COMMANDS
from oneclick.project import urls

PAGES = ("/", "/products", "/pricing", "/services", "/about")


def test_commands_on_the_start_page_exist(client: Client) -> None:
    commands = set(re.findall(r"oneclick ([a-z]+)", client.get("/").content.decode()))
    assert commands <= {name for group in COMMANDS.values() for name in group}


@pytest.mark.parametrize("path", PAGES)
def test_a_public_page_asks_no_other_host_and_has_no_script_of_its_own(client: Client, path: str) -> None:
    text = client.get(path).content.decode()

    assert re.findall(r"<script[^>]*>", text) == ['<script type="module" src="/static/web/app.js">']
    named = set(re.findall(r"https?://[^/\"]+", text))
    assert named - {"http://www.w3.org"} == {"http://127.0.0.1:8000"}, "but for its own address, and SVG's name"


@pytest.mark.parametrize("path", PAGES)
def test_a_public_page_says_what_it_is_to_search_engines(client: Client, settings: Any, path: str) -> None:
    settings.ONECLICK_ORIGIN = "https://dwh.example.com"
    text = client.get(path).content.decode()

    assert f'<link rel="canonical" href="https://dwh.example.com{path}">' in text
    (description,) = re.findall(r'<meta name="description" content="(.*?)">', text)
    assert 40 < len(description) < 160
    others = [client.get(other).content.decode() for other in PAGES if other != path]
    assert not any(f'content="{description}"' in other for other in others)


def test_the_start_page_is_light(transactional_db: None, client: Client) -> None:
    """With style sheet, script and pictures, before compression."""
    text = client.get("/").content.decode()
    loaded = set(re.findall(r'(?:src|rel="(?:stylesheet|icon)" href)="(/static/[^"]+)"', text))
    assert len(loaded) >= 3
    size = len(text.encode())
    for each in loaded:
        with contextlib.closing(client.get(each)) as answer:
            size += len(answer.getvalue())

    assert size < 100_000


def test_prices_come_from_the_tiers_and_premium_can_t_be_chosen_yet(client: Client) -> None:
    text = client.get("/pricing").content.decode()

    for tier in TIERS:
        assert all(feature.name in text for feature in tier.adds)
    assert "In preparation" in text
    assert "Begin with Basic" in text
    assert "Begin with Premium" not in text


def test_premium_can_be_chosen_once_its_features_are_there(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for feature in PREMIUM.adds:
        monkeypatch.setitem(BUILT._entries, feature.key, feature)

    assert "Begin with Premium" in client.get("/pricing").content.decode()


def test_the_operator_fills_the_legal_pages(client: Client, settings: Any, tmp_path: Path) -> None:
    assert "Imprint" not in client.get("/").content.decode()
    assert client.get("/legal/imprint").status_code == 404
    settings.ONECLICK_LEGAL_FOLDER = tmp_path
    (tmp_path / "imprint.txt").write_text("Acme Ltd <script>alert(1)</script>\n\nhttps://acme.example")
    (tmp_path / "terms.txt").write_text(" \n")

    assert 'href="/legal/imprint"' in client.get("/").content.decode()
    text = client.get("/legal/imprint").content.decode()
    assert "<p>Acme Ltd &lt;script&gt;" in text
    assert '<a href="https://acme.example"' in text
    for key in ("privacy", "terms", "passwd", "..%2fimprint"):
        assert client.get(f"/legal/{key}").status_code == 404


def test_an_address_that_leads_nowhere_shows_the_way_back(client: Client) -> None:
    page = client.get("/nope")

    assert page.status_code == 404
    assert "This page doesn't exist" in page.content.decode()
    assert 'href="/"' in page.content.decode()


def test_search_engines_find_the_public_pages_and_nothing_else(client: Client, settings: Any) -> None:
    settings.ONECLICK_ORIGIN = "https://dwh.example.com"

    robots, sitemap = client.get("/robots.txt"), client.get("/sitemap.xml")

    assert all(f"Allow: {path}$\n" in robots.content.decode() for path in PAGES)
    assert robots["Content-Type"] == "text/plain"
    assert "Disallow: /\nSitemap: https://dwh.example.com/sitemap.xml\n" in robots.content.decode()
    assert re.findall("<loc>(.*?)</loc>", sitemap.content.decode()) == [
        f"https://dwh.example.com{path}" for path in PAGES
    ]


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
