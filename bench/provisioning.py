"""How fast a local warehouse is ready, and what the engine and the queue cost."""

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bench.figures import Figure, ms, p50_p99, percentile
from bench.nothing import RESOURCES
from oneclick.accounts.services import ensure_default_organisation, operator_label, operator_principal
from oneclick.duck import open_duckdb
from oneclick.provisioning import engine, services
from oneclick.provisioning.models import JobState, ProvisioningJob
from oneclick.provisioning.states import CHANNEL
from oneclick.warehouses import registry
from oneclick.warehouses.contract.instance import AccessLevel, Spec
from oneclick.warehouses.models import Warehouse
from oneclick.warehouses.services import data_plane

CLICKS = 50
DRAINED = 1000
WAITING = 5000
IDLE_STARTS = 100
LOOKS_EVERY_S = 1.0


def measure() -> Iterator[Figure]:
    principal = operator_principal(ensure_default_organisation(actor=operator_label()))
    floors, readies, warehouses = [], [], []
    for number in range(CLICKS):
        floors.append(_floor(number))
        took_s, warehouse = _click_to_ready(principal, f"bench{number}")
        readies.append(took_s)
        warehouses.append(warehouse)
    yield from _against_floor(floors, readies)
    yield _starts(principal, warehouses, "enqueue → start on an idle stack, p99 of 100")
    yield from _drain(principal, warehouses)
    yield from _behind_a_slow_one(principal, warehouses)
    yield _connections(warehouses)


