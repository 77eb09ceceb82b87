"""`oneclick outbound …`."""

import os
import pty
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from oneclick.audit.models import AuditEvent
from oneclick.outbound.models import AllowedDestination
from tests.cli.conftest import ONECLICK, Ran

OneClick = Callable[..., Ran]


def test_allow_list_and_forget(oneclick: OneClick) -> None:
    allowed = oneclick("outbound", "allow", "db.corp.example:5432", "--reason", "the shop's database")
    listed = oneclick("outbound", "list")
    forgotten = oneclick("outbound", "forget", "db.corp.example:5432")

    assert (allowed.code, allowed.out) == (0, "Connections to db.corp.example:5432 are allowed.\n")
    assert "db.corp.example:5432  the shop's database  operator:" in listed.out
    assert forgotten.code == 0
    assert not AllowedDestination.objects.exists()
    assert AuditEvent.objects.filter(target_kind="destination", actor__startswith="operator:").count() == 2


def test_the_same_for_programs(oneclick: OneClick) -> None:
    made = oneclick("outbound", "allow", "10.20.0.0/16", "--json").json

    assert set(made) == {"id", "destination", "reason", "made_by", "created_at"}
    assert oneclick("outbound", "list", "--json").json == [made]
    assert oneclick("outbound", "forget", "10.20.0.0/16", "--json").json == made


def test_this_machine_can_be_allowed_here(oneclick: OneClick) -> None:
    assert oneclick("outbound", "allow", "127.0.0.1:9000").code == 0
    assert oneclick("outbound", "allow", "169.254.169.254:80").code == 0


def test_but_not_all_of_it_nor_our_own_postgresql(oneclick: OneClick, settings: Any) -> None:
    everything = oneclick("outbound", "allow", "127.0.0.0/8", "--json")
    ours = oneclick("outbound", "allow", f"127.0.0.1:{settings.ONECLICK_OWN_SERVERS[0][1]}", "--json")

    assert (everything.code, everything.error["code"]) == (1, "destination_not_allowable")
    assert (ours.code, ours.error["code"]) == (1, "destination_not_allowable")


def test_what_isnt_listed_is_not_found(oneclick: OneClick) -> None:
    gone = oneclick("outbound", "forget", "10.0.0.5:5432", "--json")

    assert (gone.code, gone.error["code"]) == (3, "destination_not_found")


def test_an_empty_list_says_what_to_do(oneclick: OneClick) -> None:
    assert "oneclick outbound allow HOST:PORT" in oneclick("outbound", "list").err


@pytest.mark.parametrize("destination", ["127.0.0.1:9000", "10.0.0.5:5432", "169.254.169.254:80"])
def test_check_shows_what_is_refused_and_the_cure_works(oneclick: OneClick, destination: str) -> None:
    refused = oneclick("outbound", "check", destination)
    assert refused.code == 1
    command = refused.err.strip().removeprefix("→ To allow it: oneclick ")

    assert oneclick(*command.split()).code == 0
    assert oneclick("outbound", "check", destination).code == 0


def test_check_shows_the_addresses_of_a_name(oneclick: OneClick) -> None:
    seen = oneclick("outbound", "check", "localhost:9000", "--json")

    assert seen.json["addresses"] == [
        {"address": "127.0.0.1", "standing": "this_machine", "is_own_server": False, "is_allowed": False},
        {"address": "::1", "standing": "this_machine", "is_own_server": False, "is_allowed": False},
    ]
    assert seen.json["cures"] == ["oneclick outbound allow localhost:9000"]


def test_check_knows_no_cure_for_our_own_postgresql(oneclick: OneClick, settings: Any) -> None:
    seen = oneclick("outbound", "check", f"127.0.0.1:{settings.ONECLICK_OWN_SERVERS[0][1]}")

    assert "our own PostgreSQL server, never allowed" in seen.out
    assert seen.err == ""


def test_check_takes_no_network(oneclick: OneClick) -> None:
    assert oneclick("outbound", "check", "10.0.0.0/8", "--json").error["code"] == "bad_destination"


def test_whoever_makes_the_first_admin_is_asked_for_the_companys_networks(environment: dict[str, str]) -> None:
    for typed in ("office\n10.20.0.0/16\n\n", ""):
        ours, theirs = pty.openpty()
        os.write(ours, typed.encode())

        ran = subprocess.run(
            [ONECLICK, "admin", "invite", "ada@example.com"],
            env=environment, stdin=theirs, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.count("\n") == 1
        assert ("Which networks are your company's own?" in ran.stderr) is bool(typed)
        assert ("names no port" in ran.stderr) is bool(typed)

    assert [each.destination for each in AllowedDestination.objects.all()] == ["10.20.0.0/16"]
