"""A file of 2 GB: bounded memory, exact rows."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from oneclick.accounts.roles import Principal
from oneclick.pipelines.templates.file_import.services import load_file
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]

BYTES_PER_ROW = 118


WRITE = """
import duckdb, sys
duckdb.sql(f'''
    COPY (SELECT i AS id, (i * 37) % 1000003 AS shop, (i * 0.37)::DECIMAL(18, 2) AS amount,
                 DATE '2020-01-01' + (i % 3000)::INT AS day, TIMESTAMP '2020-01-01' + to_seconds(i) AS at,
                 'customer ' || (i % 10007) AS name, CASE WHEN i % 7 = 0 THEN 'NA' ELSE (i % 100)::VARCHAR END AS q,
                 md5(i::VARCHAR) AS hash, i % 2 = 0 AS flag, lpad((i % 99999)::VARCHAR, 5, '0') AS zip
          FROM range({sys.argv[1]}) r(i)) TO '{sys.argv[2]}' (HEADER)
''')
"""


@pytest.mark.parametrize(
    "size_mb", [pytest.param(20, id="20 MB"), pytest.param(2_048, id="2 GB", marks=pytest.mark.long)]
)
def test_a_large_file_is_loaded_in_bounded_memory(
    member: Principal, warehouse: Warehouse, rows_in: Rows, tmp_path: Path, size_mb: int
) -> None:
    file, rows = tmp_path / "large.csv", size_mb * 1_000_000 // BYTES_PER_ROW
    # In a process of its own, so that its memory isn't counted as ours.
    subprocess.run([sys.executable, "-c", WRITE, str(rows), str(file)], check=True)
    began = time.monotonic()
    report = load_file(member, warehouse.id, file)
    seconds = time.monotonic() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

    assert (report.rows, report.rejected) == (rows, 0)
    assert report.types == (
        "BIGINT", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "VARCHAR", "BIGINT", "VARCHAR", "BOOLEAN", "VARCHAR",
    )  # fmt: skip
    ((count, total),) = rows_in("raw.large", "count(*), sum(id)::BIGINT")
    assert (count, total) == (rows, rows * (rows - 1) // 2)
    assert peak_mb < 2_500
    assert seconds < 600
