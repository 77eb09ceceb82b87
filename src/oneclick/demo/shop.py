"""The sample application: a shop's database on a PostgreSQL server of its own, as an application would have it.

Customers, orders, items, payments and events are made by the server itself from their numbers, so that every run has
the same rows. `scale` multiplies them: 1 is 2,000 customers and 20,000 orders.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from oneclick.core.secrets import SecretText
from oneclick.stack.postgres import EmbeddedPostgres

DATABASE = "shop"
READER = "oneclick_reader"
CUSTOMERS = 2_000
TABLES = ("customers", "orders", "order_items", "payments", "events")


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The database, while it runs."""

    server: EmbeddedPostgres
    password: SecretText

    @property
    def port(self) -> int:
        """Where it listens, on loopback."""
        return int(conninfo_to_dict(self.server.superuser_url())["port"] or 0)

    @property
    def config(self) -> dict[str, str]:
        """How a data flow reaches it."""
        return {"host": "127.0.0.1", "port": str(self.port), "database": DATABASE, "user": READER}

    def counts(self) -> dict[str, int]:
        """The rows of each table."""
        each = sql.SQL("SELECT {}, count(*) FROM {}")
        counted = sql.SQL(" UNION ALL ").join(each.format(name, sql.Identifier(name)) for name in TABLES)
        with self._connected() as connection:
            return {str(table): int(str(rows)) for table, rows in connection.execute(counted)}

    def live_on(self) -> None:
        """A day passes: new orders come, some are paid, a few customers leave."""
        with self._connected() as connection:
            connection.execute(_DAY)

    @contextmanager
    def _connected(self) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
        with psycopg.connect(self.server.superuser_url(), dbname=DATABASE, autocommit=True) as connection:
            yield connection


@contextmanager
def running(home: Path, *, scale: int = 1) -> Iterator[Shop]:
    """The shop's server under `home`, started now and stopped in the end; its data is made the first time."""
    server = EmbeddedPostgres(home)
    server.start()
    try:
        password = SecretText(secrets.token_urlsafe(24))
        _make(server, scale)
        _let_read(server, password)
        yield Shop(server=server, password=password)
    finally:
        server.stop()


def _make(server: EmbeddedPostgres, scale: int) -> None:
    with psycopg.connect(server.superuser_url(), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
        draft = sql.Identifier(f"{DATABASE}_draft")
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(draft))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(draft))
        with psycopg.connect(server.superuser_url(), dbname=f"{DATABASE}_draft", autocommit=True) as inside:
            inside.execute(_TABLES.format(customers=CUSTOMERS * max(scale, 1)).encode())
        # Renamed when it is whole: a demo that was stopped half-way makes it anew.
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(draft, sql.Identifier(DATABASE)))


def _let_read(server: EmbeddedPostgres, password: SecretText) -> None:
    """The login that reads and nothing else, as the steps of the page make it."""
    with psycopg.connect(server.superuser_url(), dbname=DATABASE, autocommit=True) as connection:
        reader = sql.Identifier(READER)
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [READER]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(reader))
        verifier = connection.pgconn.encrypt_password(password.reveal().encode(), READER.encode(), b"scram-sha-256")
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(reader, sql.Literal(verifier.decode())))
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(reader))
        connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(reader))


# Numbers spread by multiplication with primes stand in for chance: the same in every run, and cheap.
_TABLES = """
CREATE TYPE order_status AS ENUM ('placed', 'paid', 'shipped', 'returned');
CREATE TABLE customers (
    id bigint PRIMARY KEY, email text NOT NULL UNIQUE, full_name text NOT NULL, password_hash text NOT NULL,
    country char(2) NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL);
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
    status order_status NOT NULL, total numeric(12, 2) NOT NULL, created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL);
CREATE TABLE order_items (
    id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE, product text NOT NULL,
    quantity int NOT NULL, unit_price numeric(10, 2) NOT NULL, updated_at timestamptz NOT NULL);
CREATE TABLE payments (
    id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE, amount numeric(12, 2) NOT NULL,
    method text NOT NULL, paid_at timestamptz NOT NULL, updated_at timestamptz NOT NULL);
CREATE TABLE events (
    id bigint PRIMARY KEY, customer_id bigint, name text NOT NULL, properties jsonb NOT NULL,
    created_at timestamptz NOT NULL);
INSERT INTO customers
    SELECT n, 'customer' || n || '@example.com', 'Customer ' || n, md5(n::text),
        (ARRAY['DE', 'FR', 'US', 'GB', 'NL'])[1 + n * 7919 % 5], t, t
    FROM generate_series(1::bigint, {customers}) n,
        LATERAL (SELECT '2024-01-01'::timestamptz + (n * 7919 % 700) * interval '1 day') x(t);
INSERT INTO orders
    SELECT n, 1 + n * 104729 % {customers},
        (ARRAY['placed', 'paid', 'shipped', 'paid', 'returned'])[1 + n * 31 % 5]::order_status, 0, t, t
    FROM generate_series(1::bigint, {customers} * 10) n,
        LATERAL (SELECT '2024-01-01'::timestamptz + (n * 7907 % 1050000) * interval '1 minute') x(t);
INSERT INTO order_items
    SELECT n, 1 + n * 15485863 % ({customers} * 10),
        (ARRAY['Lamp', 'Chair', 'Desk', 'Shelf', 'Rug', 'Clock', 'Vase'])[1 + n * 13 % 7], 1 + n * 17 % 4,
        (5 + n * 7919 % 20000 / 100.0)::numeric(10, 2),
        '2024-01-01'::timestamptz + (n * 7907 % 1050000) * interval '1 minute'
    FROM generate_series(1::bigint, {customers} * 25) n;
UPDATE orders SET total = items.total
    FROM (SELECT order_id, sum(quantity * unit_price) AS total FROM order_items GROUP BY 1) items
    WHERE items.order_id = orders.id;
INSERT INTO payments
    SELECT id, id, total, (ARRAY['card', 'invoice', 'transfer'])[1 + id * 19 % 3], created_at + interval '1 hour',
        created_at + interval '1 hour'
    FROM orders WHERE status <> 'placed';
INSERT INTO events
    SELECT n, 1 + n * 104729 % {customers}, (ARRAY['visit', 'search', 'add_to_cart', 'checkout'])[1 + n * 23 % 4],
        jsonb_build_object('device', (ARRAY['phone', 'desktop'])[1 + n % 2], 'ms', n * 7 % 900),
        '2024-01-01'::timestamptz + (n * 7907 % 1050000) * interval '1 minute'
    FROM generate_series(1::bigint, {customers} * 20) n;
CREATE INDEX ON customers (updated_at);
CREATE INDEX ON orders (updated_at);
CREATE INDEX ON order_items (updated_at);
CREATE INDEX ON payments (updated_at);
CREATE INDEX ON events (created_at);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON order_items (order_id);
CREATE INDEX ON payments (order_id);
ANALYZE;
"""

_DAY = """
WITH newest AS (SELECT max(id) AS id FROM orders)
INSERT INTO orders
    SELECT newest.id + n, (SELECT min(id) FROM customers) + n % 50, 'placed', 10 + n, now(), now()
    FROM newest, generate_series(1, 250) n;
UPDATE orders SET status = 'paid', updated_at = now() WHERE id IN (
    SELECT id FROM orders WHERE status = 'placed' ORDER BY id LIMIT 100);
DELETE FROM customers WHERE id IN (SELECT id FROM customers ORDER BY id DESC LIMIT 5);
"""