def _floor(number: int) -> float:
    """What can't be avoided: CREATE DATABASE and DuckLake's first ATTACH, by hand."""
    catalog_url = settings.ONECLICK_ADAPTER_OPTIONS["local"]["catalog_url"].reveal()
    parts = conninfo_to_dict(catalog_url)
    name = f"floor_{number}"
    folder = settings.HOME / "floor" / name
    folder.mkdir(parents=True)
    duck = open_duckdb(home=Path(settings.HOME), extensions=("ducklake", "postgres_scanner", "httpfs"))
    began = time.perf_counter()
    with psycopg.connect(catalog_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    duck.execute(
        f"CREATE SECRET server (TYPE postgres, HOST '{parts['host']}', PORT {parts['port']}, DATABASE '{name}',"
        f" USER '{parts['user']}', PASSWORD '{parts['password']}')"
    )
    duck.execute(
        "CREATE SECRET lake (TYPE ducklake, METADATA_PATH '',"
        " METADATA_PARAMETERS MAP {'TYPE': 'postgres', 'SECRET': 'server'})"
    )
    duck.execute(f"ATTACH 'ducklake:lake' AS floor (DATA_PATH '{folder}/', ENCRYPTED)")
    took_s = time.perf_counter() - began
    duck.close()
    return took_s


def _click_to_ready(principal, name: str) -> tuple[float, Warehouse]:
    began = time.perf_counter()
    job = services.request_create(principal, provider="local", spec=Spec(name=name))
    _wait_for(job)
    took_s = time.perf_counter() - began
    return took_s, Warehouse.objects.get(id=job.warehouse_id)


def _wait_for(job: ProvisioningJob) -> None:
    """Until the job has ended, as its page hears of it: told of each event, and looking only then."""
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    while not _is_done(job):
        next(connection.connection.notifies(timeout=LOOKS_EVERY_S, stop_after=1), None)


def _is_done(job: ProvisioningJob) -> bool:
    state = ProvisioningJob.objects.values_list("state", flat=True).get(id=job.id)
    if state in (JobState.FAILED, JobState.CANCELLED):
        raise RuntimeError(f"a job ended as {state}")
    return bool(state == JobState.SUCCESS)


def _against_floor(floors: list[float], readies: list[float]) -> Iterator[Figure]:
    floor_50, floor_99 = p50_p99(floors)
    ready_50, ready_99 = p50_p99(readies)
    yield Figure(
        name="floor (CREATE DATABASE + first ATTACH by hand), p50 / p99", value=f"{ms(floor_50)} / {ms(floor_99)}"
    )
    yield Figure(name=f"click → ready, p50 / p99 of {CLICKS}", value=f"{ms(ready_50)} / {ms(ready_99)}")
    for name, ratio in (("p50", ready_50 / floor_50), ("p99", ready_99 / floor_99)):
        yield Figure(
            name=f"click → ready ÷ floor, {name}", value=f"{ratio:.2f}×", bound="at most 2×", is_met=ratio <= 2
        )


def overhead() -> Figure:
    """What the engine adds to each resource, with a provider whose calls cost nothing. Needs that no worker runs."""
    principal = operator_principal(ensure_default_organisation(actor=operator_label()))
    registry.BUILT_IN["nothing"] = "bench.nothing:NothingAdapter"
    registry._locations.cache_clear()
    costs = []
    for number in range(5):
        job = services.request_create(principal, provider="nothing", spec=Spec(name=f"nothing{number}"))
        began = time.perf_counter()
        engine.drive(job.id)
        costs.append((time.perf_counter() - began) / RESOURCES)
        job.refresh_from_db()
        assert job.state == JobState.SUCCESS
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    cost = percentile(costs, 0.5)
    return Figure(
        name=f"engine's overhead per resource, median of 5 × {RESOURCES}",
        value=ms(cost),
        bound="under 10 ms",
        is_met=cost < 0.01,
    )


def _starts(principal, warehouses: list[Warehouse], name: str) -> Figure:
    lags = []
    for number in range(IDLE_STARTS):
        job = services.request_check(principal, warehouses[number % len(warehouses)].id)
        _wait_for(job)
        job.refresh_from_db()
        assert job.started_at is not None
        lags.append((job.started_at - job.created_at).total_seconds())
    p50, p99 = p50_p99(lags)
    return Figure(name=name, value=f"{ms(p99)} (p50 {ms(p50)})", bound="under 50 ms", is_met=p99 < 0.05)


def _drain(principal, warehouses: list[Warehouse]) -> Iterator[Figure]:
    before = ProvisioningJob.objects.count()
    for number in range(DRAINED):
        services.request_check(principal, warehouses[number % len(warehouses)].id)
    began = time.perf_counter()
    left = DRAINED
    while left:
        time.sleep(0.1)
        left = ProvisioningJob.objects.filter(state__in=("pending", "running", "waiting")).count()
    took_s = time.perf_counter() - began
    done = ProvisioningJob.objects.filter(kind="check", state="success").count()
    lost = ProvisioningJob.objects.count() - before - DRAINED
    yield Figure(
        name=f"{DRAINED:,} queued checks drained",
        value=f"{DRAINED / took_s:.1f} jobs/s, {lost} lost, {done:,} succeeded in all",
        bound="none lost",
        is_met=lost == 0,
    )


def _behind_a_slow_one(principal, warehouses: list[Warehouse]) -> Iterator[Figure]:
    slow, others = warehouses[0], warehouses[1:]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE warehouses_warehouse SET lease_holder = 'slow', lease_until = now() + interval '1 hour'"
            " WHERE id = %s",
            [slow.id],
        )
    for _ in range(WAITING):
        services.request_check(principal, slow.id)
    _until_queue_is_empty()
    yield _starts(principal, others, f"the same with {WAITING:,} jobs waiting on one slow warehouse")
    ProvisioningJob.objects.filter(warehouse=slow, state="pending").update(state="cancelled")
    Warehouse.objects.filter(id=slow.id).update(lease_holder="", lease_until=None)


def _until_queue_is_empty() -> None:
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM procrastinate_jobs"
                " WHERE status IN ('todo', 'doing') AND task_name = 'provisioning.drive'"
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.2)


def _connections(warehouses: list[Warehouse]) -> Figure:
    sessions = [data_plane(warehouse, AccessLevel.READ).connect() for warehouse in warehouses]
    for session in sessions:
        session.query("SELECT 1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        open_now = cursor.fetchone()[0]
    for session in sessions:
        session.close()
    return Figure(
        name=f"PostgreSQL connections with {len(warehouses)} warehouses in use",
        value=str(open_now),
        bound="of 200",
        is_met=open_now < 200,
    )
