"""What a large CSV file costs: loaded by us, whole columns looked at and exactly once, against DuckDB's own reader.

`python -m bench.csv_files` runs this alone; ROWS makes it smaller. Each is a process of its own, in turns.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import duckdb

from bench.figures import Figure, show
from bench.flows import Peer, installed, warehouse_of_bench

ROWS = int(os.environ.get("ROWS", "10000000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
LEAST_OF_READER, MOST_RSS_MB = 0.95, 1000
WRITE = """
COPY (SELECT range AS id, 'shop ' || range % 1003 AS shop, (range * 37 % 100000) / 100 AS amount,
    DATE '2020-01-01' + (range % 3000)::INT AS day, TIMESTAMP '2020-01-01' + to_seconds(range) AS at,
    'customer number ' || range % 10007 AS customer, CASE WHEN range % 7 > 0 THEN range % 100 END AS discount,
    md5(range::VARCHAR) AS hash, range % 2 = 0 AS is_new, lpad((range % 99999)::VARCHAR, 5, '0') AS zip
    FROM range({rows})) TO '{file}' (HEADER)
"""
READER = """
import sys, time
import duckdb
source, file = sys.argv[1:]
duck = duckdb.connect(file, config={"threads": 2, "preserve_insertion_order": False, "memory_limit": "1GB"})
began = time.perf_counter()
duck.execute(f"CREATE TABLE orders AS FROM read_csv('{source}')")
print(time.perf_counter() - began)
"""


def measure() -> Iterator[Figure]:
    """Both, on an installation that this process has adopted."""
    from django.conf import settings

    warehouse_of_bench()
    source, file = Path(settings.HOME) / "orders.csv", Path(settings.HOME) / "read.duckdb"
    duckdb.execute(WRITE.format(rows=ROWS, file=source))
    size_gb = source.stat().st_size / 1e9
    ours, reader = Peer(name="ours"), Peer(name="DuckDB's reader")
    for _ in range(ROUNDS):
        ours.go([sys.executable, "-m", "bench.csv_files", str(source)])
        reader.go([sys.executable, "-c", READER, str(source), str(file)])
        file.unlink()
    what = f"CSV of {ROWS:,} × 10 ({size_gb:.2f} GB)"
    yield Figure(name=f"{what} by DuckDB's reader into its own file", value=reader.figure_of(ROWS))
    yield Figure(
        name=f"{what} by ours into the lake", value=ours.figure_of(ROWS), bound=f"under {MOST_RSS_MB} MB",
        is_met=ours.rss_mb < MOST_RSS_MB,
    )  # fmt: skip
    ratio = median(b / a for a, b in zip(ours.seconds, reader.seconds, strict=True))
    yield Figure(
        name="our speed to the reader's", value=f"{ratio:.2f}×", bound=f"at least {LEAST_OF_READER}×",
        is_met=ratio >= LEAST_OF_READER,
    )  # fmt: skip


def _load(source: str) -> None:
    """Our side of a round."""
    import time

    import django

    django.setup()
    from oneclick.pipelines.templates.file_import.services import load_file
    from oneclick.telemetry import logs

    logs.configure("bench", "WARNING")
    principal, warehouse = warehouse_of_bench()
    began = time.perf_counter()
    report = load_file(principal, warehouse.id, Path(source))
    taken = time.perf_counter() - began
    assert (report.rows, report.rejected) == (ROWS, 0)
    print(taken)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _load(sys.argv[1])
    else:
        with installed():
            show(measure())
