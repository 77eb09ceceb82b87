"""What a clone costs: ours, DuckDB's scanner by hand, COPY to nowhere, ADBC and dlt, each in a process of its own.

They take turns, ROUNDS times; dlt, which takes minutes, has one turn, with connectorx, its fastest backend. What it and
ADBC need is brought by uv, for this measurement alone. `make bench-flows` runs this; ROWS and ROUNDS make it smaller.
The source is a PostgreSQL on the same machine, so all of them share its cores with the server.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import psycopg
from psycopg.conninfo import conninfo_to_dict
from tests.installations import UnsupervisedInstallation, new_home

from bench.figures import Figure, show
from oneclick.stack.binaries import binaries
from oneclick.stack.postgres import EmbeddedPostgres

ROWS = int(os.environ.get("ROWS", "6000000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
CHANGED = ROWS // 100
MOST_OF_SCANNER, MOST_RSS_MB, MOST_DELTA_S, MOST_GROWTH = 1.15, 600, 1.0, 1.3
PASSWORD = "of-the-bench"  # noqa: S105 - of a server that lives as long as the measurement
TABLES = ("orders", "order_items")

MAKE = """
CREATE TYPE status AS ENUM ('new', 'paid', 'shipped', 'returned');
CREATE TABLE orders (
    id bigint PRIMARY KEY, uid uuid NOT NULL, status status NOT NULL, total numeric(12, 2) NOT NULL, tags text[],
    doc jsonb, raw bytea, note text, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL);
CREATE TABLE order_items (
    id bigint PRIMARY KEY, order_id bigint NOT NULL, product text NOT NULL, quantity int NOT NULL,
    price numeric(10, 2) NOT NULL, updated_at timestamptz NOT NULL);
INSERT INTO orders SELECT n, md5(n::text)::uuid, (ARRAY['new', 'paid', 'shipped', 'returned'])[1 + n % 4]::status,
    n % 100000 / 100.0, ARRAY['a', 'b' || n % 10], jsonb_build_object('n', n), decode(md5(n::text), 'hex'),
    'order ' || n, t, t
    FROM generate_series(1, {rows}::bigint / 3) n,
        LATERAL (SELECT '2024-01-01'::timestamptz + n * interval '1 second') x(t);
INSERT INTO order_items SELECT n, 1 + n / 2, 'product ' || n % 1000, 1 + n % 5, n % 20000 / 100.0,
    '2024-01-01'::timestamptz + n * interval '1 second'
    FROM generate_series(1, {rows}::bigint * 2 / 3) n;
CREATE INDEX ON orders (updated_at);
CREATE INDEX ON order_items (updated_at);
CREATE ROLE reader_{name} LOGIN PASSWORD '{password}';
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_{name};
"""
CHANGE = "UPDATE order_items SET price = price + 1, updated_at = now() WHERE id % ({rows} * 2 / 3 / {changed}) = 0"
SAME = {
    "orders": "count(*), sum(id), sum(total), sum(length(note)), count(DISTINCT uid), min(updated_at), max(updated_at)",
    "order_items": "count(*), sum(id), sum(price), sum(quantity), sum(length(product)), max(updated_at)",
}
SCANNER = """
import sys, time
import duckdb
home, file, conninfo = sys.argv[1:]
config = {"extension_directory": f"{home}/duckdb-extensions", "allow_unsigned_extensions": True}
duck = duckdb.connect(file, config=config)
duck.execute("LOAD postgres_scanner; SET preserve_insertion_order = false")
duck.execute(f"ATTACH '{conninfo}' AS src (TYPE postgres, READ_ONLY)")
began = time.perf_counter()
duck.execute("BEGIN")
for table in ("orders", "order_items"):
    duck.execute(f"CREATE TABLE {table} AS SELECT * FROM src.public.{table}")
duck.execute("COMMIT")
print(time.perf_counter() - began)
"""


ADBC = """
import sys, time
import adbc_driver_postgresql.dbapi, duckdb
file, url = sys.argv[1:]
duck = duckdb.connect(file)
began = time.perf_counter()
with adbc_driver_postgresql.dbapi.connect(url) as source, source.cursor() as cursor:
    for table in ("orders", "order_items"):
        cursor.execute(f"SELECT * FROM {table}")
        rows = cursor.fetch_record_batch()
        duck.execute(f"CREATE TABLE {table} AS FROM rows")
