"""What is allowed, by whom, and from where."""

from typing import Any

import pytest

from oneclick.audit.models import AuditEvent
from oneclick.outbound import services
from oneclick.outbound.errors import (
    BadDestination,
    DestinationNotAllowable,
    DestinationNotFound,
    TooManyDestinations,
)
from oneclick.outbound.models import AllowedDestination
from oneclick.outbound.services import From
from oneclick.outbound.signals import ListChanged, destination_allowed
from tests.outbound.conftest import Interface

pytestmark = pytest.mark.django_db
ACTOR = "operator:test"


def allow(destination: str, **options: Any) -> AllowedDestination:
    return services.allow(destination, actor=ACTOR, **options)


def listed() -> list[str]:
    return [each.destination for each in services.allowed()]


@pytest.mark.parametrize(
    "destination",
    [
        "db.corp.example:5432",
        "app-db:5432",
        "10.0.0.5:5432",
        "[fd12::5]:5432",
        "10.20.0.0/16",
        "fd12::/16",
        "100.64.0.0/10",
    ],
)
def test_hosts_and_networks_can_be_allowed_from_settings(destination: str) -> None:
    made = allow(destination, reason=" the company's database ")

    assert (made.destination, made.reason, made.made_by) == (destination, "the company's database", ACTOR)
    assert listed() == [destination]


def test_it_is_listed_in_one_spelling_once() -> None:
    first = allow("DB.Corp.example.:5432", reason="first")
    second = allow("db.corp.example:5432", reason="second")

    assert (second.id, second.reason) == (first.id, "first")
    assert listed() == ["db.corp.example:5432"]


@pytest.mark.parametrize(
    "destination",
    ["127.0.0.1:9000", "[::1]:9000", "localhost:9000", "x.localhost:9000", "169.254.169.254:80", "[fd00:ec2::254]:80"],
)
def test_this_machine_and_metadata_need_the_command_line(destination: str) -> None:
    with pytest.raises(DestinationNotAllowable, match="only be allowed on the machine's command line") as refused:
        allow(destination)
    assert refused.value.hint == f"There: oneclick outbound allow {destination}"

    allow(destination, sitting=From.COMMAND_LINE)

    assert listed() == [destination]


def test_an_address_of_our_own_interfaces_needs_the_command_line(interface: Interface) -> None:
    interface("10.7.7.7")

    with pytest.raises(DestinationNotAllowable, match="this machine itself"):
        allow("10.7.7.7:9000")


@pytest.mark.parametrize("sitting", From)
@pytest.mark.parametrize(
    ("destination", "said"),
    [
        ("127.0.0.0/8", "isn't within a private network"),
        ("127.0.0.1/32", "isn't within a private network"),
        ("::1/128", "isn't within a private network"),
        ("169.254.0.0/16", "isn't within a private network"),
        ("0.0.0.0/0", "isn't within a private network"),
        ("::/0", "isn't within a private network"),
        ("8.8.8.0/24", "isn't within a private network"),
        ("8.8.8.8:443", "is public, so it needs no permission"),
        ("0.0.0.0:80", "an address that no server has"),
        ("255.255.255.255:80", "an address that no server has"),
        ("[64:ff9b::7f00:1]:80", "an address that no server has"),
        ("metadata.google.internal:80", "metadata and keys"),
    ],
)
def test_some_things_cant_be_allowed_at_all(destination: str, said: str, sitting: From) -> None:
    with pytest.raises(DestinationNotAllowable, match=said):
        allow(destination, sitting=sitting)

    assert listed() == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "[::1]", "localhost", "db.localhost"])
def test_our_own_postgresql_cant_be_allowed(host: str, settings: Any) -> None:
    port = settings.ONECLICK_OWN_SERVERS[0][1]

    with pytest.raises(DestinationNotAllowable, match="One-Click's own PostgreSQL server"):
        allow(f"{host}:{port}", sitting=From.COMMAND_LINE)


@pytest.mark.parametrize("destination", ["", "db.example", "10.0.0.5", "10.0.0.1/8", "https://db.example/"])
def test_what_is_no_destination_isnt_taken(destination: str) -> None:
    with pytest.raises(BadDestination):
        allow(destination)


def test_a_reason_has_an_end() -> None:
    with pytest.raises(DestinationNotAllowable, match="reason"):
        allow("10.0.0.5:1", reason="x" * 501)


def test_the_list_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST", 2)
    allow("10.0.0.5:1")
    allow("10.0.0.5:2")

    with pytest.raises(TooManyDestinations):
        allow("10.0.0.5:3")
    allow("10.0.0.5:2")

    assert len(listed()) == 2


def test_what_is_forgotten_isnt_allowed_any_more() -> None:
    allow("db.corp.example:5432")

    gone = services.forget(" DB.corp.example:5432", actor=ACTOR)

    assert (gone.destination, listed()) == ("db.corp.example:5432", [])
    assert gone.id


def test_what_isnt_listed_cant_be_forgotten() -> None:
    allow("10.0.0.0/8")

    with pytest.raises(DestinationNotFound):
        services.forget("10.0.0.5:5432", actor=ACTOR)


def test_both_are_in_the_audit_log() -> None:
    made = allow("10.0.0.5:5432", reason="not for the log")
    allow("10.0.0.5:5432")
    services.forget("10.0.0.5:5432", actor="operator:other")

    events = AuditEvent.objects.filter(target_kind="destination").order_by("id")
    assert [(each.action, each.actor) for each in events] == [
        ("destination.allowed", ACTOR),
        ("destination.forgotten", "operator:other"),
    ]
    for each in events:
        assert (each.organisation_id, each.target_id) == (None, str(made.id))
        assert each.detail == {"destination": "10.0.0.5:5432"}


@pytest.mark.django_db(transaction=True)
def test_what_cant_be_written_down_isnt_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(event: ListChanged) -> None:
        raise RuntimeError("the log is full")

    monkeypatch.setattr(destination_allowed, "_receivers", [refuse])
    with pytest.raises(RuntimeError):
        allow("10.0.0.5:5432")

    assert listed() == []
