"""What the application says when the bridge asks about a request, before its body is read."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from oneclick.accounts.roles import Role
from oneclick.project import admission
from oneclick.project.admission import Admission
from oneclick.project.admitting import is_long
from oneclick.project.api import api
from oneclick.project.errors import BodyStalled, TooManyRequests
from tests.accounts.conftest import signed_in
from tests.cast import Cast, user
from tests.project.conftest import Caller

LOAD = "/api/warehouses/sales/load"
QUERY = "/api/warehouses/sales/query"

pytestmark = pytest.mark.django_db


def ask(path: str, asked: Admission, caller: Caller | None = None) -> HttpResponse:
    headers = {"Authorization": f"Bearer {caller.token}"} if caller else {}
    extra: dict[str, Any] = {admission.KEY: asked}
    return Client().generic("POST", path, headers=headers, **extra)


def test_a_member_may_bring_a_file_of_any_size_that_is_allowed(as_member: Caller, cast: Cast, settings: Any) -> None:
    asked = Admission(declared_bytes=5 << 20)
    assert ask(LOAD, asked, as_member).status_code == 204
    assert asked.organisation == str(cast.organisation.id)
    assert asked.max_bytes == settings.ENVIRONMENT.upload_mb << 20


@pytest.mark.parametrize(
    ("role", "path", "size", "refusal"),
    [
        (None, LOAD, 5 << 20, (401, "unauthenticated")),
        (None, QUERY, 10, (401, "unauthenticated")),
        (Role.READER, LOAD, 5 << 20, (403, "not_allowed")),
        (Role.MEMBER, LOAD, 1 << 50, (413, "body_too_large")),
        (Role.ADMIN, QUERY, 5 << 20, (413, "body_too_large")),
        (Role.ADMIN, "/api/warehouses", 5 << 20, (413, "body_too_large")),
        (Role.ADMIN, "/nowhere", None, (204, "")),
    ],
)
def test_it_decides_by_right_and_length_alone(
    caller_for: Callable[..., Caller], role: Role | None, path: str, size: int | None, refusal: tuple[int, str]
) -> None:
    status, code = refusal
    asked = Admission(declared_bytes=size)
    answer = ask(path, asked, caller_for(role) if role else None)
    assert answer.status_code == status
    assert asked.is_granted == (status == 204)
    if code:
        assert answer.json()["error"]["code"] == code


def test_an_upload_that_the_disk_cannot_hold_is_refused(as_member: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oneclick.project.admitting.FREE_BYTES", 1 << 60)
    answer = ask(LOAD, Admission(declared_bytes=5 << 20), as_member)
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "body_not_stored"


def test_whoever_is_signed_in_may_bring_what_they_could_with_a_token(cast: Cast) -> None:
    asked = Admission(declared_bytes=5 << 20)
    client = Client()
    client.force_login(user(cast.member))
    extra: dict[str, Any] = {admission.KEY: asked}
    assert client.generic("POST", LOAD, **extra).status_code == 204
    assert asked.organisation == str(cast.organisation.id)


LOOKS_INTO_THE_ACCOUNT = {"runQuery", "loadFile", "planWarehouse", "getLosses", "planRepair", "getStatus",
                          "destroyWarehouse", "listTables", "getTable", "listRows"}  # fmt: skip


def test_what_waits_for_servers_that_are_not_ours_takes_no_thread_of_the_pages() -> None:
    long = set()
    for path, methods in api.get_openapi_schema(path_prefix="/api/")["paths"].items():
        filled = re.sub(r"{\w+}", "0", path)
        long |= {operation["operationId"] for method, operation in methods.items() if is_long(method.upper(), filled)}
    assert long == LOOKS_INTO_THE_ACCOUNT


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sql"),
        ("GET", "/warehouses/0/tables"),
        ("GET", "/warehouses/0/table"),
        ("HEAD", "/warehouses/0/table"),
    ],
)
def test_pages_that_ask_a_warehouse_take_no_thread_of_the_others(method: str, path: str, cast: Cast) -> None:
    assert is_long(method, path)
    assert not is_long("GET", "/sql")

    asked = Admission(declared_bytes=None)
    extra: dict[str, Any] = {admission.KEY: asked}
    assert signed_in(cast.reader).generic(method, path, **extra).status_code == 204
    assert asked.organisation == str(cast.organisation.id)


def test_who_is_not_let_in_to_a_page_reads_a_page(cast: Cast) -> None:
    stranger: dict[str, Any] = {admission.KEY: Admission(declared_bytes=10)}
    assert Client().generic("POST", "/sql", **stranger)["Location"].startswith("/sign-in/")
    for asked, status in (
        (Admission(declared_bytes=None, failure=TooManyRequests()), 429),
        (Admission(declared_bytes=5 << 20), 413),
    ):
        extra: dict[str, Any] = {admission.KEY: asked}
        answer = signed_in(cast.reader).generic("POST", "/sql", **extra)
        assert answer.status_code == status
        assert b"<h1>" in answer.content
        assert not asked.is_granted


def test_it_puts_a_refusal_of_the_bridge_into_words() -> None:
    answer = ask(QUERY, Admission(declared_bytes=None, failure=TooManyRequests()))
    assert answer.status_code == 429
    assert answer["Retry-After"] == "5"
    assert answer.json()["error"]["hint"]
    assert ask(LOAD, Admission(declared_bytes=None, failure=BodyStalled())).status_code == 408


def test_no_client_can_ask_by_a_header(as_member: Caller) -> None:
    answer = as_member("POST", "/api/warehouses", {}, headers={"oneclick.admission": "x"})
    assert answer.status_code == 422
