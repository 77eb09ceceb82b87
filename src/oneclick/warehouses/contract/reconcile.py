"""The control flow that adapters don't write: bringing declared resources into being, and away again.

The journal is told before each change (intent) and after it (outcome), so that a crash in between is found by
`read()` on the next run. All functions are safe to run again from any point.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from oneclick.warehouses.contract.descriptions import Action, InstanceState, PlannedAction, Status
from oneclick.warehouses.contract.errors import AlreadyExists, InvalidConfig
from oneclick.warehouses.contract.resources import Address, Difference, Resource, S


class Journal(Protocol):
    """Where each step is written down."""

    def border(self, address: Address) -> None:
        """Between two resources: raise here to stop (cancelled, lease lost)."""

    def is_settled(self, address: Address, action: Action) -> bool:
        """Whether this very run has brought the resource there already, so that it needs no second look."""

    def intent(self, address: Address, action: Action) -> None:
        """About to change the resource."""

    def outcome(self, address: Address, action: Action) -> None:
        """The resource is there (CREATE, UPDATE, KEEP), gone (DELETE) or left alone (BLOCKED)."""


class SilentJournal:
    """Writes nothing down."""

    def border(self, address: Address) -> None:
        """Never stops."""

    def is_settled(self, address: Address, action: Action) -> bool:
        """Always look."""
        return False

    def intent(self, address: Address, action: Action) -> None:
        """Not written."""

    def outcome(self, address: Address, action: Action) -> None:
        """Not written."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A resource isn't ready: look again after `poll_after_s`; it is late after `stabilise_within_s`."""

    address: Address
    action: Action
    poll_after_s: float
    stabilise_within_s: float


def in_order(resources: Iterable[Resource[S]]) -> list[Resource[S]]:
    """As declared, but dependencies first. One that isn't declared, or a circle, is a programming error."""
    declared = {resource.address: resource for resource in resources}
    ordered: dict[Address, Resource[S]] = {}

    def place(address: Address, trail: tuple[Address, ...]) -> None:
        if address in ordered:
            return
        if address not in declared or address in trail:
            raise InvalidConfig(f"{address} is depended on but not declared, or depends on itself.")
        for needed in declared[address].depends_on:
            place(needed, (*trail, address))
        ordered[address] = declared[address]

    for address in declared:
        place(address, ())
    return list(ordered.values())


def create_all(resources: Sequence[Resource[S]], session: S, journal: Journal) -> Waiting | None:
    """Bring every resource into being; stops at the first that has to be waited for.

    Raises `AlreadyExists` at a foreign object, before anything is done to it.
    """
    for resource in in_order(resources):
        if journal.is_settled(resource.address, Action.CREATE):
            continue
        journal.border(resource.address)
        if waiting := ensure(resource, session, journal):
            return waiting
    return None


def ensure(resource: Resource[S], session: S, journal: Journal) -> Waiting | None:
    """Bring one resource into being."""
    observed = resource.read(session)
    action = Action.KEEP
    if observed is None:
        action = Action.CREATE
        journal.intent(resource.address, action)
        resource.create(session)
        observed = resource.read(session)
    elif not observed.is_ours:
        raise AlreadyExists(f"{resource.address} exists and isn't ours.", owner=observed.owner)
    elif observed.is_stable and resource.differences(observed):
        action = Action.UPDATE
        journal.intent(resource.address, action)
        resource.update(session, observed)
        observed = resource.read(session)
    if observed is None or not observed.is_stable:
        return _wait(resource, Action.CREATE, observed.poll_after_s if observed else 1.0)
    journal.outcome(resource.address, action)
    return None


def destroy_all(resources: Sequence[Resource[S]], session: S, journal: Journal) -> Waiting | None:
    """Remove what is ours, in reverse order; foreign objects are left alone and noted as BLOCKED."""
    for resource in reversed(in_order(resources)):
        if journal.is_settled(resource.address, Action.DELETE):
            continue
        journal.border(resource.address)
        if waiting := remove(resource, session, journal):
            return waiting
    return None


def remove(resource: Resource[S], session: S, journal: Journal) -> Waiting | None:
    """Remove one resource; gone already is success."""
    observed = resource.read(session)
    if observed is not None and not observed.is_ours:
        journal.outcome(resource.address, Action.BLOCKED)
        return None
    if observed is not None:
        journal.intent(resource.address, Action.DELETE)
        resource.delete(session)
        left = resource.read(session)
        if left is not None:
            return _wait(resource, Action.DELETE, left.poll_after_s)
    journal.outcome(resource.address, Action.DELETE)
    return None


def plan_all(resources: Sequence[Resource[S]], session: S) -> tuple[PlannedAction, ...]:
    """What `create_all` would do. Reads only."""
    return tuple(_planned(resource, session) for resource in in_order(resources))


def _planned(resource: Resource[S], session: S) -> PlannedAction:
    observed = resource.read(session)
    if observed is None:
        return PlannedAction(address=resource.address, action=Action.CREATE)
    if not observed.is_ours:
        return PlannedAction(address=resource.address, action=Action.BLOCKED, owner=observed.owner)
    differences = resource.differences(observed)
    action = Action.UPDATE if differences else Action.KEEP
    return PlannedAction(address=resource.address, action=action, differences=differences)


def status_of(resources: Sequence[Resource[S]], session: S) -> Status:
    """Hold what is there against what is declared. Reads only."""
    missing: list[Address] = []
    foreign: list[Address] = []
    differences: list[Difference] = []
    is_stable = True
    for resource in in_order(resources):
        observed = resource.read(session)
        if observed is None:
            missing.append(resource.address)
        elif not observed.is_ours:
            foreign.append(resource.address)
        else:
            is_stable = is_stable and observed.is_stable
            differences.extend(resource.differences(observed))
    if len(missing) == len(resources):
        state = InstanceState.MISSING
    elif missing or foreign or differences:
        state = InstanceState.DRIFTED
    else:
        state = InstanceState.READY if is_stable else InstanceState.UPDATING
    return Status(state=state, missing=tuple(missing), foreign=tuple(foreign), differences=tuple(differences))


def _wait(resource: Resource[Any], action: Action, poll_after_s: float) -> Waiting:
    return Waiting(
        address=resource.address,
        action=action,
        poll_after_s=poll_after_s,
        stabilise_within_s=resource.stabilise_within_s,
    )
