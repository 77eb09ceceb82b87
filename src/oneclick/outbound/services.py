"""Changing what is allowed: the operator's right, for the whole installation. The callers ask for that right."""

from collections.abc import Sequence
from enum import Enum
from uuid import UUID

from django.db import transaction

from oneclick.outbound import queries
from oneclick.outbound.addresses import PRIVATE, Address, Standing, is_private, own_addresses, standing
from oneclick.outbound.destinations import Destination, HostAndPort, is_localhost, parse
from oneclick.outbound.errors import DestinationNotAllowable, DestinationNotFound, TooManyDestinations
from oneclick.outbound.guard import LOCALHOST, METADATA_NAMES
from oneclick.outbound.models import AllowedDestination
from oneclick.outbound.own_servers import is_own_server
from oneclick.outbound.signals import ListChanged, destination_allowed, destination_forgotten

MOST = 1000
LONGEST_REASON = 500


class From(Enum):
    """Where an operator sits. Addresses of this machine and link-local ones need the machine itself."""

    SETTINGS = "settings"
    COMMAND_LINE = "command line"


def allowed() -> Sequence[AllowedDestination]:
    """Every entry of the list, the oldest first."""
    return queries.allowed()


@transaction.atomic
def allow(text: str, *, actor: str, reason: str = "", sitting: From = From.SETTINGS) -> AllowedDestination:
    """Allow connections to `host:port` or to a private network; what is allowed already stays as it is.

    Raises `BadDestination`, `DestinationNotAllowable`, `TooManyDestinations`.
    """
    destination = parse(text)
    _refuse_unallowable(destination, sitting)
    if len(reason) > LONGEST_REASON:
        raise DestinationNotAllowable(f"The reason is longer than {LONGEST_REASON} characters.", hint="Shorten it.")
    entry, is_new = AllowedDestination.objects.get_or_create(
        destination=str(destination), defaults={"reason": reason.strip(), "made_by": actor}
    )
    if is_new:
        if AllowedDestination.objects.count() > MOST:
            raise TooManyDestinations(f"The list already has {MOST:,} entries.")
        destination_allowed.send(ListChanged(id=entry.id, destination=entry.destination, actor=actor))
    return entry


@transaction.atomic
def forget(text: str, *, actor: str) -> AllowedDestination:
    """Take an entry off the list; raises `BadDestination`, `DestinationNotFound`."""
    destination = str(parse(text))
    entry = AllowedDestination.objects.select_for_update().filter(destination=destination).first()
    if entry is None:
        raise DestinationNotFound(f"{destination} isn't on the list of what is allowed.")
    return _forget(entry, actor)


@transaction.atomic
def forget_entry(entry_id: UUID, *, actor: str) -> AllowedDestination:
    """The same by the entry's id; raises `DestinationNotFound`."""
    entry = AllowedDestination.objects.select_for_update().filter(id=entry_id).first()
    if entry is None:
        raise DestinationNotFound("It isn't on the list of what is allowed any more.")
    return _forget(entry, actor)


def _forget(entry: AllowedDestination, actor: str) -> AllowedDestination:
    gone = ListChanged(id=entry.id, destination=entry.destination, actor=actor)
    AllowedDestination.objects.filter(id=entry.id).delete()
    destination_forgotten.send(gone)
    return entry


def _refuse_unallowable(destination: Destination, sitting: From) -> None:
    if not isinstance(destination, HostAndPort):
        if not is_private(destination):
            raise DestinationNotAllowable(f"{destination} isn't within a private network.", hint=_NETWORKS)
    elif isinstance(destination.host, str):
        _refuse_name(destination, destination.host, sitting)
    else:
        _refuse_address(destination, destination.host, sitting)


def _refuse_name(destination: HostAndPort, name: str, sitting: From) -> None:
    if name in METADATA_NAMES:
        raise DestinationNotAllowable(
            f"{destination} is where clouds keep their machines' metadata and keys.",
            hint=f"If that is meant, allow its address: oneclick outbound check {destination}",
        )
    if is_localhost(name):
        for address in LOCALHOST:
            _refuse_own_server(destination, address)
        _demand_command_line(destination, Standing.THIS_MACHINE, sitting)


def _refuse_address(destination: HostAndPort, address: Address, sitting: From) -> None:
    its_standing = standing(address, own=own_addresses())
    if its_standing is Standing.PUBLIC:
        raise DestinationNotAllowable(f"{destination} is public, so it needs no permission.", hint="Just use it.")
    if its_standing is Standing.UNUSABLE:
        raise DestinationNotAllowable(f"{destination} leads to {its_standing.value}.", hint="Check the address.")
    _refuse_own_server(destination, address)
    _demand_command_line(destination, its_standing, sitting)


def _refuse_own_server(destination: HostAndPort, address: Address) -> None:
    own = own_addresses()
    if is_own_server(address, destination.port, standing(address, own=own), own):
        raise DestinationNotAllowable(
            f"{destination} is One-Click's own PostgreSQL server, which can't be allowed.",
            hint="Keep other data on another server.",
        )


def _demand_command_line(destination: HostAndPort, its_standing: Standing, sitting: From) -> None:
    if its_standing in (Standing.THIS_MACHINE, Standing.LINK_LOCAL) and sitting is not From.COMMAND_LINE:
        raise DestinationNotAllowable(
            f"{destination} leads to {its_standing.value}, which can only be allowed on the machine's command line.",
            hint=f"There: oneclick outbound allow {destination}",
        )


_NETWORKS = "Networks are allowed within " + ", ".join(map(str, PRIVATE)) + ". One host needs its port: 10.0.0.5:5432"
