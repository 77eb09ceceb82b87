import socket
from pathlib import Path

import pytest
from django.test import Client

from oneclick.project.environment import Environment, read_environment
from oneclick.project.hosts import allowed_hosts


def read(tmp_path: Path, **settings: str) -> Environment:
    return read_environment({"ONECLICK_HOME": str(tmp_path), **settings})


@pytest.fixture
def hosts(settings: object, tmp_path: Path) -> None:
    """Those of an installation with an address of its own."""
    given = {"ONECLICK_EXTERNAL_URL": "https://DWH.example.com/", "ONECLICK_ALLOWED_HOSTS": "intern, .example.org"}
    settings.ALLOWED_HOSTS = allowed_hosts(read(tmp_path, **given))  # type: ignore[attr-defined] # Django's


@pytest.mark.parametrize(
    "host",
    ["localhost:9000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST", "dwh.example.com", "dwh.example.com:443",
     "intern:8000", "a.example.org"],
)  # fmt: skip
def test_it_answers_under_its_own_names_on_any_port(client: Client, hosts: None, host: str) -> None:
    assert client.get("/api/openapi.json", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example.net", "example.com", "127.0.0.1.evil.net", "a b", "10.0.0.1"])
def test_it_refuses_other_names_in_words(client: Client, hosts: None, host: str) -> None:
    answer = client.get("/api/openapi.json", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unknown_host"
    assert "ONECLICK_ALLOWED_HOSTS" in answer.json()["error"]["hint"]
    page = client.get("/", headers={"Host": host})
    assert page.status_code == 400
    assert "ONECLICK_ALLOWED_HOSTS" in page.content.decode()


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
@pytest.mark.django_db
def test_whoever_watches_it_may_ask_by_any_address(client: Client, hosts: None, path: str) -> None:
    assert client.get(path, headers={"Host": "10.0.0.1:8000"}).status_code == 200


def test_it_answers_under_the_address_it_listens_on(tmp_path: Path) -> None:
    assert "10.1.2.3" in allowed_hosts(read(tmp_path, ONECLICK_BIND="10.1.2.3"))
    assert "[fd00::1]" in allowed_hosts(read(tmp_path, ONECLICK_BIND="fd00::1"))


@pytest.mark.parametrize("every", ["0.0.0.0", "::"])  # noqa: S104 - read, not bound
def test_it_answers_under_each_own_address_where_it_listens_on_all(tmp_path: Path, every: str) -> None:
    found = allowed_hosts(read(tmp_path, ONECLICK_BIND=every))
    assert socket.gethostname().lower() in found
    assert "127.0.0.1" in found
    assert every not in found
    assert "*" not in found
