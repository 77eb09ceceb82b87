"""Connecting an account over REST: what is asked for, what is kept, what a check says."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from psycopg.conninfo import conninfo_to_dict

from oneclick.stack.postgres import EmbeddedPostgres
from tests.accounts.conftest import signed_in
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(cast: Cast) -> Client:
    return signed_in(cast.admin)


def wanted(**config: str) -> dict[str, Any]:
    """A connection to the server of the test run; `password` goes where secrets go."""
    server = conninfo_to_dict(EmbeddedPostgres(settings.HOME).superuser_url())
    known = {name: str(server[name]) for name in ("host", "port", "user", "password")} | config
    secrets = {"password": known.pop("password")}
    return {"provider": "postgresql", "name": "ours", "config": known, "secrets": secrets}


def post(client: Client, path: str, body: object = None) -> tuple[int, Any]:
    answer = client.post(f"/api/{path}", body or {}, content_type="application/json")
    return answer.status_code, answer.json()


def test_providers_say_what_must_be_known(admin: Client) -> None:
    found = {each["provider"]: each for each in admin.get("/api/providers").json()}

    assert not found["local"]["needs_account"]
    secret = {field["name"]: field["is_secret"] for field in found["postgresql"]["fields"]}
    assert secret["password"]
    assert not secret["host"]
    steps = admin.get("/api/providers/postgresql/setup-steps").json()
    assert "CREATE ROLE" in steps[0]["statement"]
    assert steps[0]["revoke"]
    assert admin.get("/api/providers/nowhere/setup-steps").status_code == 422


def test_an_account_is_connected_checked_and_listed_without_its_secret(admin: Client) -> None:
    body = wanted()
    status, made = post(admin, "account-links", body)
    assert status == 201
    assert body["secrets"]["password"] not in str(made)

    status, checks = post(admin, f"account-links/{made['id']}/check")
    assert status == 200
    assert {check["result"] for check in checks} == {"passed"}
    assert [each["id"] for each in admin.get("/api/account-links").json()["items"]] == [made["id"]]
    assert post(admin, "account-links", body)[0] == 409


def test_a_check_names_what_is_wrong(admin: Client) -> None:
    _, made = post(admin, "account-links", wanted(password="wrong"))

    status, answer = post(admin, f"account-links/{made['id']}/check")

    assert status in (200, 422)
    assert "password" in str(answer).lower() or "failed" in str(answer)


@pytest.mark.parametrize(
    "change",
    [{"provider": "nowhere"}, {"config": {"host": "h", "user": "u", "colour": "red"}}, {"secrets": {}}, {"name": ""}],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(admin: Client, change: dict[str, Any]) -> None:
    status, answer = post(admin, "account-links", wanted() | change)

    assert status == 422
    assert answer["error"]["message"]
    assert admin.get("/api/account-links").json()["items"] == []


def test_a_connection_is_removed_once_and_is_gone(admin: Client) -> None:
    _, made = post(admin, "account-links", wanted())

    assert admin.delete(f"/api/account-links/{made['id']}").status_code == 204

    assert admin.get("/api/account-links").json()["items"] == []
    assert admin.delete(f"/api/account-links/{made['id']}").status_code == 404
