from collections.abc import Callable

import pytest
from django.db import connection

from oneclick.accounts.models import Membership
from oneclick.accounts.services import principal_for_token
from oneclick.audit.sealing import seal_all
from oneclick.core.secrets import SecretText
from oneclick.warehouses.models import AccountLink
from tests.audit.conftest import own_witness  # noqa: F401 - a fixture, asked for by name below
from tests.cli.conftest import Ran

Oneclick = Callable[..., Ran]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_witness")]


def test_a_token_is_printed_once_and_works(oneclick: Oneclick) -> None:
    ran = oneclick("token", "create", "ci", "--role", "member", "--days", "7")

    assert ran.code == 0
    raw = ran.out.strip()
    assert principal_for_token(SecretText(raw)) is not None
    assert "isn't shown again" in ran.err
    listed = oneclick("token", "list", "--json").json
    assert [(each["name"], each["role"], each["state"]) for each in listed] == [("ci", "member", "valid")]
    assert raw not in oneclick("token", "list", "--json").out + oneclick("token", "list").out


def test_a_revoked_token_works_no_more(oneclick: Oneclick) -> None:
    made = oneclick("token", "create", "ci", "--json").json

    assert oneclick("token", "revoke", made["prefix"]).code == 0

    assert principal_for_token(SecretText(made["token"])) is None
    assert oneclick("token", "list", "--json").json[0]["state"] == "revoked"


def test_bad_input_says_what_is_wrong(oneclick: Oneclick) -> None:
    assert oneclick("token", "create", "ci", "--days", "900").code == 1
    assert oneclick("token", "create", "ci", "--role", "king").code == 2
    missing = oneclick("token", "revoke", "nobody")
    assert missing.code == 3
    assert "oneclick token list" in missing.err
    assert oneclick("organisation", "create", "").code == 1


def test_organisations_are_made_and_listed(oneclick: Oneclick) -> None:
    assert oneclick("organisation", "create", "Acme").code == 0
    assert oneclick("organisation", "create", "acme").code == 5

    assert [each["name"] for each in oneclick("organisation", "list", "--json").json] == ["Acme"]
    assert "Acme" in oneclick("organisation", "list").out


def test_seeding_makes_every_role_and_a_link_that_is_not_connected(oneclick: Oneclick) -> None:
    first = oneclick("seed", "--json").json
    again = oneclick("seed", "--json").json

    assert first == again
    assert [each["name"] for each in first["organisations"]] == ["Example Trading", "Example Elsewhere"]
    assert sorted(Membership.objects.values_list("organisation__name", "role")) == [
        ("Example Elsewhere", "admin"),
        ("Example Trading", "admin"),
        ("Example Trading", "member"),
        ("Example Trading", "reader"),
    ]
    link = AccountLink.objects.get()
    assert (link.provider, link.is_connected, link.secret_refs) == ("snowflake", False, {})
    assert "not connected" in oneclick("seed").out


def test_where_there_are_several_organisations_one_must_be_named(oneclick: Oneclick) -> None:
    oneclick("seed")

    ran = oneclick("token", "list")

    assert ran.code == 1
    assert "Example Trading" in ran.err
    assert "--organisation" in ran.err
    assert oneclick("token", "list", "--organisation", "example trading").code == 0


def test_the_audit_log_tells_who_did_what(oneclick: Oneclick) -> None:
    oneclick("token", "create", "ci")

    events = oneclick("audit", "list", "--json").json

    assert [each["action"] for each in events] == ["token.created", "organisation.created"]
    assert {each["actor"].split(":")[0] for each in events} == {"operator"}
    older = oneclick("audit", "list", "--limit", "1", "--before", events[0]["id"], "--json").json
    assert [each["id"] for each in older] == [events[1]["id"]]
    assert "token.created" in oneclick("audit", "list").out


def test_verify_says_that_the_log_is_whole(oneclick: Oneclick) -> None:
    oneclick("token", "create", "ci")
    seal_all()

    ran = oneclick("audit", "verify")

    assert ran.code == 0
    assert "The audit log is whole" in ran.out
    assert oneclick("audit", "verify", "--json").json["is_whole"] is True


def test_verify_names_the_broken_link_and_ends_with_1(oneclick: Oneclick) -> None:
    oneclick("token", "create", "ci")
    seal_all()
    event = oneclick("audit", "list", "--json").json[0]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_event SET actor = 'user:nobody' WHERE id = %s", [event["id"]])

    ran = oneclick("audit", "verify")
    as_json = oneclick("audit", "verify", "--json")

    assert (ran.code, as_json.code) == (1, 1)
    assert "Link 2" in ran.out
    assert event["id"] in ran.out
    (found,) = as_json.json["breaks"]
    assert (found["seq"], found["event_id"], found["damage"]) == (2, event["id"], "event_changed")


def test_pruning_asks_first_and_drops_nothing_young(oneclick: Oneclick) -> None:
    assert oneclick("audit", "prune", "--keep-months", "12").code == 1
    assert oneclick("audit", "prune", "--keep-months", "12", "--yes", "--json").json == []


def test_accepting_ends_asks_first_and_says_how_many(oneclick: Oneclick) -> None:
    assert oneclick("audit", "accept-ends").code == 1
    assert oneclick("audit", "accept-ends", "--yes", "--json").json == {"accepted": 0}
    assert "No chain was shorter" in oneclick("audit", "accept-ends", "--yes").out


def test_plans_are_listed_and_chosen(oneclick: Oneclick) -> None:
    assert [(each["key"], each["is_current"]) for each in oneclick("plan", "list", "--json").json] == [
        ("basic", True),
        ("premium", False),
    ]
    assert "in preparation" in oneclick("plan", "list").out
    assert oneclick("plan", "choose", "basic").code == 0

    refused = oneclick("plan", "choose", "premium", "--json")

    assert (refused.code, refused.error["code"]) == (1, "tier_not_available")
