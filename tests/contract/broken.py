"""Broken twins of the example adapter: each breaks one promise of the contract, and the suite must notice."""

import contextlib
import dataclasses
import logging
import secrets
from collections.abc import Mapping, Sequence

from psycopg import sql

from adapter_postgresql import PostgresqlAdapter
from adapter_postgresql.data_plane import PostgresqlDataPlane, PostgresqlDataSession
from adapter_postgresql.resources import LoginRole, Role
from adapter_postgresql.session import PostgresqlSession
from oneclick.warehouses.contract.capabilities import Capability, Support
from oneclick.warehouses.contract.data_plane import Access, BulkLoad, DataPlane, LoadResult, SessionLimits
from oneclick.warehouses.contract.descriptions import FactSheet
from oneclick.warehouses.contract.errors import ContractError
from oneclick.warehouses.contract.instance import Instance, Login
from oneclick.warehouses.contract.reconcile import Journal, Waiting, in_order
from oneclick.warehouses.contract.resources import Observed, Resource

Resources = Sequence[Resource[PostgresqlSession]]


def stating(statements: Mapping[Capability, Support]) -> FactSheet:
    facts = PostgresqlAdapter.facts
    return dataclasses.replace(facts, capabilities={**facts.capabilities, **statements})


class AdoptsForeignObjects(PostgresqlAdapter):
    """Whatever has the right name is taken for its own."""

    def resources(self, instance: Instance) -> Resources:
        found = super().resources(instance)
        for resource in found:
            self._believe(resource)
        return found

    def _believe(self, resource: Resource[PostgresqlSession]) -> None:
        read = resource.read

        def believing(session: PostgresqlSession) -> Observed | None:
            observed = read(session)
            return observed and dataclasses.replace(observed, is_ours=True)

        vars(resource)["read"] = believing


class ForgetsItsTag(PostgresqlAdapter):
    """The comment that proves whose a role is comes in a call of its own."""

    def resources(self, instance: Instance) -> Resources:
        found = super().resources(instance)
        for resource in found:
            if isinstance(resource, Role) and not isinstance(resource, LoginRole):
                self._tag_late(resource)
        return found

    def _tag_late(self, role: Role) -> None:
        name = sql.Identifier(role.name)

        def create(session: PostgresqlSession) -> None:
            member = sql.SQL("GRANT {} TO CURRENT_USER").format(name)
            session.run_together(f"create {role.address}", sql.SQL("CREATE ROLE {}").format(name), member)
            tag = sql.SQL("COMMENT ON ROLE {} IS {}").format(name, sql.Literal(role.comment))
            session.run(f"tag {role.address}", tag)

        vars(role)["create"] = create


class DropsForeignObjects(PostgresqlAdapter):
    """Destroys by name, without a look at whose it is."""

    def destroy(self, instance: Instance, session: PostgresqlSession, journal: Journal) -> Waiting | None:
        for resource in reversed(in_order(self.resources(instance))):
            with contextlib.suppress(ContractError):
                resource.delete(session)
        return None


class LeavesOrphans(PostgresqlAdapter):
    """Each create makes a role of another name, which nobody finds again."""

    def create(self, instance: Instance, session: PostgresqlSession, journal: Journal) -> Waiting | None:
        stray = sql.Identifier(f"suite_stray_{secrets.token_hex(4)}")
        session.run("create a role", sql.SQL("CREATE ROLE {}").format(stray))
        return super().create(instance, session, journal)


class GoesAroundTheSession(PostgresqlAdapter):
    """Its roles are dropped without `Session.vendor_call`: never traced, never counted."""

    def resources(self, instance: Instance) -> Resources:
        found = super().resources(instance)
        for resource in found:
            if isinstance(resource, Role) and not isinstance(resource, LoginRole):
                self._drop_quietly(resource)
        return found

    def _drop_quietly(self, role: Role) -> None:
        def delete(session: PostgresqlSession) -> None:
            session.server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role.name)))

        vars(role)["delete"] = delete


class LetsReadersWrite(PostgresqlAdapter):
    """A read login belongs to the owners."""

    def login_resources(self, instance: Instance, login: Login) -> Resources:
        found = super().login_resources(instance, login)
        for role in found:
            if isinstance(role, LoginRole):
                role.group = role.database.owner
        return found


class ClaimsWhatItLacks(PostgresqlAdapter):
    facts = stating({Capability.DUCKDB_ATTACH: Support.NATIVE})


class HidesWhatItCan(PostgresqlAdapter):
    facts = stating({Capability.MERGE: Support.IMPOSSIBLE})


class ForgetsACapability(PostgresqlAdapter):
    facts = dataclasses.replace(
        PostgresqlAdapter.facts,
        capabilities={
            name: how for name, how in PostgresqlAdapter.facts.capabilities.items() if name is not Capability.MERGE
        },
    )


class BrokenPlane(PostgresqlAdapter):
    """With a data plane that a subclass breaks."""

    plane: type[PostgresqlDataPlane]

    def data_plane(self, access: Access) -> DataPlane:
        return self.plane(access)


class _Shown(PostgresqlDataPlane):
    def __repr__(self) -> str:
        return f"PostgresqlDataPlane(password={self.access.secret.reveal()!r})"


class ShowsASecret(BrokenPlane):
    """In the representation of its data plane."""

    plane = _Shown


class _Logged(PostgresqlDataPlane):
    def connect(self, limits: SessionLimits | None = None) -> PostgresqlDataSession:
        logging.getLogger("broken").debug("signing in with %s", self.access.secret.reveal())
        return super().connect(limits or SessionLimits())


class LogsASecret(BrokenPlane):
    """At the level that nobody reads."""

    plane = _Logged


class _Forgetful(PostgresqlDataPlane):
    def bulk_load(self, load: BulkLoad) -> LoadResult:
        return super().bulk_load(dataclasses.replace(load, load_id=secrets.token_hex(8)))


class LoadsTwice(BrokenPlane):
    """The same load brings its rows again."""

    plane = _Forgetful


class _Unfenced(PostgresqlDataPlane):
    def bulk_load(self, load: BulkLoad) -> LoadResult:
        return super().bulk_load(dataclasses.replace(load, fence=1 << 40))


class IgnoresTheFence(BrokenPlane):
    """A run that has lost its lease loads all the same."""

    plane = _Unfenced
