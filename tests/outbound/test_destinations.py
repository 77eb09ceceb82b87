"""One spelling for one meaning: hosts, ports and networks as people, and attackers, write them."""

import pytest

from oneclick.outbound.destinations import host_of, parse, port_of
from oneclick.outbound.errors import BadDestination


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("db.example.com", "db.example.com"),
        ("DB.Example.COM", "db.example.com"),
        ("db.example.com.", "db.example.com"),
        ("_service.example.com", "_service.example.com"),
        ("app-db", "app-db"),
        ("1.example", "1.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("10.0.0.5", "10.0.0.5"),
        ("10.0.0.5.", "10.0.0.5"),
        ("[fd12::5]", "fd12::5"),
        ("FD12:0:0::5", "fd12::5"),
        ("::ffff:10.0.0.5", "10.0.0.5"),
        ("[::ffff:7f00:1]", "127.0.0.1"),
        ("１２７.0.0.1", "127.0.0.1"),  # noqa: RUF001 - digits of full width
        ("①②⑦.⓪.⓪.①", "127.0.0.1"),
        ("127。0。0。1", "127.0.0.1"),
        ("ｌｏｃａｌｈｏｓｔ", "localhost"),  # noqa: RUF001 - letters of full width
    ],
)
def test_a_host_is_read_to_one_spelling(written: str, meant: str) -> None:
    assert str(host_of(written)) == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        ".",
        "..",
        "2130706433",  # 127.0.0.1 as one number
        "0x7f000001",
        "0x7f.0.0.1",
        "0X7F.1",
        "0x",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "127.0.0.01",
        "10.0.0.256",
        "1.2.3.4.5",
        "example.com.1",
        "example.0x7f",
        "00000000127.0.0.1",
        "[fe80::1%eth0]",
        "fe80::1%25eth0",
        "[::1",
        "::1]",
        "[127.0.0.1]",
        "1::2::3",
        "a b.example",
        "example.com\n",
        "example.com\x00.evil",
        "exa\tmple.com",
        "user@example.com",
        "example.com/path",
        "example.com#",
        "example%2ecom",
        "-example.com",
        "example-.com",
        "*.example.com",
        "a..b",
        "localhost..",
        "x" * 64 + ".example",
        ".".join(["abcdefg"] * 40),
        "\u202elocalhost",
        "a\u200b.example..",
        "‥.example",
    ],
)
def test_what_two_programs_could_read_differently_is_refused(written: str) -> None:
    with pytest.raises(BadDestination):
        host_of(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("db.example.com:5432", "db.example.com:5432"),
        (" DB.example.com.:5432 ", "db.example.com:5432"),
        ("10.0.0.5:5432", "10.0.0.5:5432"),
        ("[fd12::5]:5432", "[fd12::5]:5432"),
        ("[::ffff:10.0.0.5]:5432", "10.0.0.5:5432"),
        ("10.20.0.0/16", "10.20.0.0/16"),
        ("fd12::/16", "fd12::/16"),
    ],
)
def test_a_destination_is_read_to_one_spelling_that_reads_as_itself(written: str, meant: str) -> None:
    assert str(parse(written)) == meant
    assert parse(meant) == parse(written)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "names no port"),
        ("db.example.com", "names no port"),
        ("10.0.0.5", "names no port"),
        ("fd12::5", "names no port"),
        ("https://db.example.com:443", "is a web address"),
        ("db.example.com:0", "isn't a port"),
        ("db.example.com:65536", "isn't a port"),
        ("db.example.com:http", "isn't a port"),
        ("db.example.com:-1", "isn't a port"),
        ("db.example.com:٤٢", "isn't a port"),
        ("db.example.com:000000000000000443", "isn't a port"),
        ("10.20.0.1/16", "isn't where a network starts"),
        ("10.20.0.0/33", "isn't a network"),
        ("db.example.com/24", "isn't a network"),
    ],
)
def test_what_is_no_destination_says_why(written: str, said: str) -> None:
    with pytest.raises(BadDestination, match=said):
        parse(written)


def test_a_network_with_a_host_in_it_is_put_right() -> None:
    with pytest.raises(BadDestination) as refused:
        parse("10.20.0.1/16")

    assert refused.value.hint == "Did you mean 10.20.0.0/16?"


@pytest.mark.parametrize("written", ["0", "65536", "", "1e3", " 80", "+80", "８０"])  # noqa: RUF001 - full width
def test_only_plain_numbers_are_ports(written: str) -> None:
    with pytest.raises(BadDestination):
        port_of(written)
