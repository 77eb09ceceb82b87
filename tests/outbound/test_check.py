"""What a driver asks before it connects."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from structlog.testing import capture_logs

from oneclick.core.secrets import SecretText
from oneclick.outbound import check
from oneclick.outbound.errors import BadDestination, DestinationRefused, DestinationUnreachable
from oneclick.outbound.own_servers import servers_of
from tests.outbound.conftest import Allow, Interface, Names, names

pytestmark = pytest.mark.django_db
PRIVATE, OTHER = "10.1.2.3", "10.9.9.9"


def checked(host: str, port: int = 5432, resolver: Names | None = None) -> list[str]:
    return [str(each) for each in check(host, port, resolver=resolver)]


def test_a_public_host_passes_with_all_its_addresses() -> None:
    resolver = names(db_example="93.184.216.34,2606:2800:220:1::1")

    assert checked("db.example", resolver=resolver) == ["93.184.216.34", "2606:2800:220:1::1"]


def test_a_public_host_needs_no_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        checked("8.8.8.8")


@pytest.mark.parametrize(
    "address",
    [PRIVATE, "127.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254", "100.64.0.1", "0.0.0.0", "255.255.255.255"],  # noqa: S104
)
def test_one_bad_address_among_good_ones_refuses_the_name(address: str) -> None:
    with pytest.raises(DestinationRefused):
        check("db.example", 5432, resolver=names(db_example=f"93.184.216.34,{address}"))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "anything.localhost",
        "127.0.0.1",
        "127.8.8.8",
        "[::1]",
        "::ffff:127.0.0.1",
        "metadata.google.internal",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "10.0.0.5",
        "100.64.1.1",
        "0.0.0.0",  # noqa: S104 - nobody binds to it here
        "[::]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[::127.0.0.1]",
        "255.255.255.255",
        "224.0.0.1",
    ],
)
def test_addresses_of_our_own_network_are_refused(host: str) -> None:
    with pytest.raises(DestinationRefused):
        check(host, 80, resolver=names(metadata_google_internal="93.184.216.34"))


def test_a_name_that_spells_an_address_is_looked_up_and_refused() -> None:
    resolver = Names(answers={"127.0.0.1.nip.io": [["127.0.0.1"]]})

    with pytest.raises(DestinationRefused):
        check("127.0.0.1.nip.io", 80, resolver=resolver)
    assert resolver.asked == ["127.0.0.1.nip.io"]


def test_what_only_some_programs_take_for_an_address_is_never_looked_up() -> None:
    resolver = names()

    for host in ("2130706433", "0x7f.1", "0177.0.0.1", "fe80::1%eth0"):
        with pytest.raises(BadDestination):
            check(host, 80, resolver=resolver)
    assert resolver.asked == []


def test_localhost_is_never_looked_up(allow: Allow) -> None:
    resolver = names(localhost="93.184.216.34")
    allow("localhost:9000")

    assert checked("localhost", 9000, resolver) == ["127.0.0.1", "::1"]
    assert resolver.asked == []


def test_a_host_without_an_address_is_unreachable() -> None:
    with pytest.raises(DestinationUnreachable):
        check("nowhere.example", 80, resolver=names())


def test_the_systems_resolver_says_that_there_is_no_such_host() -> None:
    with pytest.raises(DestinationUnreachable, match=r"nowhere\.invalid"):
        check("nowhere.invalid", 80)


def test_the_refusal_names_host_and_port_and_the_operators_command() -> None:
    with pytest.raises(DestinationRefused) as refused:
        check("db.corp.example", 5432, resolver=names(db_corp_example=PRIVATE))

    assert (refused.value.host, refused.value.port) == ("db.corp.example", 5432)
    assert "db.corp.example:5432 leads to an address of a private network" in refused.value.message
    assert "oneclick outbound allow db.corp.example:5432" in refused.value.hint


def test_the_command_in_the_refusal_is_the_cure(allow: Allow) -> None:
    resolver = names(db_corp_example=PRIVATE)
    with pytest.raises(DestinationRefused) as refused:
        check("db.corp.example", 5432, resolver=resolver)

    allow(refused.value.hint.rsplit(" ", 1)[1])

    assert checked("db.corp.example", resolver=resolver) == [PRIVATE]


def test_a_refusal_tells_no_address_to_who_may_be_fishing_but_the_log_does() -> None:
    with capture_logs() as logs, pytest.raises(DestinationRefused) as refused:
        check("db.corp.example", 5432, resolver=names(db_corp_example=f"{PRIVATE},127.0.0.1"))

    assert PRIVATE not in f"{refused.value.message} {refused.value.hint}"
    assert logs[0]["destination"] == "db.corp.example:5432"
    assert logs[0]["addresses"] == ["127.0.0.1 (this_machine)", f"{PRIVATE} (private)"]


def test_an_allowed_host_is_allowed_on_that_port_alone(allow: Allow) -> None:
    allow(f"{PRIVATE}:5432")

    assert checked(PRIVATE) == [PRIVATE]
    assert checked(f"::ffff:{PRIVATE}") == [PRIVATE]
    with pytest.raises(DestinationRefused):
        check(PRIVATE, 5433)
    with pytest.raises(DestinationRefused):
        check(OTHER, 5432)


def test_an_ipv4_address_in_ipv6s_clothes_is_what_it_is_also_in_a_name_servers_answer(
    allow: Allow, settings: Any
) -> None:
    allow(f"{PRIVATE}:5432")
    settings.ONECLICK_OWN_SERVERS = [("8.8.8.8", 5432)]

    assert checked("db.example", resolver=names(db_example=f"::ffff:{PRIVATE}")) == [PRIVATE]
    with pytest.raises(DestinationRefused, match="own PostgreSQL"):
        check("db.example", 5432, resolver=names(db_example="::ffff:8.8.8.8"))


def test_an_allowed_network_covers_its_private_addresses(allow: Allow) -> None:
    allow("10.1.0.0/16")

    assert checked(PRIVATE, 1) == [PRIVATE]
    assert checked("db.example", resolver=names(db_example=f"{PRIVATE},10.1.255.255")) == [PRIVATE, "10.1.255.255"]
    with pytest.raises(DestinationRefused):
        check("db.example", 5432, resolver=names(db_example=f"{PRIVATE},{OTHER}"))


def test_an_allowed_network_doesnt_cover_metadata_or_this_machine_inside_it(allow: Allow, interface: Interface) -> None:
    allow("100.64.0.0/10")
    allow("fd00::/8")
    allow("10.1.0.0/16")
    interface(PRIVATE)

    for host in ("100.100.100.200", "fd00:ec2::254", PRIVATE):
        with pytest.raises(DestinationRefused):
            check(host, 80)


def test_an_allowed_name_covers_private_addresses_alone(allow: Allow) -> None:
    allow("db.corp.example:5432")

    assert checked("db.corp.example", resolver=names(db_corp_example=PRIVATE)) == [PRIVATE]
    for moved in ("127.0.0.1", "169.254.169.254", "::1", "0.0.0.0"):  # noqa: S104 - nobody binds to it here
        with pytest.raises(DestinationRefused):
            check("db.corp.example", 5432, resolver=names(db_corp_example=moved))
    with pytest.raises(DestinationRefused):
        check("other.corp.example", 5432, resolver=names(other_corp_example=PRIVATE))


def test_an_allowed_loopback_address_is_allowed_on_that_port_alone(allow: Allow) -> None:
    allow("127.0.0.1:9000")

    assert checked("127.0.0.1", 9000) == ["127.0.0.1"]
    for host, port in (("127.0.0.1", 9001), ("127.0.0.2", 9000), ("::1", 9000), ("localhost", 9000)):
        with pytest.raises(DestinationRefused):
            check(host, port)


def test_the_cure_for_a_name_that_leads_to_this_machine_shows_its_addresses_first() -> None:
    with pytest.raises(DestinationRefused) as refused:
        check("sneaky.example", 9000, resolver=names(sneaky_example="127.0.0.1"))

    assert refused.value.hint.endswith("oneclick outbound check sneaky.example:9000")


# -- our own PostgreSQL ------------------------------------------------------------------------------------------


@pytest.fixture
def own_port(settings: Any) -> Iterator[int]:
    """The port of the server that this test's own tables are in."""
    port = int(connection.settings_dict["PORT"])
    assert ("127.0.0.1", port) in settings.ONECLICK_OWN_SERVERS
    return port


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost", "::ffff:127.0.0.1", "db.example"])
def test_our_own_postgresql_is_refused_even_if_somebody_got_it_onto_the_list(own_port: int, host: str) -> None:
    from oneclick.outbound.models import AllowedDestination

    for allowed in ("127.0.0.1", "127.0.0.2", "[::1]", "localhost", "db.example"):
        AllowedDestination.objects.create(destination=f"{allowed}:{own_port}", made_by="operator:test")

    with pytest.raises(DestinationRefused, match="One-Click's own PostgreSQL server") as refused:
        check(host, own_port, resolver=names(db_example="127.0.0.1"))
    assert "allow" not in refused.value.hint


