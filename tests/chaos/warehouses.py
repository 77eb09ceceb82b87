"""What the chaos run asks of the product, and what it finds outside afterwards."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import DatabaseError, connection
from psycopg import sql

from oneclick.accounts.services import ensure_default_organisation, operator_label, operator_principal
from oneclick.provisioning import services
from oneclick.provisioning.models import UNFINISHED, ProvisioningJob, ResourceRecord
from oneclick.warehouses.contract.instance import Spec
from oneclick.warehouses.models import Warehouse, WarehouseState
from oneclick.warehouses.services import adapter

P = ParamSpec("P")
R = TypeVar("R")


def patient(look: Callable[P, R]) -> Callable[P, R]:
    """Look again while the server is away."""

    @wraps(look)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        deadline = time.monotonic() + 30
        while True:
            try:
                return look(*args, **kwargs)
            except (DatabaseError, psycopg.Error):
                connection.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    return again


def ask_for(count: int, *, planted_every: int) -> list[UUID]:
    """Ask for so many warehouses; returns the jobs that can't succeed."""
    principal = operator_principal(ensure_default_organisation(actor=operator_label()))
    planted = []
    for number in range(count):
        job = services.request_create(principal, provider="local", spec=Spec(name=f"w{number}"))
        if number % planted_every == planted_every - 1:
            _plant_foreign_role(job)
            planted.append(job.id)
    return planted


def _plant_foreign_role(job: ProvisioningJob) -> None:
    first = adapter("local").resources(job.warehouse.instance)[0]
    with _server() as server:
        exists = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [first.name]).fetchone()
        if exists is None:
            server.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(first.name)))


@patient
def unfinished() -> int:
    return ProvisioningJob.objects.filter(state__in=UNFINISHED).count()


@patient
def running_in(pid: int) -> list[str]:
    """What the jobs that this worker drives at this moment are at."""
    held = ProvisioningJob.objects.filter(state="running", warehouse__lease_holder__contains=f":{pid}:")
    return [_place(job) for job in held]


def _place(job: ProvisioningJob) -> str:
    event = job.events.order_by("-sequence").first()
    return f"{event.action} {event.resource_kind} {event.state}".strip() if event else "begin"


@patient
def outcome() -> dict[str, Any]:
    rows = ProvisioningJob.objects.values_list("state", "error_code")
    return {" ".join(filter(None, row)): number for row, number in sorted(Counter(rows).items())}


@patient
def codes_of(jobs: Sequence[UUID]) -> list[str]:
    return list(ProvisioningJob.objects.filter(id__in=jobs).values_list("error_code", flat=True))


@patient
def compare_with_outside(planted: Sequence[UUID]) -> dict[str, Any]:
    """Hold what is on the server and in the lakes' folder against the inventory."""
    with _server() as server:
        found = {row[0] for row in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'oc%'")}
        found |= {row[0] for row in server.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'oc%'")}
    lakes = settings.HOME / "lakes"
    found |= {str(entry) for entry in lakes.iterdir()} if lakes.exists() else set()
    broken = set(ProvisioningJob.objects.filter(id__in=planted).values_list("warehouse_id", flat=True))
    wanted: set[str] = set()
    not_ready: list[str] = []
    for warehouse in Warehouse.objects.filter(state=WarehouseState.ACTIVE):
        wanted |= {resource.name for resource in adapter("local").resources(warehouse.instance)}
        status = services.warehouse_status(
            operator_principal(ensure_default_organisation(actor=operator_label())), warehouse.id
        )
        if status.state.value != "ready":
            not_ready.append(f"{warehouse.name}: {status}")
    broken_tags = {warehouse_id.hex for warehouse_id in broken}
    return {
        "ready": Warehouse.objects.filter(state=WarehouseState.ACTIVE).count() - len(not_ready),
        "not_ready": not_ready,
        "doubled_records": _doubled(),
        "strays": sorted(name for name in found - wanted if not any(tag in name for tag in broken_tags)),
        "unfinished_left": [str(job) for job in ProvisioningJob.objects.filter(state__in=UNFINISHED)],
    }


def _doubled() -> int:
    rows = ResourceRecord.objects.values_list("warehouse_id", "kind", "name")
    return len(rows) - len(set(rows))


def _server() -> psycopg.Connection[Any]:
    catalog_url = settings.ONECLICK_ADAPTER_OPTIONS["local"]["catalog_url"].reveal()
    return psycopg.connect(catalog_url, autocommit=True)
