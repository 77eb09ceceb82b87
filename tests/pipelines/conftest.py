"""A warehouse to load into, and files to load."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from oneclick.accounts.models import Organisation
from oneclick.duck.quoting import pattern
from oneclick.outbound.destinations import parse
from oneclick.pipelines.templates.file_import import detect
from oneclick.pipelines.templates.file_import.convert import Converted, Reading, convert
from oneclick.pipelines.templates.file_import.scratch import scratch_folder
from oneclick.pipelines.templates.file_import.work import Options
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.warehouses import services
from oneclick.warehouses.contract.data_plane import SessionLimits, TableName
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse
from tests.installations import new_home
from tests.lake import make_warehouse
from tests.pipelines.sources import SHOP, SourceDatabase, SourceServer

Import = Callable[..., "Result"]

HOME = "home"
Rows = Callable[..., list[tuple[Any, ...]]]
Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def warehouse(transactional_db: None, organisation: Organisation) -> Warehouse:
    return make_warehouse(organisation)


@pytest.fixture(scope="session")
def source_server() -> Iterator[SourceServer]:
    """A PostgreSQL server that isn't ours."""
    home = new_home("source")
    postgres = EmbeddedPostgres(home)
    postgres.start()
    yield SourceServer(postgres=postgres)
    postgres.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def empty_database(source_server: SourceServer, settings: Any) -> SourceDatabase:
    """An application's database, which an operator has allowed."""
    database = source_server.database("app")
    settings.ONECLICK_OUTBOUND_ALLOW = [parse(database.destination)]
    return database


@pytest.fixture
def shop(empty_database: SourceDatabase) -> SourceDatabase:
    """A shop: 500 customers, 2,000 orders."""
    empty_database.execute(SHOP)
    return empty_database


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


class Result:
    """What a file became."""

    def __init__(self, done: Converted, encoding: str) -> None:
        self.encoding = encoding
        self.columns = [name for name, _ in done.columns]
        self.types = [kind for _, kind in done.columns]
        self.rejected = done.rejected
        self.count = done.rows
        parts = ", ".join(map(pattern, done.parts))
        self.rows = duckdb.sql(f"FROM read_parquet([{parts}])").fetchall()
        found = duckdb.sql(f"FROM read_parquet({pattern(done.rejects)})").order("line_number")
        self.lines: list[int | None] = [line for (line,) in found.project("line_number").fetchall()]
        self.reasons: list[str] = [text for (text,) in found.project("reason").fetchall()]
        self.raw: list[str] = [raw for (raw,) in found.project("raw").fetchall()]


@pytest.fixture
def take(tmp_path: Path) -> Import:
    """Detects and converts a file with that name and content."""

    def run(name: str, content: str | bytes, **options: Any) -> Result:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        wanted = Options(**options)
        facts = detect.inspect(path, encoding=wanted.encoding)
        home = tmp_path / HOME
        with scratch_folder(home) as folder:
            done = convert(
                Reading(
                    path=path, facts=facts, folder=folder, home=home, options=wanted,
                    on_progress=lambda what, share: None,
                )
            )  # fmt: skip
            return Result(done, facts.encoding)

    return run
