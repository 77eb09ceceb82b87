"""Our own PostgreSQL servers, which nothing is ever pointed at: whoever reaches them may try to log in."""

from collections.abc import Sequence
from ipaddress import ip_address

from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

from oneclick.core.secrets import SecretText
from oneclick.outbound.addresses import Address, Standing, standing
from oneclick.outbound.errors import DestinationUnreachable
from oneclick.outbound.resolving import resolve

_PORT = 5432
_PATIENCE_S = 2.0


def servers_of(*urls: SecretText) -> Sequence[tuple[str, int]]:
    """Host and port of every server that these connection strings name; the host of a local socket is empty."""
    found = []
    for url in urls:
        parts = {name: str(value) for name, value in conninfo_to_dict(url.reveal()).items()}
        hosts = (parts.get("hostaddr") or parts.get("host") or "").split(",")
        ports = parts.get("port", "").split(",")
        ports = ports * len(hosts) if len(ports) == 1 else ports
        found += [
            ("" if host.startswith(("/", "@")) else host, int(port or _PORT))
            for host, port in zip(hosts, ports, strict=True)
        ]
    return list(dict.fromkeys(found))


def is_own_server(address: Address, port: int, its_standing: Standing, own: frozenset[Address]) -> bool:
    """Whether one of our servers listens there. On this machine, its port is ours on each of the addresses."""
    for host, its_port in settings.ONECLICK_OWN_SERVERS:
        if its_port != port:
            continue
        known = _addresses(host)
        is_here = not host or any(standing(each, own=own) is Standing.THIS_MACHINE for each in known)
        if address in known or (is_here and its_standing is Standing.THIS_MACHINE):
            return True
    return False


def _addresses(host: str) -> Sequence[Address]:
    if not host:
        return ()
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    try:
        return resolve(host, timeout_s=_PATIENCE_S)
    except DestinationUnreachable:
        return ()
