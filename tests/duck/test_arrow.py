"""Rows leave DuckDB in small batches, without pyarrow and without a trace of its stand-in."""

import sys
import threading
from types import ModuleType

import duckdb
import pytest
from arro3.core import Table

from oneclick.duck.arrow import fetch_arrow


def test_rows_come_in_batches_of_the_given_size() -> None:
    connection = duckdb.connect()
    reader = fetch_arrow(connection.execute("SELECT range AS n FROM range(25000)"), batch_rows=10_000)
    assert [batch.num_rows for batch in reader] == [10_000, 10_000, 5_000]
    assert fetch_arrow(connection.execute("SELECT 1 AS n WHERE false")).schema.names == ["n"]


def test_rows_are_right() -> None:
    rows = fetch_arrow(duckdb.connect().execute("SELECT range AS n, 'ä' || range AS t FROM range(3)"), batch_rows=2)
    assert Table.from_arrow(rows).column("t").to_pylist() == ["ä0", "ä1", "ä2"]


def test_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    fetch_arrow(duckdb.connect().execute("SELECT 1 AS n"))
    assert "pyarrow" not in sys.modules
    installed = ModuleType("pyarrow")
    monkeypatch.setitem(sys.modules, "pyarrow", installed)
    fetch_arrow(duckdb.connect().execute("SELECT 1 AS n"))
    assert sys.modules["pyarrow"] is installed
    assert "pyarrow.lib" not in sys.modules


def test_threads_may_do_it_at_once() -> None:
    counts: list[int] = []

    def work() -> None:
        for _ in range(20):
            reader = fetch_arrow(duckdb.connect().execute("SELECT range AS n FROM range(1000)"))
            counts.append(sum(batch.num_rows for batch in reader))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert counts == [1000] * 80
