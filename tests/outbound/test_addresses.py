"""What each kind of address is to us."""

from ipaddress import ip_address, ip_network

import pytest

from oneclick.outbound.addresses import Standing, canonical, is_private, own_addresses, standing

KNOWN = {
    Standing.PUBLIC: [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",  # the last before 10/8
        "11.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "192.169.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001:81b::200e",
        "::ffff:8.8.8.8",  # IPv4 in IPv6's clothes
        "64:ff9b::808:808",  # NAT64 to 8.8.8.8
    ],
    Standing.PRIVATE: [
        "10.0.0.0",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",  # carriers' NAT
        "100.127.255.255",
        "198.18.0.1",
        "fc00::1",
        "fd12:3456::5",
        "::ffff:10.0.0.1",
        "::ffff:a00:1",
    ],
    Standing.THIS_MACHINE: ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"],
    Standing.LINK_LOCAL: [
        "169.254.169.254",
        "169.254.170.2",
        "::ffff:169.254.169.254",
        "fe80::1",
        "fe80::1%eth0",
        "febf::1",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
    ],
    Standing.UNUSABLE: [
        "0.0.0.0",  # noqa: S104 - nobody binds to it here
        "0.1.2.3",
        "192.0.0.8",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::127.0.0.1",  # IPv4-compatible
        "::8.8.8.8",
        "::ffff:0:127.0.0.1",  # IPv4-translated
        "64:ff9b::7f00:1",  # NAT64 to loopback
        "64:ff9b::a9fe:a9fe",  # NAT64 to metadata
        "64:ff9b::a00:1",  # NAT64 to 10.0.0.1
        "64:ff9b:1::808:808",  # NAT64 of somebody's own
        "2002:7f00:1::",  # 6to4 to loopback
        "2002:808:808::1",
        "2001:0:53aa:64c:0:0:80ff:fffe",  # Teredo
        "2001:db8::1",
        "3fff::1",
        "2001:20::1",
        "2606:4700::5efe:7f00:1",  # ISATAP to loopback
        "2606:4700::200:5efe:7f00:1",
        "100::1",  # discard
        "5f00::1",
        "fec0::1",  # site-local
        "ff02::1",
        "ff0e::1",
        "::ffff:0.0.0.0",
        "::ffff:255.255.255.255",
    ],
}


@pytest.mark.parametrize(("its_standing", "address"), [(key, each) for key, all_ in KNOWN.items() for each in all_])
def test_every_kind_of_address_is_known(its_standing: Standing, address: str) -> None:
    assert standing(ip_address(address)) is its_standing


def test_an_address_of_our_own_interfaces_is_this_machine_even_if_public() -> None:
    ours = ip_address("8.8.4.4")

    assert standing(ours, own={ours}) is Standing.THIS_MACHINE
    assert standing(ip_address("::ffff:8.8.4.4"), own={ours}) is Standing.THIS_MACHINE


def test_our_own_interfaces_are_read() -> None:
    assert ip_address("127.0.0.1") in own_addresses()


def test_an_address_has_one_spelling() -> None:
    assert canonical(ip_address("::ffff:10.0.0.1")) == ip_address("10.0.0.1")
    assert str(canonical(ip_address("fe80::1%eth0"))) == "fe80::1"


@pytest.mark.parametrize(
    ("network", "private"),
    [
        ("10.0.0.0/8", True),
        ("10.20.0.0/16", True),
        ("192.168.7.0/24", True),
        ("fd12::/16", True),
        ("fc00::/7", True),
        ("10.0.0.5/32", True),
        ("0.0.0.0/0", False),
        ("::/0", False),
        ("8.0.0.0/7", False),  # 10/8 isn't in it, nor it in 10/8
        ("127.0.0.0/8", False),
        ("169.254.0.0/16", False),
        ("8.8.8.0/24", False),
        ("fe80::/10", False),
        ("::ffff:10.0.0.0/104", False),
    ],
)
def test_private_networks_are_told_from_others(network: str, private: bool) -> None:
    assert is_private(ip_network(network)) is private
