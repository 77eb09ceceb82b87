"""The secrets of one warehouse, as adapters see them."""

from uuid import UUID

from oneclick.core.secrets import SecretText
from oneclick.secret_store import services as secret_store
from oneclick.secret_store.errors import SecretNotFound
from oneclick.warehouses.contract.errors import NotFound
from oneclick.warehouses.contract.instance import SecretMaker, Vault


class WarehouseVault(Vault):
    """The contract's `Vault` over the secret store. Call it outside of any transaction: see `get_or_create`."""

    def __init__(self, organisation_id: UUID, warehouse_id: UUID) -> None:
        self._organisation_id = organisation_id
        self._owner = f"warehouse:{warehouse_id}"

    def get(self, name: str) -> SecretText:
        """The secret of that name; raises `NotFound`."""
        try:
            return secret_store.get_named(self._owner, name)
        except SecretNotFound as exc:
            raise NotFound(exc.message, hint=exc.hint) from exc

    def get_or_create(self, name: str, make: SecretMaker) -> SecretText:
        """The secret of that name, made the first time and committed before this returns."""
        return secret_store.get_or_create_named(self._owner, name, make, organisation_id=self._organisation_id)

    def delete(self, name: str) -> None:
        """Forget it; gone already is fine."""
        secret_store.delete_named(self._owner, name)
