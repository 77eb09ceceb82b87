"""Nothing of ours calls out but through the guard."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import oneclick

HOUSE = Path(oneclick.__path__[0])
CALLS_OUT = {"urllib.request", "urllib3", "http.client", "httpx", "aiohttp", "ftplib", "smtplib", "websockets"}
HARMLESS_OF_REQUESTS = {"requests.RequestException", "requests.Response", "requests.codes", "requests.exceptions"}
KNOWN = {
    ("project/stack.py", "http.client"): "asks our own web process whether it is ready",
    ("pipelines/templates/api_ingestion/fetching.py", "requests.Session"): "names the type of the guard's own session",
    ("pipelines/templates/airbyte/proxy.py", "socket.create_connection"): "goes to the address that the guard checked",
    ("notifications/smtp.py", "smtplib"): "calls the operator's mail server, which nobody else can name",
}


def ways_around(source: str) -> Iterator[str]:
    """Each use of something that could call out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in CALLS_OUT)
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = [f"{node.module}.{each.name}" for each in node.names]
            yield from (node.module for _ in full[:1] if node.module in CALLS_OUT)
            yield from (each for each in full if each in CALLS_OUT or _is_of_requests(each))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            full_name = f"{node.value.id}.{node.attr}"
            if full_name == "socket.create_connection" or _is_of_requests(full_name):
                yield full_name


def _is_of_requests(name: str) -> bool:
    return name.startswith("requests.") and not name.startswith(tuple(HARMLESS_OF_REQUESTS))


def test_nothing_calls_out_but_through_the_guard() -> None:
    found = {
        (str(file.relative_to(HOUSE)), way)
        for file in HOUSE.rglob("*.py")
        if file.parent.name != "outbound"
        for way in ways_around(file.read_text())
    }

    assert found - set(KNOWN) == set(), "Use oneclick.outbound.session or check."
    assert set(KNOWN) <= found


@pytest.mark.parametrize(
    "source",
    [
        "import requests\nrequests.get('x')",
        "import requests\nrequests.Session()",
        "from requests import Session",
        "from requests.adapters import HTTPAdapter",
        "import urllib.request",
        "from urllib import request",
        "from urllib.request import urlopen",
        "from http import client",
        "import httpx",
        "import socket\nsocket.create_connection(('x', 1))",
    ],
)
def test_a_way_around_would_be_noticed(source: str) -> None:
    assert list(ways_around(source))


def test_errors_and_status_codes_are_no_way_around() -> None:
    assert not list(ways_around("import requests\nrequests.RequestException\nrequests.codes.ok\nimport urllib.parse"))
