"""A provider whose calls cost nothing, so that what is measured is the engine alone."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import ClassVar

from oneclick.warehouses.contract.adapter import Adapter
from oneclick.warehouses.contract.capabilities import Capability, Support
from oneclick.warehouses.contract.data_plane import Access, DataPlane
from oneclick.warehouses.contract.descriptions import Bindings, Check, CostEstimate, Credentials, FactSheet
from oneclick.warehouses.contract.errors import NotSupported
from oneclick.warehouses.contract.instance import Account, Instance, Login, Spec, Vault
from oneclick.warehouses.contract.resources import Observed, Proof, Resource, Session

RESOURCES = 100
_made: set[str] = set()


class Nothing(Resource[Session]):
    kind = "nothing"
    proof = Proof.NAME

    def read(self, session: Session) -> Observed | None:
        return Observed(is_ours=True) if self.name in _made else None

    def create(self, session: Session) -> None:
        _made.add(self.name)

    def delete(self, session: Session) -> None:
        _made.discard(self.name)


class NothingAdapter(Adapter[Session]):
    facts: ClassVar[FactSheet] = FactSheet(
        provider="nothing",
        title="Nothing",
        tagline="",
        needs="",
        takes="",
        price_idea="",
        capabilities=dict.fromkeys(Capability, Support.IMPOSSIBLE),
        needs_account=False,
    )

    def resources(self, instance: Instance) -> Sequence[Resource[Session]]:
        return [Nothing(f"{instance.tag}-{number}") for number in range(RESOURCES)]

    def login_resources(self, instance: Instance, login: Login) -> Sequence[Resource[Session]]:
        return ()

    @contextlib.contextmanager
    def open(
        self, account: Account, instance: Instance, vault: Vault, *, correlation_id: str = ""
    ) -> Iterator[Session]:
        yield Session(vault=vault, correlation_id=correlation_id)

    def validate_config(self, account: Account) -> Sequence[Check]:
        return ()

    def credentials(self, instance: Instance, login: Login) -> Credentials:
        return Credentials(parameters={}, secret_name="")

    def bindings(self, instance: Instance, login: Login) -> Bindings:
        return Bindings()

    def data_plane(self, access: Access) -> DataPlane:
        raise NotSupported

    def estimate(self, spec: Spec) -> CostEstimate:
        return CostEstimate(text="nothing")
