import contextlib
import re

from django.test import Client

from oneclick.cli import COMMANDS


def test_the_start_page_says_what_to_do_next_and_its_links_lead_somewhere(
    transactional_db: None, client: Client
) -> None:
    page = client.get("/")

    text = page.content.decode()
    assert page.status_code == 200
    assert "Your installation is running" in text
    links = set(re.findall(r'(?:href|src)="(/[^"]*)"', text))
    assert links >= {"/api/docs", "/readyz", "/metrics"}
    for link in links:
        with contextlib.closing(client.get(link)) as answer:
            assert answer.status_code == 200, link
    commands = set(re.findall(r"oneclick ([a-z]+)", text))
    assert commands <= {name for group in COMMANDS.values() for name in group}


def test_an_address_that_leads_nowhere_shows_the_way_back(client: Client) -> None:
    page = client.get("/nope")

    assert page.status_code == 404
    assert "This page doesn't exist" in page.content.decode()
    assert 'href="/"' in page.content.decode()


def test_the_start_page_runs_no_script_and_asks_no_other_host(client: Client) -> None:
    text = client.get("/").content.decode()

    assert "<script" not in text
    assert "https://" not in text
    assert "http://" not in text
