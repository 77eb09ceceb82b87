"""The adapter for the local lake. What opens PostgreSQL or DuckDB is imported when it is first needed."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from oneclick.core.secrets import SecretText
from oneclick.warehouses.adapters.local import clients
from oneclick.warehouses.adapters.local.facts import FACTS
from oneclick.warehouses.adapters.local.names import Names
from oneclick.warehouses.contract import reconcile
from oneclick.warehouses.contract.adapter import Adapter
from oneclick.warehouses.contract.data_plane import Access, DataPlane
from oneclick.warehouses.contract.descriptions import Bindings, Check, CostEstimate, Credentials, FactSheet
from oneclick.warehouses.contract.errors import InvalidConfig
from oneclick.warehouses.contract.instance import Account, Instance, Login, Spec, Vault
from oneclick.warehouses.contract.resources import Resource

if TYPE_CHECKING:
    from oneclick.warehouses.adapters.local.server import CatalogServer
    from oneclick.warehouses.adapters.local.session import LocalSession


class LocalAdapter(Adapter["LocalSession"]):
    """A DuckLake on this machine. `options["catalog_url"]` is the PostgreSQL for the lakes' catalogs."""

    facts: ClassVar[FactSheet] = FACTS

    def server(self, *, correlation_id: str = "") -> "CatalogServer":
        """The catalogs' server; raises `InvalidConfig` while none is set. It shows the correlation id by a session."""
        from oneclick.warehouses.adapters.local.server import CatalogServer

        url = self.installation.options.get("catalog_url")
        if not url:
            raise InvalidConfig(
                "No PostgreSQL is set for the catalogs of local lakes.",
                hint="Set ONECLICK_LAKE_DATABASE_URL, or run: oneclick up",
            )
        return CatalogServer(url if isinstance(url, SecretText) else SecretText(url), correlation_id=correlation_id)

    def resources(self, instance: Instance) -> Sequence[Resource["LocalSession"]]:
        """Two groups, a catalog database, a folder, the lake, and a role for each login."""
        from oneclick.warehouses.adapters.local.resources import Parts

        return Parts(self.installation, instance).all(instance.logins)

    def login_resources(self, instance: Instance, login: Login) -> Sequence[Resource["LocalSession"]]:
        """The login's role."""
        from oneclick.warehouses.adapters.local.resources import Parts

        return [Parts(self.installation, instance).login(login)]

    @contextlib.contextmanager
    def open(
        self, account: Account, instance: Instance, vault: Vault, *, correlation_id: str = ""
    ) -> Iterator["LocalSession"]:
        """Connect to the catalogs' server."""
        from oneclick.warehouses.adapters.local.session import LocalSession

        server = self.server(correlation_id=correlation_id)
        session = LocalSession(
            vault=vault,
            correlation_id=correlation_id,
            server=server,
            names=Names.of(self.installation, instance),
            home=self.installation.home,
            admin=server.connect(),
        )
        try:
            yield session
        finally:
            session.close()

    def destroy(
        self, instance: Instance, session: "LocalSession", journal: reconcile.Journal
    ) -> reconcile.Waiting | None:
        """Nobody's password matters any more."""
        names = Names.of(self.installation, instance)
        session.proved.update(names.login(login) for login in instance.logins)
        return super().destroy(instance, session, journal)

    def validate_config(self, account: Account) -> Sequence[Check]:
        """Is the server reachable and new enough, may we make databases and roles there, is there a disk?"""
        from oneclick.warehouses.adapters.local.checks import run_checks

        return run_checks(self.server(), self.installation.home)

    def credentials(self, instance: Instance, login: Login) -> Credentials:
        """How a DuckDB anywhere on this machine attaches the lake."""
        return clients.credentials(self.server(), self.installation, instance, login)

    def bindings(self, instance: Instance, login: Login) -> Bindings:
        """Python, the DuckDB command line, SQLAlchemy."""
        return clients.bindings(self.server(), self.installation, instance, login)

    def data_plane(self, access: Access) -> DataPlane:
        """DuckDB over the lake, in this process."""
        from oneclick.warehouses.adapters.local.data_plane import LocalDataPlane

        return LocalDataPlane(self.server(correlation_id=access.correlation_id), self.installation, access)

    def estimate(self, spec: Spec) -> CostEstimate:
        """Nothing is billed."""
        return CostEstimate(
            text="Free: it runs on your own machine and uses its disk, so there is nothing to cap.",
            monthly_low=0,
            monthly_high=0,
            currency=spec.currency,
        )
