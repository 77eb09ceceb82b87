"""The adapter: the code for one provider. It declares resources; the control flow is `reconcile`'s.

The public face: `validate_config · create · status · destroy · credentials`, beside them
`setup_steps · plan · rotate · bindings` and the `data_plane`.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import ClassVar, Generic

from oneclick.warehouses.contract import reconcile
from oneclick.warehouses.contract.data_plane import Access, DataPlane
from oneclick.warehouses.contract.descriptions import (
    Bindings,
    Check,
    CostEstimate,
    Credentials,
    FactSheet,
    InstanceState,
    Plan,
    SetupStep,
    Status,
)
from oneclick.warehouses.contract.errors import InvalidConfig, TransientError
from oneclick.warehouses.contract.instance import Account, Installation, Instance, Login, Spec, Vault
from oneclick.warehouses.contract.resources import Resource, S


class Adapter(ABC, Generic[S]):
    """One provider. Synchronous; its methods run in threads, one session per call."""

    facts: ClassVar[FactSheet]

    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    # -- what an adapter declares ------------------------------------------------------------------------------

    @abstractmethod
    def resources(self, instance: Instance) -> Sequence[Resource[S]]:
        """What one warehouse consists of, in words that a reviewer can hold against the bill.

        The login resources of every entry in `instance.logins` are among them.
        """

    @abstractmethod
    def login_resources(self, instance: Instance, login: Login) -> Sequence[Resource[S]]:
        """Those of `resources()` that exist for one login alone: what rotation makes and drops."""

    @abstractmethod
    def open(
        self, account: Account, instance: Instance, vault: Vault, *, correlation_id: str = ""
    ) -> AbstractContextManager[S]:
        """Connect to the account. Raises `InvalidCredentials` or `Unavailable`."""

    @abstractmethod
    def validate_config(self, account: Account) -> Sequence[Check]:
        """Check the account, each thing passed, failed or not checkable; makes nothing there."""

    @abstractmethod
    def credentials(self, instance: Instance, login: Login) -> Credentials:
        """How to connect with that login: a reference to its secret, never the secret."""

    @abstractmethod
    def bindings(self, instance: Instance, login: Login) -> Bindings:
        """What consumers need to use the warehouse with that login."""

    @abstractmethod
    def data_plane(self, access: Access) -> DataPlane:
        """The data plane of one login. Cheap: nothing is opened before it is used."""

    @abstractmethod
    def estimate(self, spec: Spec) -> CostEstimate:
        """What it will cost, from dated and sourced prices."""

    def setup_steps(self, account: Account) -> Sequence[SetupStep]:
        """What the customer does once in the account; nothing for a provider that needs no account."""
        return ()

    # -- what every adapter has from here ----------------------------------------------------------------------

    def validate_spec(self, spec: Spec) -> None:
        """Raise `InvalidConfig` for what the provider can't do, naming the field and the rule."""
        limits = self.facts.limits
        if not 1 <= len(spec.name) <= limits.name_max_length:
            raise InvalidConfig(f"The name must have 1 to {limits.name_max_length} characters.")
        if not re.fullmatch(limits.name_pattern, spec.name):
            raise InvalidConfig(
                f"The name {spec.name!r} has characters that {self.facts.title} doesn't take.",
                hint="Use lower-case letters, digits, - and _, and start with a letter.",
            )
        if spec.name in limits.reserved_names:
            raise InvalidConfig(f"The name {spec.name!r} is reserved.", hint="Choose another name.")
        _refuse_unlisted("size", spec.size, limits.sizes)
        _refuse_unlisted("region", spec.region, limits.regions)
        if spec.monthly_spend_cap is not None and spec.monthly_spend_cap < max(limits.min_spend_cap, 0):
            raise InvalidConfig(f"The monthly spend cap must be at least {limits.min_spend_cap}.")

    def validate_account(self, config: Mapping[str, str], secrets: Sequence[str]) -> None:
        """Raise `InvalidConfig` for a missing, unknown or malformed field of the account link."""
        given = set(config) | set(secrets)
        known = {field.name: field for field in self.facts.fields}
        for name in sorted(given - set(known)):
            raise InvalidConfig(f"{self.facts.title} has no field {name!r}.", hint=f"It takes: {', '.join(known)}.")
        for field in known.values():
            if field.is_required and field.name not in given:
                raise InvalidConfig(f"{field.label} is missing.", hint=field.help)
            value = config.get(field.name, "")
            if value and field.pattern and not re.fullmatch(field.pattern, value):
                raise InvalidConfig(f"{field.label} doesn't look right.", hint=field.help)

    def create(self, instance: Instance, session: S, journal: reconcile.Journal) -> reconcile.Waiting | None:
        """Bring the warehouse into being, from nothing or from any half-made state."""
        return reconcile.create_all(self.resources(instance), session, journal)

    def destroy(self, instance: Instance, session: S, journal: reconcile.Journal) -> reconcile.Waiting | None:
        """Remove what is ours, from any state."""
        return reconcile.destroy_all(self.resources(instance), session, journal)

    def rotate(
        self, instance: Instance, *, drop: Sequence[Login], session: S, journal: reconcile.Journal
    ) -> reconcile.Waiting | None:
        """Drop logins that newer, proved ones have replaced. `create()` with both made the newer ones."""
        gone = [resource for login in drop for resource in self.login_resources(instance, login)]
        needed = {resource.address for resource in gone}
        for resource in gone:
            resource.depends_on = tuple(address for address in resource.depends_on if address in needed)
        return reconcile.destroy_all(gone, session, journal)

    def status(self, instance: Instance, session: S) -> Status:
        """Hold what is in the account against what we made there."""
        try:
            return reconcile.status_of(self.resources(instance), session)
        except TransientError as exc:
            return Status(state=InstanceState.UNREACHABLE, detail=exc.message)

    def plan(self, instance: Instance, session: S) -> Plan:
        """What `create()` would do; changes nothing."""
        return Plan(
            actions=reconcile.plan_all(self.resources(instance), session),
            cost=self.estimate(instance.spec),
        )


def _refuse_unlisted(what: str, value: str, allowed: Sequence[str]) -> None:
    if value and value not in allowed:
        known = ", ".join(allowed) or "none: leave it empty"
        raise InvalidConfig(f"The {what} {value!r} doesn't exist.", hint=f"Choose one of: {known}.")
