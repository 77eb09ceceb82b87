"""A warehouse to load into, and files to load."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oneclick.accounts.models import Organisation
from oneclick.warehouses import services
from oneclick.warehouses.contract.data_plane import SessionLimits, TableName
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse
from tests.lake import make_warehouse

Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def warehouse(transactional_db: None, organisation: Organisation) -> Warehouse:
    return make_warehouse(organisation)


@pytest.fixture
def rows_in(warehouse: Warehouse) -> Rows:
    """Reads a table with the read login, past everything under test."""

    def read(table: TableName | str, columns: str = "*") -> list[tuple[Any, ...]]:
        plane = services.data_plane(warehouse, AccessLevel.READ)
        from arro3.core import RecordBatchReader

        with plane.connect(SessionLimits()) as session:
            batches = list(RecordBatchReader.from_stream(session.query(f"SELECT {columns} FROM {table} ORDER BY ALL")))
        return [row for batch in batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]

    return read


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Writes a file with that name and content."""

    def make(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make
