"""The adapter: the contract's methods, each a few lines over the other modules."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adapter_postgresql import account as accounts
from adapter_postgresql import names
from adapter_postgresql.data_plane import PostgresqlDataPlane
from adapter_postgresql.errors import translated
from adapter_postgresql.facts import FACTS
from adapter_postgresql.resources import Database, LoadLog, LoginRole, Role, Schema
from adapter_postgresql.session import MAINTENANCE_DATABASE, PostgresqlSession, connect
from oneclick.warehouses.contract.adapter import Adapter
from oneclick.warehouses.contract.data_plane import Access, DataPlane
from oneclick.warehouses.contract.descriptions import Bindings, Check, CostEstimate, Credentials, SetupStep
from oneclick.warehouses.contract.instance import AccessLevel, Account, Instance, Login, Spec, Vault
from oneclick.warehouses.contract.resources import Resource


class PostgresqlAdapter(Adapter[PostgresqlSession]):
    """A warehouse on an existing PostgreSQL server."""

    facts = FACTS

    def resources(self, instance: Instance) -> Sequence[Resource[PostgresqlSession]]:
        """Two groups, the database, its schemas, our load log, and the logins."""
        owner, reader, database = self._core(instance)
        schemas = [Schema(database, name, is_readable=True) for name in names.SCHEMAS]
        book_keeping = Schema(database, names.BOOK_KEEPING, is_readable=False)
        logins = [resource for login in instance.logins for resource in self.login_resources(instance, login)]
        return [owner, reader, database, *schemas, book_keeping, LoadLog(book_keeping), *logins]

    def login_resources(self, instance: Instance, login: Login) -> Sequence[Resource[PostgresqlSession]]:
        """One role that may sign in."""
        owner, reader, database = self._core(instance)
        group = owner if login.level is AccessLevel.WRITE else reader
        name = names.login_role(instance, login)
        return [LoginRole(name, group=group, database=database, secret_name=login.secret_name)]

    @contextlib.contextmanager
    def open(
        self, account: Account, instance: Instance, vault: Vault, *, correlation_id: str = ""
    ) -> Iterator[PostgresqlSession]:
        """Connect to the server as the account's role."""
        config, password = account.config, account.secrets["password"]
        with translated(user=config["user"]):
            server = connect(
                config,
                user=config["user"],
                password=password,
                database=MAINTENANCE_DATABASE,
                correlation_id=correlation_id,
            )
        session = PostgresqlSession(
            vault=vault, correlation_id=correlation_id, config=config, password=password, server=server
        )
        with contextlib.closing(session):
            yield session

    def validate_config(self, account: Account) -> Sequence[Check]:
        """Sign in and look at what the role may do."""
        return accounts.checks(account)

    def setup_steps(self, account: Account) -> Sequence[SetupStep]:
        """One script for a superuser of the server."""
        return accounts.setup_steps(account)

    def credentials(self, instance: Instance, login: Login) -> Credentials:
        """Host, port, database and role; the password by reference."""
        return Credentials(parameters=_parameters(instance, login), secret_name=login.secret_name)

    def bindings(self, instance: Instance, login: Login) -> Bindings:
        """What SQLAlchemy, Superset, psql and Python need."""
        where = _parameters(instance, login)
        place = "{user}:{{secret}}@{host}:{port}/{database}?sslmode={sslmode}".format(**where)
        url = f"postgresql+psycopg://{place}"
        return Bindings(
            sqlalchemy_url=url,
            superset_database={"database_name": instance.spec.name, "sqlalchemy_uri": url},
            snippets={
                "psql": 'PGPASSWORD={{secret}} psql "host={host} port={port} user={user} dbname={database}"'.format(
                    **where
                ),
                "python": f'psycopg.connect("postgresql://{place}")',
            },
        )

    def data_plane(self, access: Access) -> DataPlane:
        """Queries and loads as that login."""
        return PostgresqlDataPlane(access)

    def estimate(self, spec: Spec) -> CostEstimate:
        """It runs on a server that is there anyway."""
        return CostEstimate(text="Nothing beyond your server: it takes its disk and its processors.")

    def _core(self, instance: Instance) -> tuple[Role, Role, Database]:
        comment = names.proof(self.installation, instance)
        owner = Role(names.owner_role(instance), comment=comment)
        reader = Role(names.reader_role(instance), comment=comment)
        return owner, reader, Database(instance.spec.name, owner=owner, reader=reader)


def _parameters(instance: Instance, login: Login) -> Mapping[str, Any]:
    config = instance.config
    return {
        "host": config.get("host", ""),
        "port": config.get("port") or "5432",
        "database": instance.spec.name,
        "user": names.login_role(instance, login),
        "sslmode": config.get("sslmode") or "prefer",
    }
