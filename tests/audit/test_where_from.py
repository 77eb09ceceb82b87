"""Each event of a request says which address it came from; what no request did says nothing."""

import csv
import hashlib
import io
import ipaddress
import json
from datetime import UTC
from typing import Any

import pytest

from oneclick.accounts.roles import Role
from oneclick.accounts.services import operator_principal
from oneclick.accounts.tokens import create_service_account
from oneclick.audit.chain import StoredEvent
from oneclick.audit.models import AuditEvent
from oneclick.audit.sealing import seal_all
from oneclick.audit.verification import verify
from oneclick.core.caller import calling_from
from tests.accounts.conftest import Api, signed_in, with_token
from tests.audit.conftest import Write
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def newest(action: str) -> AuditEvent:
    return AuditEvent.objects.filter(action=action).latest("id")


def test_pages_and_api_tell_where_a_request_comes_from(cast: Cast) -> None:
    browser = signed_in(cast.admin)
    browser.post("/tokens/service-accounts", {"name": "one", "role": "reader"}, REMOTE_ADDR="192.0.2.7")
    assert newest("service_account.created").address == "192.0.2.7"

    api = with_token(cast.admin)
    api.client.defaults["REMOTE_ADDR"] = "2001:db8::7"
    assert api("POST", "/api/service-accounts", {"name": "two"}).status_code == 201
    assert newest("service_account.created").address == "2001:db8::7"


def test_a_proxy_is_believed_where_it_was_named(cast: Cast, settings: Any) -> None:
    forwarded = {"X-Forwarded-For": "198.51.100.9, 10.0.0.2"}
    browser = signed_in(cast.admin)

    def address_seen(name: str) -> str:
        form = {"name": name, "role": "reader"}
        browser.post("/tokens/service-accounts", form, REMOTE_ADDR="10.0.0.1", headers=forwarded)
        return newest("service_account.created").address

    assert address_seen("one") == "10.0.0.1"
    settings.ONECLICK_TRUSTED_PROXIES = (ipaddress.ip_network("10.0.0.0/24"),)
    assert address_seen("two") == "198.51.100.9"


def test_what_no_request_did_has_no_address(cast: Cast) -> None:
    create_service_account(operator_principal(cast.organisation), name="one", role=Role.READER)

    assert newest("service_account.created").address == ""


def test_the_page_and_the_export_show_it(cast: Cast) -> None:
    with calling_from("192.0.2.7"):
        create_service_account(cast.admin, name="one", role=Role.READER)
    create_service_account(cast.admin, name="two", role=Role.READER)
    browser, api = signed_in(cast.admin), with_token(cast.admin)

    assert "192.0.2.7" in browser.get("/audit").content.decode()
    exported = browser.get("/audit/export?address=192.0.2.7").getvalue().decode()
    assert [(row["action"], row["address"]) for row in csv.DictReader(io.StringIO(exported))] == [
        ("service_account.created", "192.0.2.7")
    ]
    assert _addresses(api, "?address=192.0.2.7") == ["192.0.2.7"]
    assert _addresses(api, "?action=service_account") == ["", "192.0.2.7"]


def _addresses(api: Api, query: str) -> list[str]:
    return [each["address"] for each in api("GET", f"/api/audit{query}").json()["items"]]


def test_it_is_sealed_and_older_seals_hold(write: Write) -> None:
    older = write(1)
    with calling_from("192.0.2.7"):
        assert write(2).address == "192.0.2.7"
    seal_all()

    assert verify().is_whole
    assert _digest(older, address="") == _digest_before_addresses(older)
    assert _digest(older, address="192.0.2.7") != _digest(older, address="")


def _digest(event: AuditEvent, *, address: str) -> bytes:
    return StoredEvent(
        id=event.id, at=event.at, organisation_id=event.organisation_id, actor=event.actor, action=event.action,
        target_kind=event.target_kind, target_id=event.target_id, detail="{}", correlation_id=event.correlation_id,
        address=address,
    ).digest  # fmt: skip


def _digest_before_addresses(event: AuditEvent) -> bytes:
    """As release 0.1.0 made it."""
    parts = [
        "oneclick audit event 1", str(event.id), event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        str(event.organisation_id), event.actor, event.action, event.target_kind, event.target_id, "{}",
        event.correlation_id,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode()).digest()
