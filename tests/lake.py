"""Local warehouses that are ready: made by their adapter alone, without a job or a worker."""

from functools import partial
from pathlib import Path

from django.conf import settings
from psycopg.conninfo import conninfo_to_dict

from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Principal
from oneclick.core.clock import utcnow
from oneclick.core.ids import new_id
from oneclick.core.secrets import SecretText
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.warehouses import registry, services
from oneclick.warehouses.contract.adapter import Adapter
from oneclick.warehouses.contract.data_plane import Access
from oneclick.warehouses.contract.instance import (
    FIRST_LOGINS,
    AccessLevel,
    Account,
    Installation,
    Instance,
    Login,
    Spec,
)
from oneclick.warehouses.contract.reconcile import SilentJournal
from oneclick.warehouses.models import AccountLink, Warehouse, WarehouseState
from oneclick.warehouses.testing.vault import MemoryVault
from oneclick.warehouses.vault import WarehouseVault


class Lake:
    """A lake without a row in our database."""

    def __init__(self) -> None:
        self.adapter: Adapter[object] = registry.load(
            "local",
            Installation(id="test", home=Path(settings.HOME), options=settings.ONECLICK_ADAPTER_OPTIONS["local"]),
        )  # type: ignore[assignment] # any session will do
        self.instance = Instance(id=new_id(), spec=Spec(name="lake"))
        self._vault = MemoryVault()
        with self.adapter.open(Account(), self.instance, self._vault) as session:
            self.adapter.create(self.instance, session, SilentJournal())

    def as_warehouse_of(self, organisation: Organisation, name: str = "sales") -> Warehouse:
        """The rows that make it the organisation's own: quicker than a lake for each test. Needs committed rows."""
        warehouse = Warehouse.objects.create(
            id=self.instance.id,
            organisation=organisation,
            provider="local",
            name=name,
            state=WarehouseState.ACTIVE,
            spec={"name": name},
            logins=[[login.level.value, login.generation] for login in FIRST_LOGINS],
            current_logins={level.value: 1 for level in AccessLevel},
            fence=1,
            ready_at=utcnow(),
        )
        vault = WarehouseVault(organisation.id, warehouse.id)
        for login in FIRST_LOGINS:
            secret = self._vault.get(login.secret_name)
            vault.get_or_create(login.secret_name, partial(SecretText, secret.reveal()))
        return warehouse

    def access(self, level: AccessLevel) -> Access:
        login = Login(level=level)
        return Access(instance=self.instance, login=login, secret=self._vault.get(login.secret_name))


def make_warehouse(
    organisation: Organisation, name: str = "sales", *, provider: str = "local", link: AccountLink | None = None
) -> Warehouse:
    """Needs committed rows (`django_db(transaction=True)`): secrets are stored outside of any transaction."""
    warehouse = Warehouse.objects.create(
        organisation=organisation,
        provider=provider,
        account_link=link,
        name=name,
        spec={"name": name},
        logins=[[login.level.value, login.generation] for login in FIRST_LOGINS],
        current_logins={level.value: 1 for level in AccessLevel},
        fence=1,
    )
    adapter = services.adapter(provider)
    vault = WarehouseVault(organisation.id, warehouse.id)
    with adapter.open(services.account(link), warehouse.instance, vault) as session:
        adapter.create(warehouse.instance, session, SilentJournal())
    warehouse.state = WarehouseState.ACTIVE
    warehouse.ready_at = utcnow()
    warehouse.save()
    return warehouse


def make_postgresql_warehouse(organisation: Organisation, admin: Principal) -> Warehouse:
    """A warehouse of the example adapter, on the test run's own server, under a name that no other test has."""
    server = conninfo_to_dict(EmbeddedPostgres(Path(settings.HOME)).superuser_url())
    link = services.connect_account(
        admin,
        provider="postgresql",
        name="server",
        config={"host": str(server["host"]), "port": str(server["port"]), "user": str(server["user"])},
        secrets={"password": SecretText(str(server["password"]))},
    )
    name = f"elsewhere_{new_id().hex[-10:]}"
    return make_warehouse(organisation, name, provider="postgresql", link=link)
