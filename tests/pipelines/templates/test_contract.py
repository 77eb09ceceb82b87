"""Every source keeps the contract, and a source that doesn't fails its suite."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from oneclick.core.secrets import SecretText
from oneclick.outbound.destinations import parse
from oneclick.pipelines.contract.sources import (
    Batch,
    Column,
    Mode,
    OnProgress,
    Position,
    Reading,
    Settings,
    Source,
    Stream,
    Wanted,
)
from oneclick.pipelines.contract.templates import Template, template
from oneclick.pipelines.templates.airbyte.installing import Installed
from oneclick.pipelines.templates.database_clone.template import DatabaseClone
from oneclick.pipelines.testing import SourceHarness, SourceSuite
from oneclick.warehouses.contract.data_plane import LoadMode
from oneclick.warehouses.contract.descriptions import Check
from tests.pipelines.sources import PASSWORD, SourceDatabase
from tests.pipelines.templates.airbyte.conftest import TOKEN, fake
from tests.pipelines.templates.airbyte.conftest import answers as connector_answers
from tests.pipelines.templates.api_ingestion.conftest import impatient, orders, serve, stub
from tests.pipelines.templates.api_ingestion.stub import SECRET, SHOP, Reply, Request, Shop, Stub, record

__all__ = ["fake", "impatient", "orders", "serve", "stub"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("impatient", "nobody")]

TENANT = "suite"
Tamper = Callable[[Batch], Batch]
Run = Callable[[SourceHarness, Path], None]

NOBODY = 30_999  # below the ports that are given out: nothing listens here


def answers(config: dict[str, str], **secrets: str) -> Settings:
    return Settings(
        config=config, secrets={name: SecretText(value) for name, value in secrets.items()},
        home=Path(django_settings.HOME), tenant=TENANT,
    )  # fmt: skip


@pytest.fixture
def nobody(settings: Any) -> None:
    """An address that is allowed, and where nothing listens."""
    settings.ONECLICK_OUTBOUND_ALLOW = [*settings.ONECLICK_OUTBOUND_ALLOW, parse(f"127.0.0.1:{NOBODY}")]


class PostgresqlHarness(SourceHarness):
    stream = "public.orders"
    key = "id"

    def __init__(self, database: SourceDatabase) -> None:
        self.database = database
        self.user = database.make_reader()

    @property
    def template(self) -> Template:
        return template("database_clone")

    @property
    def settings(self) -> Settings:
        return answers({"engine": "PostgreSQL", **self.database.config(self.user)}, password=PASSWORD)

    @property
    def refused(self) -> Settings:
        return answers(dict(self.settings.config), password="canary-that-is-wrong")

    @property
    def unreachable(self) -> Settings:
        return answers({**self.settings.config, "port": str(NOBODY)}, password=PASSWORD)

    def keys(self) -> frozenset[str]:
        return frozenset(row[0] for row in self.database.execute("SELECT id::text FROM orders"))

    def add(self, rows: int) -> None:
        self.database.execute(
            f"INSERT INTO orders SELECT (SELECT max(id) FROM orders) + n, 1, 1, NULL FROM generate_series(1, {rows}) n"
        )

    def change(self) -> str:
        self.database.execute("UPDATE orders SET total = 99, updated_at = now() WHERE id = 7")
        return "7"


class SqliteHarness(SourceHarness):
    stream = "main.orders"
    key = "id"

    def __init__(self) -> None:
        folder = Path(django_settings.HOME) / "databases" / TENANT
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "suite.db"
        self.path.unlink(missing_ok=True)
        self.script(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL, updated_at DATETIME);"
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 50)"
            "INSERT INTO orders SELECT n, n * 1.5, datetime('2024-01-01', '+' || n || ' minutes') FROM n;"
        )

    @property
    def template(self) -> Template:
        return template("database_clone")

    @property
    def settings(self) -> Settings:
        return answers({"engine": "SQLite", "file": self.path.name})

    @property
    def unreachable(self) -> Settings:
        return answers({"engine": "SQLite", "file": "no_such.db"})

    def script(self, script: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(script)

    def keys(self) -> frozenset[str]:
        with closing(sqlite3.connect(self.path)) as connection:
            return frozenset(str(row[0]) for row in connection.execute("SELECT id FROM orders"))

    def add(self, rows: int) -> None:
        for _ in range(rows):
            self.script("INSERT INTO orders SELECT max(id) + 1, 1, datetime('now') FROM orders")

    def change(self) -> str:
        self.script("UPDATE orders SET total = 99, updated_at = datetime('now') WHERE id = 7")
        return "7"


class ApiHarness(SourceHarness):
    stream = "orders"
    key = "id"

    def __init__(self, stub: Stub, orders: Shop) -> None:
        self.stub, self.orders = stub, orders
        orders.before = self._guard

    @property
    def template(self) -> Template:
        return template("api_ingestion")

    @property
    def settings(self) -> Settings:
        return self._settings(self.stub.port, SECRET)

    @property
    def refused(self) -> Settings:
        return self._settings(self.stub.port, "canary-that-is-wrong")

    @property
    def unreachable(self) -> Settings:
        return self._settings(NOBODY, SECRET)

    def keys(self) -> frozenset[str]:
        return frozenset(str(each["id"]) for each in self.orders.records)

    def add(self, rows: int) -> None:
        last = len(self.orders.records)
        self.orders.records.extend(
            record(last + n, updated_at=f"2024-02-01T00:00:{last % 50 + n:02d}Z") for n in range(1, rows + 1)
        )

    def change(self) -> str:
        self.orders.records[6] = record(7, total=99, updated_at="2024-03-01T00:00:00Z")
        return "7"

    @staticmethod
    def _settings(port: int, token: str) -> Settings:
        config = {**SHOP, "url": f"http://127.0.0.1:{port}/orders", "auth": "bearer token"}
        return answers(config, token=token)

    @staticmethod
    def _guard(request: Request) -> Reply | None:
        is_known = request.headers.get("authorization") == f"Bearer {SECRET}"
        return None if is_known else Reply(status=401, body={"error": "unauthorised"})


class ConnectorHarness(SourceHarness):
    stream = "orders"
    key = "id"
    count = 40
    touched = "[]"

    @property
    def template(self) -> Template:
        return template("airbyte")

    @property
    def settings(self) -> Settings:
        return self._settings(TOKEN)

    @property
    def refused(self) -> Settings:
        return self._settings("wrong-canary")

    def keys(self) -> frozenset[str]:
        return frozenset(map(str, range(1, self.count + 1)))

    def add(self, rows: int) -> None:
        self.count += rows

    def change(self) -> str:
        self.touched = "[7]"
        return "7"

    def _settings(self, token: str) -> Settings:
        config = connector_answers(count=self.count, touch=self.touched)
        return answers(config, **{"config.token": token})


class TestPostgresql(SourceSuite):
    @pytest.fixture
    def harness(self, shop: SourceDatabase) -> SourceHarness:
        return PostgresqlHarness(shop)


class TestSqlite(SourceSuite):
    @pytest.fixture
    def harness(self) -> SourceHarness:
        return SqliteHarness()


class TestApi(SourceSuite):
    @pytest.fixture
    def harness(self, stub: Stub, orders: Shop) -> SourceHarness:
        return ApiHarness(stub, orders)


class TestConnector(SourceSuite):
    @pytest.fixture
    def harness(self, fake: Installed) -> SourceHarness:
        return ConnectorHarness()


# -- faults that the suite finds ---------------------------------------------------------------------------------------


class TamperedReading(Reading):
    def __init__(self, known: Reading, tamper: Tamper) -> None:
        self.known, self.tamper = known, tamper

    def bound(self, wanted: Wanted, position: Position) -> Position:
        return self.known.bound(wanted, position)

    def columns(self, wanted: Wanted) -> Sequence[Column]:
        return self.known.columns(wanted)

    def batches(self, wanted: Wanted, position: Position, bound: Position) -> Sequence[Batch]:
        return [self.tamper(batch) for batch in self.known.batches(wanted, position, bound)]


class TamperedSource(Source):
    def __init__(self, known: Source, settings: Settings, tamper: Tamper) -> None:
        self.known, self.tamper = known, tamper
        self.said = {name: secret.reveal() for name, secret in settings.secrets.items()}
        self.duckdb_extensions = known.duckdb_extensions

    def check(self) -> Sequence[Check]:
        return self.known.check()

    def discover(self) -> Sequence[Stream]:
        return self.known.discover()

    @contextmanager
    def reading(self, duck: Any, folder: Path, on_progress: OnProgress) -> Iterator[Reading]:
        with self.known.reading(duck, folder, on_progress) as reading:
            yield TamperedReading(reading, self.tamper)


class TamperedHarness(PostgresqlHarness):
    """A source of ours with a fault in it."""

    def __init__(self, database: SourceDatabase, tamper: Tamper) -> None:
        super().__init__(database)
        self.tamper = tamper

    @property
    def template(self) -> Template:
        known, tamper = template("database_clone"), self.tamper

        class Tampered(DatabaseClone):
            def source(self, settings: Settings) -> Source:
                return TamperedSource(known.source(settings), settings, tamper)

        return Tampered()


def unharmed(batch: Batch) -> Batch:
    return batch


FAULTS: dict[str, tuple[Tamper, Run]] = {
    "it loses a row": (
        lambda batch: replace(batch, select=f"FROM ({batch.select}) LIMIT 1999"),
        lambda harness, folder: SourceSuite().test_every_row_comes_once(harness, folder),
    ),
    "it gives rows twice": (
        lambda batch: replace(batch, select=f"({batch.select}) UNION ALL ({batch.select})"),
        lambda harness, folder: SourceSuite().test_every_row_comes_once(harness, folder),
    ),
    "it forgets how far it was read": (
        lambda batch: replace(batch, position={}),
        lambda harness, folder: SourceSuite().test_what_is_new_comes_and_little_else(harness, folder, Mode.DELTA),
    ),
    "it adds what should replace": (
        lambda batch: replace(batch, mode=LoadMode.APPEND),
        lambda harness, folder: SourceSuite().test_each_mode_asks_for_its_kind_of_load(harness, folder, Mode.FULL),
    ),
    "it keeps a secret in the open": (
        unharmed,
        lambda harness, folder: SourceSuite().test_it_shows_no_secret(harness),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_suite_fails_for_a_source_where(fault: str, shop: SourceDatabase, tmp_path: Path) -> None:
    tamper, run = FAULTS[fault]
    with pytest.raises(AssertionError):
        run(TamperedHarness(shop, tamper), tmp_path)
    if tamper is not unharmed:
        run(TamperedHarness(shop, unharmed), tmp_path / "without")