print(time.perf_counter() - began)
"""
DLT = """
import sys, time
import dlt
from dlt.destinations import duckdb
from dlt.sources.sql_database import sql_database
file, url = sys.argv[1:]
source = sql_database(url, backend="connectorx", table_names=["orders", "order_items"])
began = time.perf_counter()
pipeline = dlt.pipeline("bench", pipelines_dir=file + "-dlt", destination=duckdb(file), dataset_name="raw")
pipeline.run(source, write_disposition="replace")
print(time.perf_counter() - began)
"""
WITH_ADBC = ("adbc-driver-postgresql==1.8.0", "duckdb==1.5.5", "pyarrow>=20")
WITH_DLT = ("dlt[duckdb,sql_database]==1.31.0", "connectorx", "duckdb==1.5.5", "psycopg2-binary", "pyarrow>=20")
UV = Path(__file__).parents[1] / ".tools" / "uv"


@dataclass(kw_only=True)
class Peer:
    """One way to clone, with what each round cost."""

    name: str
    seconds: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    rss_mb: float = 0.0

    def go(self, command: Sequence[str], **more: Any) -> None:
        """One round in a process of its own, which prints its seconds; else they are those of the process."""
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=more.pop("stdout", subprocess.PIPE), **more)
        said = process.stdout.read().decode().strip() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{self.name} failed")
        self.seconds.append(float(said.splitlines()[-1]) if said else time.perf_counter() - began)
        self.cpu_s.append(used.ru_utime + used.ru_stime)
        self.rss_mb = max(self.rss_mb, used.ru_maxrss / 1024)

    def figure_of(self, rows: int) -> str:
        """As the report shows it."""
        taken = median(self.seconds)
        return f"{taken:.1f} s, {rows / taken:,.0f} rows/s, {median(self.cpu_s):.1f} CPU-s, {self.rss_mb:.0f} MB"


@dataclass(kw_only=True)
class Database:
    """A source of so many rows."""

    server: EmbeddedPostgres
    name: str
    rows: int

    def make(self) -> None:
        with psycopg.connect(self.server.superuser_url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {self.name}".encode())
        self.execute(MAKE.format(rows=self.rows, name=self.name, password=PASSWORD))
        self.execute("VACUUM ANALYZE")

    def execute(self, statement: str) -> Any:
        with psycopg.connect(self.server.superuser_url(), dbname=self.name, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else None

    @property
    def config(self) -> dict[str, str]:
        port = str(conninfo_to_dict(self.server.superuser_url())["port"])
        return {"host": "127.0.0.1", "port": port, "database": self.name, "user": f"reader_{self.name}"}


def measure() -> Iterator[Figure]:
    """Every figure, on an installation that this process has adopted."""
    home = new_home("bench-source")
    server = EmbeddedPostgres(home)
    server.start()
    try:
        large = Database(server=server, name="large", rows=ROWS)
        small = Database(server=server, name="small", rows=ROWS // 10)
        large.make()
        small.make()
        # First, while the rows of both lie as they were written: a table that was changed often is read in more places.
        yield from _extractions(large, small)
        yield from _clones(large)
    finally:
        server.stop()


def _clones(source: Database) -> Iterator[Figure]:
    from django.conf import settings

    from oneclick.pipelines import services

    principal, warehouse = warehouse_of_bench()
    flow = _flow(principal, warehouse, source, is_full=True)
    ours, scanner, copy = (Peer(name=name) for name in ("ours", "DuckDB's scanner", "COPY to nowhere"))
    adbc, dlt = Peer(name="ADBC"), Peer(name="dlt")
    psql = str(binaries(settings.HOME, None) / "psql")
    reader = " ".join(f"{name}={value}" for name, value in _libpq(source).items())
    with_adbc, with_dlt = _with(WITH_ADBC), _with(WITH_DLT)
    for turn in range(ROUNDS):
        run = services.run_now(principal, flow.id)
        ours.go([sys.executable, "-m", "bench.flows", str(run.id)])
        file = Path(settings.HOME) / "scanned.duckdb"
        scanner.go([sys.executable, "-c", SCANNER, str(settings.HOME), str(file), reader])
        file.unlink()
        adbc.go([*with_adbc, ADBC, str(file), _url(source)])
        file.unlink()
        if turn == 0:
            dlt.go([*with_dlt, DLT, str(file), _url(source)])
        copies = [f"COPY {table} TO STDOUT (FORMAT binary)" for table in TABLES]
        copy.go([psql, "-q", reader, *(part for each in copies for part in ("-c", each))], stdout=subprocess.DEVNULL)
    for peer in (copy, scanner, adbc, dlt):
        yield Figure(name=f"clone of {ROWS:,} rows by {peer.name}", value=peer.figure_of(ROWS))
    yield Figure(
        name=f"clone of {ROWS:,} rows by ours, into the lake", value=ours.figure_of(ROWS),
        bound=f"at most {MOST_RSS_MB} MB", is_met=ours.rss_mb <= MOST_RSS_MB,
    )  # fmt: skip
    ratio = median(a / b for a, b in zip(ours.seconds, scanner.seconds, strict=True))
    yield Figure(
        name="ours to the scanner's", value=f"{ratio:.2f}×", bound=f"at most {MOST_OF_SCANNER}×",
        is_met=ratio <= MOST_OF_SCANNER,
    )  # fmt: skip
    slower = [peer.name for peer in (adbc, dlt) if median(peer.seconds) <= median(ours.seconds)]
    yield Figure(name="ahead of ADBC and dlt", value="no" if slower else "yes", bound="both", is_met=not slower)
    wrong = _differences(principal, warehouse, source)
    yield Figure(name="counts, sums and ends of each column", value=wrong or "the same", is_met=not wrong)
    yield from _delta(principal, warehouse, source)


def _delta(principal: Any, warehouse: Any, source: Database) -> Iterator[Figure]:
    from oneclick.pipelines import services

    flow = _flow(principal, warehouse, source, is_full=False)
    first, changes = Peer(name="first"), Peer(name="delta")
    first.go([sys.executable, "-m", "bench.flows", str(services.run_now(principal, flow.id).id)])
    for _ in range(ROUNDS):
        source.execute(CHANGE.format(rows=ROWS, changed=CHANGED))
        changes.go([sys.executable, "-m", "bench.flows", str(services.run_now(principal, flow.id).id)])
    taken = median(changes.seconds)
    yield Figure(
        name=f"update with 1 % changed ({CHANGED:,} rows)", value=f"{taken:.2f} s", bound=f"under {MOST_DELTA_S:g} s",
        is_met=taken < MOST_DELTA_S,
    )  # fmt: skip


def _extractions(large: Database, small: Database) -> Iterator[Figure]:
    """Reading what changed, the same number of rows, from a source ten times as large; then merging them."""
    from oneclick.pipelines import services

    principal, warehouse = warehouse_of_bench()
    taken = {}
    for source in (small, large):
        source.execute(
            f"UPDATE order_items SET updated_at = '2030-01-01' WHERE id % ({source.rows} * 2 / 3 / 20000) = 0"
        )
        source.execute("VACUUM ANALYZE order_items")
        flow = _flow(principal, warehouse, source, is_full=False, prefix=f"{source.name}_")
        taken[source.name] = [_extracted(services.source(flow), flow) for _ in range(ROUNDS * 3)]
    ratio = median(taken["large"]) / median(taken["small"])
    yield Figure(
        name="20,000 changed rows read from a source ten times as large", bound=f"at most {MOST_GROWTH}×",
        value=f"{ratio:.2f}× ({median(taken['small']):.3f} → {median(taken['large']):.3f} s)",
        is_met=ratio <= MOST_GROWTH,
    )  # fmt: skip


def _extracted(source: Any, flow: Any) -> float:
    from django.conf import settings

    from oneclick.duck import open_duckdb
    from oneclick.pipelines.wanted import from_json

    wanted = next(each for each in from_json(flow.streams) if each.stream == "public.order_items")
    home = Path(settings.HOME)
    with (
        closing(open_duckdb(home=home, extensions=source.duckdb_extensions)) as duck,
        source.reading(duck, home, lambda what, rows: None) as reading,
    ):
        (batch,) = reading.batches(wanted, {"cursor": "2029-12-31"}, {})
        began = time.perf_counter()
        duck.execute(f"CREATE TABLE extracted AS {batch.select}")
        return time.perf_counter() - began


def warehouse_of_bench() -> tuple[Any, Any]:
    """Who measures, and a local warehouse to measure with."""
    from oneclick.accounts.services import ensure_default_organisation, operator_label, operator_principal
    from oneclick.provisioning import engine, services
    from oneclick.warehouses import queries
    from oneclick.warehouses.contract.errors import NotFound
    from oneclick.warehouses.contract.instance import Spec

    principal = operator_principal(ensure_default_organisation(actor=operator_label()))
    try:
        return principal, queries.warehouse(principal.organisation_id, "bench")
    except NotFound:
        engine.drive(services.request_create(principal, provider="local", spec=Spec(name="bench")).id)
        return principal, queries.warehouse(principal.organisation_id, "bench")


def _flow(principal: Any, warehouse: Any, source: Database, *, is_full: bool, prefix: str = "") -> Any:
    from oneclick.core.secrets import SecretText
    from oneclick.outbound.services import From, allow
    from oneclick.pipelines import services
    from oneclick.pipelines.contract.sources import Mode
    from oneclick.warehouses.contract.data_plane import Deletes

    allow(f"127.0.0.1:{source.config['port']}", actor=principal.label, sitting=From.COMMAND_LINE)
    flow = services.connect(
        principal, template_key="database_clone", warehouse=warehouse.id, config=source.config,
        given={"password": SecretText(PASSWORD)},
    )  # fmt: skip
    suggested = services.suggest(services.discover(principal, flow.id))
    if is_full:
        whole = {"mode": Mode.FULL, "key": (), "cursor": "", "look_back": 0, "deletes": Deletes.KEEP}
        wanted = [replace(each, **whole) for each in suggested]  # type: ignore[arg-type] # fields of the class
    else:
        wanted = [
            replace(each, table=f"{prefix}delta_{each.table}", look_back=0, deletes=Deletes.KEEP) for each in suggested
        ]
    services.choose(principal, flow.id, wanted)
    return services.schedule(principal, flow.id, kind="manual")


def _differences(principal: Any, warehouse: Any, source: Database) -> str:
    from oneclick.queries.services import run

    found = []
    for table, columns in SAME.items():
        (there,) = source.execute(f"SELECT {columns} FROM {table}")
        (here,) = run(principal, warehouse.id, f"SELECT {columns} FROM raw.{table}", limit=1).rows()
        found += [table] if [str(each) for each in there] != [str(each) for each in here] else []
    return ", ".join(found)


def _with(packages: Sequence[str]) -> list[str]:
    """Python with these packages, in an environment of their own that is made once, before anything is timed."""
    wanted = [part for package in packages for part in ("--with", package)]
    python = [str(UV), "run", "--quiet", "--no-project", "--python", sys.executable, *wanted, "python", "-c"]
    subprocess.run([*python, ""], check=True)
    return python


def _url(source: Database) -> str:
    found = _libpq(source)
    return f"postgresql://{found['user']}:{PASSWORD}@{found['host']}:{found['port']}/{found['dbname']}"


def _libpq(source: Database) -> dict[str, str]:
    config = source.config
    return {
        "host": config["host"], "port": config["port"], "dbname": config["database"], "user": config["user"],
        "password": PASSWORD,
    }  # fmt: skip


def _drive(run_id: str) -> None:
    """Our side of a round: what a worker does once it has the wake-up."""
    import django

    django.setup()
    from django.conf import settings

    from oneclick.job_queue.warming import warm_up
    from oneclick.pipelines import engine
    from oneclick.pipelines.models import FlowRun
    from oneclick.telemetry import logs

    logs.configure("bench", settings.ENVIRONMENT.log_level)
    warm_up()  # as a worker does when it starts
    began = time.perf_counter()
    engine.drive(UUID(run_id))
    taken = time.perf_counter() - began
    run = FlowRun.objects.get(id=run_id)
    assert run.state == "done", run.error_message
    print(taken)


@contextmanager
def installed() -> Iterator[None]:
    """An installation of its own."""
    with UnsupervisedInstallation("bench-flows", ONECLICK_LOG_LEVEL="WARNING") as installation:
        installation.adopt()
        yield


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _drive(sys.argv[1])
    else:
        with installed():
            show(measure())
