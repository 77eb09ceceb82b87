import csv
import io
import json

import pytest
from django.conf import settings

from oneclick.accounts.models import ApiToken, Invitation, Membership, ServiceAccount
from oneclick.accounts.roles import Role
from oneclick.audit.models import AuditEvent
from oneclick.audit.services import record
from oneclick.core.ids import new_id
from tests.accounts.conftest import Api, with_token
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def code(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]  # type: ignore[attr-defined]  # a response


def test_the_organisation_is_shown_and_renamed(as_admin: Api, as_member: Api, cast: Cast) -> None:
    assert as_admin("PATCH", "/api/organisation", {"name": "Acme Data"}).json()["name"] == "Acme Data"

    assert as_member("GET", "/api/organisation").json()["name"] == "Acme Data"
    assert code(as_member("PATCH", "/api/organisation", {"name": "Mine"})) == (403, "not_allowed")
    assert code(as_admin("PATCH", "/api/organisation", {"name": "Elsewhere"})) == (409, "organisation_exists")


def test_members_are_listed_page_by_page(as_reader: Api) -> None:
    first = as_reader("GET", "/api/members?limit=2").json()
    rest = as_reader("GET", f"/api/members?limit=2&before={first['next']}").json()

    assert [each["name"] for each in first["items"] + rest["items"]] == ["reader", "member", "admin"]
    assert rest["next"] is None
    assert first["items"][0]["email"] == "reader@example.com"


def test_roles_change_and_members_go(as_admin: Api, as_member: Api, cast: Cast) -> None:
    reader, admin = f"/api/members/{cast.reader.id}", f"/api/members/{cast.admin.id}"

    assert as_admin("PATCH", reader, {"role": "member"}).json()["role"] == "member"
    assert code(as_admin("PATCH", admin, {"role": "reader"})) == (409, "last_admin")
    assert code(as_admin("DELETE", admin)) == (409, "last_admin")
    assert code(as_member("DELETE", reader)) == (403, "not_allowed")
    assert code(as_admin("PATCH", f"/api/members/{cast.outsider.id}", {"role": "reader"})) == (404, "member_not_found")
    assert as_admin("DELETE", reader).status_code == 204
    assert not Membership.objects.filter(user_id=cast.reader.id).exists()


def test_a_token_can_not_leave(as_member: Api) -> None:
    assert code(as_member("POST", "/api/organisation/leave")) == (404, "member_not_found")


def test_an_invitation_shows_its_link_once(as_admin: Api, as_member: Api) -> None:
    made = as_admin("POST", "/api/invitations", {"email": "new@example.com", "role": "member", "days": 3})

    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    assert made.json()["url"].startswith(settings.ONECLICK_ORIGIN + "/join?invitation=")
    listed = as_admin("GET", "/api/invitations").json()["items"]
    assert [(each["email"], each["state"]) for each in listed] == [("new@example.com", "open")]
    assert "url" not in listed[0]
    assert as_member("GET", "/api/invitations").status_code == 403
    address = f"/api/invitations/{made.json()['id']}"
    assert [as_admin("DELETE", address).status_code for _ in range(2)] == [204, 204]
    assert Invitation.objects.get().state() == "revoked"
    assert code(as_admin("POST", "/api/invitations", {"email": "member@example.com"})) == (409, "already_member")


def test_a_token_of_ones_own_is_made_shown_once_and_revoked(as_reader: Api, as_admin: Api) -> None:
    made = as_reader("POST", "/api/tokens", {"name": "laptop", "days": 7, "scopes": ["query_data"]})

    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    own = Api(headers={"Authorization": f"Bearer {made.json()['token']}"})
    assert own("GET", "/api/queries").status_code == 200
    assert code(own("GET", "/api/warehouses")) == (403, "not_allowed")
    assert made.json()["token"] not in as_admin("GET", "/api/tokens").content.decode()
    assert as_reader("DELETE", f"/api/tokens/{made.json()['id']}").status_code == 204
    assert own("GET", "/api/queries").status_code == 401


def test_nobody_gets_more_than_they_have(as_reader: Api) -> None:
    assert code(as_reader("POST", "/api/tokens", {"name": "x", "role": "admin"})) == (403, "token_may_not")
    assert as_reader("POST", "/api/tokens", {"name": "x", "scopes": ["everything"]}).status_code == 422


def test_a_reader_sees_and_revokes_no_tokens_of_others(cast: Cast, as_admin: Api, as_reader: Api) -> None:
    of_admin = ApiToken.objects.get(user_id=cast.admin.id)

    assert {each["user_id"] for each in as_reader("GET", "/api/tokens").json()["items"]} <= {cast.reader.id}
    assert code(as_reader("DELETE", f"/api/tokens/{of_admin.id}")) == (404, "token_not_found")


