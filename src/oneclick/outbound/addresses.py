"""What an IP address is to us: public, private, this machine, link-local, or of no use.

An address is public only if it isn't in any block that IANA set aside: the tables are ours, because what Python
calls global has changed between its versions. https://www.iana.org/assignments/iana-ipv4-special-registry
https://www.iana.org/assignments/iana-ipv6-special-registry
"""

import socket
from collections.abc import Iterable
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network


class Standing(Enum):
    """What an address is to us; the value is how a sentence calls it."""

    PUBLIC = "a public address"
    PRIVATE = "an address of a private network"
    THIS_MACHINE = "an address of this machine itself"
    LINK_LOCAL = "a link-local address, where clouds keep their machines' metadata and keys"
    UNUSABLE = "an address that no server has"


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


LOOPBACK = _networks("127.0.0.0/8", "::1/128")
LINK_LOCAL = _networks("169.254.0.0/16", "fe80::/10")
METADATA = _networks(
    "100.100.100.200/32",  # Alibaba Cloud
    "168.63.129.16/32",  # Azure's wire server, amid public addresses
    "192.0.0.192/32",  # Oracle Cloud, classic
    "fd00:ec2::/32",  # AWS: metadata ::254, time ::123, DNS ::253, keys of pods ::23
    "fd20:ce::254/128",  # Google Cloud
    "fd00:c1::a9fe:a9fe/128",  # Oracle Cloud
    "fd00:42::42/128",  # Scaleway
)
PRIVATE = _networks(
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15", "fc00::/7"
)  # fmt: skip
NEVER_PUBLIC = _networks(
    "0.0.0.0/8",
    "192.0.0.0/24",  # protocol assignments
    "192.0.2.0/24",  # documentation, as the next two
    "198.51.100.0/24",
    "203.0.113.0/24",
    "192.88.99.0/24",  # 6to4 relays
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, and broadcast
    "2001::/23",  # protocol assignments, Teredo among them
    "2001:db8::/32",  # documentation, as the next
    "3fff::/20",
    "2002::/16",  # 6to4, which can carry any IPv4 address
)
GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


def canonical(address: Address) -> Address:
    """The address without zone; an IPv4 address in IPv6's clothes (::ffff:10.0.0.1) as what it is."""
    if isinstance(address, IPv4Address):
        return address
    return address.ipv4_mapped or IPv6Address(int(address))


def standing(address: Address, *, own: Iterable[Address] = ()) -> Standing:
    """What an address is; `own` are those of this machine's network interfaces."""
    address = canonical(address)
    if _within(address, LINK_LOCAL) or _within(address, METADATA):
        return Standing.LINK_LOCAL
    if _within(address, LOOPBACK) or address in own:
        return Standing.THIS_MACHINE
    if _within(address, PRIVATE):
        return Standing.PRIVATE
    if isinstance(address, IPv6Address) and not _is_plain_global(address):
        return Standing.UNUSABLE
    return Standing.UNUSABLE if _within(address, NEVER_PUBLIC) else Standing.PUBLIC


def is_private(network: Network) -> bool:
    """Whether all of a network lies in one private block."""
    return any(block.version == network.version and network.subnet_of(block) for block in PRIVATE)  # type: ignore[arg-type] # the versions were compared


def own_addresses() -> frozenset[Address]:
    """The addresses of this machine's network interfaces, as they are now."""
    import psutil

    found = set()
    for interface in psutil.net_if_addrs().values():
        for each in interface:
            if each.family in (socket.AF_INET, socket.AF_INET6):
                found.add(canonical(ip_address(each.address)))
    return frozenset(found)


def _is_plain_global(address: IPv6Address) -> bool:
    """Whether it is a global address that carries no IPv4 address, or, behind NAT64, a public one."""
    if address in NAT64:
        return standing(IPv4Address(int(address) & 0xFFFFFFFF)) is Standing.PUBLIC
    return address in GLOBAL_UNICAST and (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
