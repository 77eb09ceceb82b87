"""One lake with a few rows for all tests of this room."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from arro3.core import RecordBatchReader

from oneclick.accounts.models import Organisation
from oneclick.core.ids import new_id
from oneclick.duck.quoting import identifier
from oneclick.queries.runner import RunningQuery, start
from oneclick.queries.wire import Job
from oneclick.warehouses.contract.data_plane import (
    Access,
    BulkLoad,
    DataPlane,
    LoadMode,
    SessionLimits,
    TableInfo,
    TableName,
)
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse
from tests.lake import Lake

Start = Callable[..., RunningQuery]
MakeTable = Callable[[str, str], TableInfo]


def load_orders(plane: DataPlane, folder: Path) -> None:
    """The table raw.orders with 5,000 rows."""
    file = folder / "orders.parquet"
    duckdb.sql("SELECT i AS id, i % 7 AS shop, 'text ' || i AS note FROM range(5000) r(i)").write_parquet(str(file))
    plane.bulk_load(BulkLoad(files=[file], table=TableName(schema="raw", name="orders"), load_id="first", fence=1))


@pytest.fixture(scope="session")
def one_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake()
    load_orders(made.adapter.data_plane(made.access(AccessLevel.WRITE)), tmp_path_factory.mktemp("orders"))
    return made


@pytest.fixture
def lake(one_lake: Lake) -> Access:
    """How to read the lake, which has the table raw.orders."""
    return one_lake.access(AccessLevel.READ)


@pytest.fixture
def start_query(one_lake: Lake, lake: Access) -> Start:
    """Starts a query on the lake, in a process of its own."""
    kind = type(one_lake.adapter)
    job = Job(
        adapter=f"{kind.__module__}:{kind.__qualname__}",
        installation=one_lake.adapter.installation,
        access=lake,
        sql="",
        row_limit=1000,
    )

    def run(sql: str, *, timeout_s: float = 20.0, memory_mb: int = 512, **changes: object) -> RunningQuery:
        limits = SessionLimits(timeout_s=timeout_s, memory_bytes=memory_mb << 20, threads=2)
        return start(replace(job, sql=sql, limits=limits, **changes))  # type: ignore[arg-type] # any field of Job

    return run


@pytest.fixture
def warehouse(transactional_db: None, organisation: Organisation, one_lake: Lake) -> Warehouse:
    """The organisation's own, with the table raw.orders."""
    return one_lake.as_warehouse_of(organisation)


@pytest.fixture(scope="session")
def one_empty_lake() -> Lake:
    return Lake()


@pytest.fixture
def empty_lake(transactional_db: None, organisation: Organisation, one_empty_lake: Lake) -> Warehouse:
    """The organisation's own, without a table."""
    return one_empty_lake.as_warehouse_of(organisation, "empty")


@pytest.fixture
def make_table(one_lake: Lake, tmp_path: Path) -> Iterator[MakeTable]:
    """Puts the rows of a SELECT into a table of raw; it goes afterwards, as the lake is everybody's."""
    plane = one_lake.adapter.data_plane(one_lake.access(AccessLevel.WRITE))
    made: list[str] = []

    def make(name: str, sql: str) -> TableInfo:
        file = tmp_path / f"{len(made)}.parquet"
        duckdb.sql(sql).write_parquet(str(file))
        table = TableName(schema="raw", name=name)
        load = BulkLoad(files=[file], table=table, load_id=str(new_id()), fence=1, mode=LoadMode.REPLACE)
        plane.bulk_load(load)
        made.append(name)
        return next(info for info in plane.list_tables() if info.table == table)

    yield make
    with plane.connect() as session:
        for name in made:
            list(RecordBatchReader.from_stream(session.query(f"DROP TABLE raw.{identifier(name)}")))
