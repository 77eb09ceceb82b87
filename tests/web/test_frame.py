import re

import pytest
from django.test import Client


def test_a_page_may_load_only_from_its_own_origin_and_run_nothing_inline(client: Client) -> None:
    policy = dict(part.split(" ", 1) for part in client.get("/")["Content-Security-Policy"].split("; "))

    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }


def test_the_style_page_is_for_development(client: Client, settings: object) -> None:
    assert client.get("/style").status_code == 404

    settings.STYLE_PAGE = True
    assert client.get("/style").status_code == 200


def test_the_style_sheet_is_part_of_the_installation(client: Client) -> None:
    answer = client.get("/static/web/app.css")

    assert answer.status_code == 200
    assert "text/css" in answer["Content-Type"]
    assert b".button-primary" in b"".join(answer.streaming_content)


@pytest.mark.parametrize(("cookie", "theme"), [("dark", ' data-theme="dark"'), ('"><script>', ""), ("", "")])
def test_chosen_colours_are_there_before_any_script_runs(client: Client, cookie: str, theme: str) -> None:
    client.cookies["theme"] = cookie

    assert f'<html lang="en"{theme}>' in client.get("/").content.decode()


def test_the_console_has_one_main_heading_and_names_its_landmarks(client: Client, settings: object) -> None:
    settings.STYLE_PAGE = True
    html = client.get("/style").content.decode()

    assert len(re.findall(r"<h1", html)) == 1
    assert len(re.findall(r"<main", html)) == 1
    names = re.findall(r'<nav[^>]*aria-label="([^"]+)"', html)
    assert len(names) == len(set(names))
