"""One lake with a few rows for all tests of this room."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from oneclick.accounts.models import Organisation
from oneclick.queries.runner import RunningQuery, start
from oneclick.queries.wire import Job
from oneclick.warehouses import services
from oneclick.warehouses.contract.data_plane import BulkLoad, SessionLimits, TableName
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse
from tests.lake import make_warehouse


@pytest.fixture
def warehouse(transactional_db: None, organisation: Organisation, tmp_path: Path) -> Warehouse:
    """With a table raw.orders of 5,000 rows."""
    made = make_warehouse(organisation)
    file = tmp_path / "orders.parquet"
    duckdb.sql("SELECT i AS id, i % 7 AS shop, 'text ' || i AS note FROM range(5000) r(i)").write_parquet(str(file))
    services.data_plane(made, AccessLevel.WRITE).bulk_load(
        BulkLoad(files=[file], table=TableName(schema="raw", name="orders"), load_id="first", fence=1)
    )
    return made


Start = Callable[..., RunningQuery]


@pytest.fixture
def start_query(warehouse: Warehouse) -> Start:
    """Starts a query on the lake, in a process of its own."""
    provider = services.adapter(warehouse.provider)
    job = Job(
        adapter=f"{type(provider).__module__}:{type(provider).__qualname__}",
        installation=provider.installation,
        access=services.access(warehouse, AccessLevel.READ),
        sql="",
        row_limit=1000,
    )

    def run(sql: str, *, timeout_s: float = 20.0, memory_mb: int = 512, **changes: object) -> RunningQuery:
        limits = SessionLimits(timeout_s=timeout_s, memory_bytes=memory_mb << 20, threads=2)
        return start(replace(job, sql=sql, limits=limits, **changes))  # type: ignore[arg-type] # any field of Job

    return run