def test_our_own_postgresql_is_refused_at_any_address_of_this_machine(own_port: int, interface: Interface) -> None:
    interface(PRIVATE)

    with pytest.raises(DestinationRefused, match="own PostgreSQL"):
        check(PRIVATE, own_port)


def test_our_own_postgresql_elsewhere_is_refused_whatever_is_allowed(allow: Allow, settings: Any) -> None:
    settings.ONECLICK_OWN_SERVERS = [(PRIVATE, 5432), ("8.8.8.8", 5432)]
    allow("10.0.0.0/8")

    for host in (PRIVATE, "8.8.8.8"):
        with pytest.raises(DestinationRefused, match="own PostgreSQL"):
            check(host, 5432)
    assert checked(PRIVATE, 5433) == [PRIVATE]


def test_a_server_behind_a_local_socket_is_our_own_on_this_machine(allow: Allow, settings: Any) -> None:
    settings.ONECLICK_OWN_SERVERS = servers_of(SecretText("postgresql://u:p@/oneclick?host=/run/postgresql&port=5999"))

    with pytest.raises(DestinationRefused, match="own PostgreSQL"):
        check("127.0.0.1", 5999)


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("postgresql://u:p@db.example/x", [("db.example", 5432)]),
        ("postgresql://u:p@a.example:1,b.example:2/x", [("a.example", 1), ("b.example", 2)]),
        ("host=a.example,b.example port=7", [("a.example", 7), ("b.example", 7)]),
        ("host=db.example hostaddr=10.0.0.9 port=7", [("10.0.0.9", 7)]),
        ("dbname=x", [("", 5432)]),
    ],
)
def test_the_servers_of_a_connection_string_are_known(url: str, servers: list[tuple[str, int]]) -> None:
    assert servers_of(SecretText(url)) == servers
