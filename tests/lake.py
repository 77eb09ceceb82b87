"""A local warehouse that is ready: made by its adapter alone, without a job or a worker."""

from oneclick.accounts.models import Organisation
from oneclick.core.clock import utcnow
from oneclick.warehouses import services
from oneclick.warehouses.contract.instance import FIRST_LOGINS, Account, AccessLevel
from oneclick.warehouses.contract.reconcile import SilentJournal
from oneclick.warehouses.models import Warehouse, WarehouseState
from oneclick.warehouses.vault import WarehouseVault


def make_warehouse(organisation: Organisation, name: str = "sales", provider: str = "local") -> Warehouse:
    """Needs committed rows (`django_db(transaction=True)`): secrets are stored outside of any transaction."""
    warehouse = Warehouse.objects.create(
        organisation=organisation,
        provider=provider,
        name=name,
        spec={"name": name},
        logins=[[login.level.value, login.generation] for login in FIRST_LOGINS],
        current_logins={level.value: 1 for level in AccessLevel},
        fence=1,
    )
    adapter = services.adapter(provider)
    vault = WarehouseVault(organisation.id, warehouse.id)
    with adapter.open(Account(), warehouse.instance, vault) as session:
        adapter.create(warehouse.instance, session, SilentJournal())
    warehouse.state = WarehouseState.ACTIVE
    warehouse.ready_at = utcnow()
    warehouse.save()
    return warehouse
