"""What bringing changes into a table costs: ours, exactly once, against DuckDB's own MERGE into the same lake.

`python -m bench.applying` runs this alone. Keys are clustered, and the changes are at the end of them, as with the rows
of an application: then neither should take longer in a table that is ten times as large.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bench.figures import Figure, show
from bench.flows import installed, warehouse_of_bench
from oneclick.duck import open_duckdb
from oneclick.warehouses.contract.data_plane import LoadMode, QueryLoad, TableName

if TYPE_CHECKING:
    import duckdb

ROWS, CHANGED, ROUNDS = 4_000_000, 40_000, 7
MOST_OF_MERGE, MOST_GROWTH = 1.2, 1.3
SOURCE = "SELECT range AS id, 'customer ' || range % 1000 AS name, range * 0.37 AS amount FROM range({first}, {last})"


def measure() -> Iterator[Figure]:
    """Both ways, in turns, with a small and a large table; on an installation that this process has adopted."""
    from oneclick.warehouses.contract.instance import AccessLevel
    from oneclick.warehouses.services import data_plane

    _, warehouse = warehouse_of_bench()
    plane = data_plane(warehouse, AccessLevel.WRITE)
    ours: dict[int, list[float]] = {}
    by_hand: dict[int, list[float]] = {}
    for rows in (ROWS // 10, ROWS):
        for name in ("ours", "by_hand"):
            _ours(plane, TableName(schema="raw", name=f"{name}_{rows}"), 0, rows, LoadMode.REPLACE)
        for turn in range(ROUNDS):
            first = rows - CHANGED + turn * 100
            table = TableName(schema="raw", name=f"ours_{rows}")
            ours.setdefault(rows, []).append(_ours(plane, table, first, first + CHANGED, LoadMode.MERGE))
            table = TableName(schema="raw", name=f"by_hand_{rows}")
            by_hand.setdefault(rows, []).append(_by_hand(plane, table, first, first + CHANGED))
    for rows in (ROWS // 10, ROWS):
        ratio = median(a / b for a, b in zip(ours[rows], by_hand[rows], strict=True))
        yield Figure(
            name=f"{CHANGED:,} changes merged into {rows:,} rows, ours to MERGE by hand",
            value=f"{ratio:.2f}× ({median(ours[rows]):.3f} to {median(by_hand[rows]):.3f} s)",
            bound=f"at most {MOST_OF_MERGE}×", is_met=ratio <= MOST_OF_MERGE,
        )  # fmt: skip
    growth = median(ours[ROWS]) / median(ours[ROWS // 10])
    yield Figure(
        name="the same into a table ten times as large", value=f"{growth:.2f}×", bound=f"at most {MOST_GROWTH}×",
        is_met=growth <= MOST_GROWTH,
    )  # fmt: skip


def _opened() -> "duckdb.DuckDBPyConnection":
    from django.conf import settings

    return open_duckdb(home=settings.HOME)


def _ours(plane: Any, table: TableName, first: int, last: int, mode: LoadMode) -> float:
    with closing(_opened()) as duck:
        select = f"SELECT * FROM ({SOURCE.format(first=first, last=last)})"
        load = QueryLoad(select=select, table=table, load_id=str(uuid4()), fence=1, mode=mode, key=("id",))
        began = time.perf_counter()
        (result,) = plane.load_queries(duck, [load])
        taken = time.perf_counter() - began
    assert result.rows == last - first
    return taken


def _by_hand(plane: Any, table: TableName, first: int, last: int) -> float:
    attachment = plane.duckdb_attach()
    with closing(_opened()) as duck:
        began = time.perf_counter()
        for statement in attachment.statements:
            duck.execute(statement.reveal())
        source = SOURCE.format(first=first, last=last)
        duck.execute(
            f"MERGE INTO {attachment.catalog}.{table} AS target USING ({source}) AS source "
            "ON target.id = source.id WHEN MATCHED THEN UPDATE SET name = source.name, amount = source.amount "
            "WHEN NOT MATCHED THEN INSERT (id, name, amount) VALUES (source.id, source.name, source.amount)"
        )
        return time.perf_counter() - began


if __name__ == "__main__":
    with installed():
        show(measure())