def test_service_accounts_have_tokens_until_they_are_removed(as_admin: Api, as_member: Api) -> None:
    made = as_admin("POST", "/api/service-accounts", {"name": "nightly", "role": "member"})
    wanted = {"name": "t", "role": "member", "days": 7, "service_account": made.json()["id"]}
    token = as_admin("POST", "/api/tokens", wanted).json()["token"]
    program = Api(headers={"Authorization": f"Bearer {token}"})

    assert made.status_code == 201
    assert program("GET", "/api/organisation").json()["role"] == "member"
    assert code(as_admin("POST", "/api/service-accounts", {"name": "NIGHTLY"})) == (409, "service_account_exists")
    assert as_member("GET", "/api/service-accounts").status_code == 403
    assert [each["name"] for each in as_admin("GET", "/api/service-accounts").json()] == ["nightly"]
    assert as_admin("DELETE", f"/api/service-accounts/{made.json()['id']}").status_code == 204
    assert program("GET", "/api/organisation").status_code == 401
    assert ServiceAccount.objects.get().removed_at is not None


def test_the_audit_log_is_filtered_and_paged(as_admin: Api, as_member: Api, cast: Cast) -> None:
    record(organisation_id=cast.organisation.id, actor=cast.admin.label, action="warehouse.created", target_id="w1")
    record(organisation_id=cast.organisation.id, actor="token:gone", action="warehouse.deleted", target_id="w1")
    record(organisation_id=cast.elsewhere.id, actor=cast.outsider.label, action="warehouse.created")

    def actions(query: str) -> list[str]:
        return [each["action"] for each in as_admin("GET", f"/api/audit?{query}").json()["items"]]

    assert actions("action=warehouse") == ["warehouse.deleted", "warehouse.created"]
    assert actions("action=warehouse.created") == ["warehouse.created"]
    assert actions("target_id=w1&actor=token:gone") == ["warehouse.deleted"]
    assert actions("action=warehouse&until=2020-01-01T00:00:00Z") == []
    assert len(actions("action=warehouse&since=2020-01-01T00:00:00Z")) == 2
    first = as_admin("GET", "/api/audit?action=warehouse&limit=1").json()
    assert actions(f"action=warehouse&before={first['next']}") == ["warehouse.created"]
    (named,) = as_admin("GET", "/api/audit?action=warehouse.created").json()["items"]
    assert (named["actor"], named["actor_name"]) == (cast.admin.label, "admin")
    assert as_member("GET", "/api/audit").status_code == 403
    assert as_member("GET", "/api/audit/export").status_code == 403


@pytest.mark.parametrize("query", ["since=yesterday", "since=2020-01-01T00:00:00", "actor=%00", "before=1", "limit=0"])
def test_a_filter_that_makes_no_sense_is_refused(as_admin: Api, query: str) -> None:
    assert code(as_admin("GET", f"/api/audit?{query}")) == (422, "invalid_request")


def test_the_export_is_whole_and_harmless_to_spreadsheets(as_admin: Api, cast: Cast) -> None:
    for number in range(5):
        record(
            organisation_id=cast.organisation.id,
            actor=cast.admin.label,
            action="x.done",
            target_id="=HYPERLINK(1)",
            detail={"n": number, "word": 'ä,"\n'},
        )

    answer = as_admin("GET", "/api/audit/export?action=x")

    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert answer["Content-Disposition"] == 'attachment; filename="audit.csv"'
    assert [json.loads(row["detail"])["n"] for row in rows] == [4, 3, 2, 1, 0]
    assert json.loads(rows[0]["detail"])["word"] == 'ä,"\n'
    assert (rows[0]["target_id"], rows[0]["actor_name"]) == ("'=HYPERLINK(1)", "admin")
    taken = AuditEvent.objects.get(action="audit.exported")
    assert taken.detail == {"format": "csv", "filters": {"action": "x"}}


def test_the_export_goes_beyond_one_batch(as_admin: Api, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oneclick.accounts.trail.BATCH", 2)
    for _ in range(5):
        record(organisation_id=cast.organisation.id, actor="system:x", action="x.done", target_id=new_id())

    answer = as_admin("GET", "/api/audit/export?format=json&action=x")

    events = [json.loads(line) for line in answer.getvalue().decode().splitlines()]
    assert len({event["target_id"] for event in events}) == 5
    assert answer["Content-Type"] == "application/x-ndjson"


def test_what_an_outsider_asks_for_is_of_the_outsiders_organisation(as_outsider: Api, cast: Cast) -> None:
    with_token(cast.admin, Role.READER)

    assert [each["name"] for each in as_outsider("GET", "/api/members").json()["items"]] == ["outsider"]
    assert {each["user_id"] for each in as_outsider("GET", "/api/tokens").json()["items"]} == {cast.outsider.id}
    assert "Acme" not in as_outsider("GET", "/api/audit").content.decode()
