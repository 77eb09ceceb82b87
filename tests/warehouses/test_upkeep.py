from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.db import connection

from oneclick.accounts.roles import Principal
from oneclick.provisioning import engine, services
from oneclick.warehouses import upkeep
from oneclick.warehouses.contract.data_plane import BulkLoad, TableName
from oneclick.warehouses.contract.instance import AccessLevel, Spec
from oneclick.warehouses.models import Warehouse, WarehouseState
from oneclick.warehouses.services import data_plane

EVENTS = TableName(schema="raw", name="events")


@pytest.fixture
def lake(admin: Principal, tmp_path: Path, settings: Any) -> Warehouse:
    settings.HOME = tmp_path
    job = services.request_create(admin, provider="local", spec=Spec(name="sales"))
    engine.drive(job.id)
    warehouse = Warehouse.objects.get(id=job.warehouse_id)
    assert warehouse.state == WarehouseState.ACTIVE
    return warehouse


@pytest.mark.django_db(transaction=True)
def test_upkeep_merges_small_files_and_loses_no_row(lake: Warehouse, tmp_path: Path) -> None:
    part = tmp_path / "part.parquet"
    duckdb.sql("SELECT range AS n FROM range(20000)").write_parquet(str(part))
    plane = data_plane(lake, AccessLevel.WRITE)
    for number in range(6):
        plane.bulk_load(BulkLoad(files=[part], table=EVENTS, load_id=f"load-{number}", fence=number + 1))

    assert upkeep.tidy(lake.id)["rewritten_files"] == 6

    with data_plane(lake, AccessLevel.READ).connect() as session:
        rows = duckdb_rows(session.query("SELECT count(*), sum(n) FROM raw.events"))
    assert rows == [(120_000, 6 * sum(range(20_000)))]


def duckdb_rows(stream: Any) -> list[tuple[Any, ...]]:
    from arro3.core import RecordBatchReader

    reader = RecordBatchReader.from_arrow(stream)
    return [tuple(row.values()) for batch in reader for row in batch.to_struct_array().to_pylist()]


def test_upkeep_is_asked_for_warehouses_that_are_ready(lake: Warehouse) -> None:
    Warehouse.objects.create(organisation=lake.organisation, provider="local", name="half", spec={"name": "half"})

    assert upkeep.ask_for_upkeep() == 1

    with connection.cursor() as cursor:
        cursor.execute("SELECT args ->> 'warehouse_id' FROM procrastinate_jobs WHERE task_name = 'warehouses.tidy'")
        assert cursor.fetchall() == [(str(lake.id),)]


def test_upkeep_of_a_lake_that_is_away_is_postponed(lake: Warehouse, settings: Any) -> None:
    Warehouse.objects.filter(id=lake.id).update(current_logins={"write": 9, "read": 9})

    assert upkeep.tidy(lake.id) == {}

    assert Warehouse.objects.get(id=lake.id).state == WarehouseState.ACTIVE
