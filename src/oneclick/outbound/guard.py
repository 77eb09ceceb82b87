"""Whether we connect to a host, on each of its addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import structlog

from oneclick.outbound.addresses import Address, Standing, canonical, own_addresses, standing
from oneclick.outbound.destinations import Destination, Host, HostAndPort, host_of, is_localhost, port_of
from oneclick.outbound.errors import DestinationRefused, DestinationUnreachable
from oneclick.outbound.own_servers import is_own_server
from oneclick.outbound.resolving import Resolver, resolve

log = structlog.get_logger(__name__)

LOCALHOST = (ip_address("127.0.0.1"), ip_address("::1"))
METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "metadata.amazonaws.com"}
)
_ON_THE_MACHINE = "Whoever runs this installation can allow it on its machine,"
_WORST_FIRST = (Standing.UNUSABLE, Standing.LINK_LOCAL, Standing.THIS_MACHINE, Standing.PRIVATE, Standing.PUBLIC)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One address of a host. `is_ours` is our own PostgreSQL server, which is never allowed."""

    address: Address
    standing: Standing
    is_ours: bool
    is_allowed: bool

    @property
    def said(self) -> str:
        """What it is, in words."""
        return "our own PostgreSQL server, never allowed" if self.is_ours else self.standing.value


@dataclass(frozen=True, kw_only=True)
class Look:
    """A host and port as we see it."""

    target: HostAndPort
    findings: Sequence[Finding]

    @property
    def is_allowed(self) -> bool:
        """Whether we would connect: all addresses are allowed, and there is one."""
        return bool(self.findings) and not self.refused

    @property
    def refused(self) -> Sequence[Finding]:
        """What stands in the way, the worst first."""
        bad = [finding for finding in self.findings if not finding.is_allowed]
        return sorted(bad, key=lambda finding: (not finding.is_ours, _WORST_FIRST.index(finding.standing)))


def admitted(
    host: str, port: int, *, timeout_s: float, resolver: Resolver | None = None, purpose: str = ""
) -> Sequence[Address]:
    """The addresses of a host, all of which are allowed; else `DestinationRefused`, which our log tells more of."""
    found = look(host, port, timeout_s=timeout_s, resolver=resolver)
    if not found.findings:
        raise DestinationUnreachable(f"There is no host called {host}.")
    if found.refused:
        log.warning(
            "outgoing connection refused",
            purpose=purpose,
            destination=str(found.target),
            addresses=[f"{each.address} ({each.standing.name.lower()})" for each in found.refused],
        )
        raise refusal(found)
    return [finding.address for finding in found.findings]


def look(host: str, port: int, *, timeout_s: float, resolver: Resolver | None = None) -> Look:
    """Every address of a host with what we think of it. Raises `BadDestination`, `DestinationUnreachable`."""
    target = HostAndPort(host=host_of(host), port=port_of(str(port)))
    addresses = _addresses(target.host, timeout_s, resolver or resolve)
    own = own_addresses()
    stood = [(address, _standing(target.host, address, own)) for address in addresses]
    allowed = _allowed() if any(each is not Standing.PUBLIC for _, each in stood) else ()
    findings = []
    for address, its_standing in stood:
        is_ours = is_own_server(address, target.port, its_standing, own)
        is_listed = its_standing is Standing.PUBLIC or any(
            covers(each, target, address, its_standing) for each in allowed
        )
        findings.append(
            Finding(address=address, standing=its_standing, is_ours=is_ours, is_allowed=is_listed and not is_ours)
        )
    return Look(target=target, findings=findings)


def covers(entry: Destination, target: HostAndPort, address: Address, its_standing: Standing) -> bool:
    """Whether an entry of the list allows to connect to this address of the target.

    Networks and names cover private addresses alone: whoever rules a name could else move it to this machine.
    """
    if its_standing in (Standing.PUBLIC, Standing.UNUSABLE):
        return False
    if not isinstance(entry, HostAndPort):
        return its_standing is Standing.PRIVATE and address in entry
    if entry.port != target.port:
        return False
    if not isinstance(entry.host, str):
        return entry.host == address
    if is_localhost(entry.host):
        return entry.host == target.host and address in LOCALHOST
    return entry.host == target.host and its_standing is Standing.PRIVATE


def refusal(found: Look) -> DestinationRefused:
    """The error for a look that found something in the way. It tells no address of a name: who asks may be fishing."""
    worst, target = found.refused[0], found.target
    if worst.is_ours:
        message = f"{target} is One-Click's own PostgreSQL server, which nothing is allowed to connect to."
        hint = "Choose another database."
    elif worst.standing is Standing.UNUSABLE:
        message, hint = f"{target} leads to {worst.standing.value}.", "Check the host."
    else:
        message = f"{target} leads to {worst.standing.value}, and nobody has allowed it."
        is_for_pages = all(each.standing is Standing.PRIVATE for each in found.refused)
        who = "An operator can allow it, under Installation, Connections, or" if is_for_pages else _ON_THE_MACHINE
        hint = f"{who} with: {_cure(found)}"
    return DestinationRefused(message, host=str(target.host), port=target.port, hint=hint)


def cures(found: Look) -> Sequence[str]:
    """The commands that would allow what was refused; none where nothing can."""
    if any(each.is_ours or each.standing is Standing.UNUSABLE for each in found.refused):
        return []
    if _is_allowed_as_written(found):
        return [f"oneclick outbound allow {found.target}"] if found.refused else []
    return [
        f"oneclick outbound allow {HostAndPort(host=each.address, port=found.target.port)}" for each in found.refused
    ]


def _cure(found: Look) -> str:
    """The command that allows what was refused, or that shows which addresses would have to be."""
    return f"oneclick outbound {'allow' if _is_allowed_as_written(found) else 'check'} {found.target}"


def _is_allowed_as_written(found: Look) -> bool:
    host = found.target.host
    is_itself = not isinstance(host, str) or is_localhost(host)
    return is_itself or all(each.standing is Standing.PRIVATE for each in found.refused)


def _addresses(host: Host, timeout_s: float, resolver: Resolver) -> Sequence[Address]:
    if not isinstance(host, str):
        return [host]
    if is_localhost(host):
        return LOCALHOST
    return list(dict.fromkeys(canonical(address) for address in resolver(host, timeout_s=timeout_s)))


def _standing(host: Host, address: Address, own: frozenset[Address]) -> Standing:
    return Standing.LINK_LOCAL if host in METADATA_NAMES else standing(address, own=own)


def _allowed() -> Sequence[Destination]:
    from oneclick.outbound.queries import allowed_destinations

    return allowed_destinations()
