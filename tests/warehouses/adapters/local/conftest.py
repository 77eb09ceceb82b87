"""One lake for the tests that leave it as it is, and as many of one's own as a test needs."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from oneclick.warehouses.contract.instance import Instance
from oneclick.warehouses.testing.workbench import Workbench
from tests.warehouses.adapters.local.harness import LocalHarness


@pytest.fixture(scope="session")
def harness() -> LocalHarness:
    return LocalHarness()


@pytest.fixture(scope="module")
def bench(harness: LocalHarness) -> Iterator[Workbench]:
    bench = Workbench(harness)
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def lake(bench: Workbench) -> Instance:
    return bench.keep(bench.created())


@pytest.fixture
def own_lake(bench: Workbench) -> Instance:
    return bench.created()


@pytest.fixture(autouse=True)
def tidy(bench: Workbench) -> Iterator[None]:
    yield
    bench.tidy()


@pytest.fixture
def parquet(tmp_path: Path) -> "ParquetMaker":
    return ParquetMaker(tmp_path)


class ParquetMaker:
    """Writes the rows of a query into a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, query: str, name: str = "") -> Path:
        file = self._folder / f"{name or len(list(self._folder.iterdir()))}.parquet"
        duckdb.sql(query).write_parquet(str(file))
        return file
