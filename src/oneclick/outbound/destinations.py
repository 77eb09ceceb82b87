"""Hosts, ports and networks as a person writes them, read strictly: one spelling for one meaning."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_network
from typing import TypeAlias

from oneclick.outbound.addresses import Address, Network, canonical
from oneclick.outbound.errors import BadDestination

Host: TypeAlias = str | Address
"""A name in lower case without its last dot, or an address."""

HIGHEST_PORT = 65535
_LONGEST_NAME = 253
_SHOWN = 80
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, kw_only=True)
class HostAndPort:
    """One host with one port."""

    host: Host
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if isinstance(self.host, IPv6Address) else f"{self.host}:{self.port}"


Destination: TypeAlias = HostAndPort | Network


def parse(text: str) -> Destination:
    """Such as `db.example.com:5432`, `[fd12::5]:5432` or `10.20.0.0/16`; raises `BadDestination`."""
    text = text.strip()
    if "://" in text:
        raise BadDestination(f"{_shown(text)} is a web address.")
    if "/" in text:
        return _network(text)
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        raise BadDestination(f"{_shown(text)} names no port.")
    return HostAndPort(host=host_of(host), port=port_of(port))


def port_of(text: str) -> int:
    """A port; raises `BadDestination`."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(HIGHEST_PORT)) and 1 <= int(text) <= HIGHEST_PORT:
        return int(text)
    raise BadDestination(f"{_shown(text)} isn't a port: it must be a number from 1 to {HIGHEST_PORT}.")


def host_of(text: str) -> Host:
    """A host as connections are made to it; raises `BadDestination`.

    Spellings of addresses that only some programs understand (017700000001, 0x7f.1, 127.1) are refused, because
    what checks and what connects might read them differently; so are zones (fe80::1%eth0).
    """
    name = _ascii(text)
    if name.startswith("[") and name.endswith("]"):
        return _ipv6(name[1:-1])
    if ":" in name:
        return _ipv6(name)
    name = name.removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(name)
    if len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadDestination(f"{_shown(text)} isn't the name of a host.")
    return name


def is_localhost(host: Host) -> bool:
    """Whether a name means this machine by definition (RFC 6761)."""
    return isinstance(host, str) and (host == "localhost" or host.endswith(".localhost"))


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _ascii(text: str) -> str:
    if text.isascii():
        return text.lower()
    import idna

    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii").lower()
    except idna.IDNAError:
        raise BadDestination(f"{_shown(text)} isn't the name of a host.") from None


def _ipv4(text: str) -> Address:
    try:
        return IPv4Address(text)
    except AddressValueError:
        raise BadDestination(
            f"{_shown(text)} isn't an IPv4 address.", hint="Write it as four decimal numbers, such as 10.0.0.5."
        ) from None


def _ipv6(text: str) -> Address:
    if "%" in text:
        raise BadDestination(f"{_shown(text)} names a zone, which only this machine could understand.")
    try:
        return canonical(IPv6Address(text))
    except AddressValueError:
        raise BadDestination(f"{_shown(text)} isn't an IPv6 address.") from None


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        raise BadDestination(f"{_shown(text)} isn't a network.") from None
    raise BadDestination(f"{_shown(text)} isn't where a network starts.", hint=f"Did you mean {meant}?")
