"""Application databases to clone: a PostgreSQL server of somebody else's, and a shop in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from oneclick.accounts.roles import Principal
from oneclick.core.secrets import SecretText
from oneclick.pipelines import engine, queries, services
from oneclick.pipelines.contract.sources import Wanted
from oneclick.pipelines.models import UNFINISHED_RUNS, DataFlow, FlowRun
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.warehouses.models import Warehouse

PASSWORD = "canary-of-the-source"

SHOP = """
CREATE TYPE mood AS ENUM ('calm', 'keen');
CREATE TABLE customers (
    id bigint PRIMARY KEY, email text, password_hash text, mood mood, joined date,
    updated_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON customers (updated_at);
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint, total numeric(12, 2), lines jsonb,
    updated_at timestamptz NOT NULL DEFAULT now());
INSERT INTO customers
    SELECT n, 'c' || n || '@example.com', md5(n::text), 'keen', '2024-01-01',
        '2024-01-01'::timestamptz + n * interval '1 s'
    FROM generate_series(1, 500) n;
INSERT INTO orders
    SELECT n, n % 500 + 1, n * 1.5, '{"n": 1}', '2024-01-01'::timestamptz + n * interval '1 s'
    FROM generate_series(1, 2000) n;
"""


@dataclass(frozen=True, kw_only=True)
class SourceServer:
    """A server that isn't ours."""

    postgres: EmbeddedPostgres

    @property
    def superuser(self) -> dict[str, Any]:
        return conninfo_to_dict(self.postgres.superuser_url())

    def database(self, name: str) -> "SourceDatabase":
        with psycopg.connect(self.postgres.superuser_url(), autocommit=True) as connection:
            named = sql.Identifier(name)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(named))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(named))
        return SourceDatabase(server=self, name=name)


@dataclass(frozen=True, kw_only=True)
class SourceDatabase:
    """One database, with a user that can only read."""

    server: SourceServer
    name: str

    def execute(self, statement: str) -> Sequence[Any]:
        with psycopg.connect(self.server.postgres.superuser_url(), dbname=self.name, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def make_reader(self) -> str:
        user = f"reader_{self.name}"
        if not self.execute(f"SELECT 1 FROM pg_roles WHERE rolname = '{user}'"):
            self.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'")
        self.execute(
            f"GRANT USAGE ON SCHEMA public TO {user}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user};"
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {user}"
        )
        return user

    @property
    def destination(self) -> str:
        return f"127.0.0.1:{self.server.superuser['port']}"

    def config(self, user: str) -> dict[str, str]:
        return {
            "host": "127.0.0.1", "port": str(self.server.superuser["port"]), "database": self.name, "user": user,
        }  # fmt: skip


Choose = Callable[[Wanted], Wanted]


def make_flow(
    member: Principal, warehouse: Warehouse, database: SourceDatabase, *tables: str, choose: Choose = lambda each: each,
    on_drift: str = "", **config: str,
) -> DataFlow:  # fmt: skip
    """A data flow with these tables of the schema public, as suggested and then as `choose` has it; run by hand."""
    flow = services.connect(
        member, template_key="database_clone", warehouse=warehouse.id,
        config=database.config(database.make_reader()) | config, given={"password": SecretText(PASSWORD)},
    )  # fmt: skip
    names = {f"public.{table}" for table in tables}
    wanted = [choose(each) for each in services.suggest(services.discover(member, flow.id)) if each.stream in names]
    services.choose(member, flow.id, wanted, on_drift=on_drift)
    return services.schedule(member, flow.id, kind="manual")


def update(member: Principal, flow: DataFlow, **options: bool) -> FlowRun:
    """One update, driven to its end in this process."""
    run = services.run_now(member, flow.id, **options)
    return drive(member, run)


def drive(member: Principal, run: FlowRun) -> FlowRun:
    """Drive an update until it has ended, or waits."""
    engine.drive(run.id)
    found = queries.run(member.organisation_id, run.id)
    assert found.state not in UNFINISHED_RUNS or found.wake_at, found.state
    return found
