import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from arro3.core import RecordBatchReader, Schema

from oneclick.queries import outputs

VALUES = """
    1::HUGEINT, 12345678901234567890.123456789::DECIMAL(38,9), 'nan'::DOUBLE, 'infinity'::DATE,
    INTERVAL '1 year 2 days', [1, NULL], MAP {'a': 1}, {'x': 'y"z'}, '\\xAA'::BLOB, 'a,"b"
c', NULL, '', TIMESTAMPTZ '2020-01-02 03:04:05+02', TIME '12:34:56', true, uuid '00000000-0000-0000-0000-000000000001'
"""


class Rows:
    """An Arrow stream with a schema, as a query's result is."""

    def __init__(self, sql: str) -> None:
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        reader = RecordBatchReader.from_arrow(connection.sql(sql))
        self.schema: Schema = reader.schema
        self._batches = list(reader)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return RecordBatchReader.from_batches(self.schema, self._batches).__arrow_c_stream__()


@pytest.fixture
def zoo() -> Rows:
    return Rows(f"SELECT {VALUES}")


def test_every_type_is_written_as_csv(zoo: Rows) -> None:
    _, row = csv.reader(io.StringIO("".join(outputs.csv_lines(zoo))))
    assert row == [
        "1", "12345678901234567890.123456789", "nan", "infinity", "1 year 2 days", "[1, NULL]", "{a=1}",
        "{'x': 'y\"z'}", "\\xAA", 'a,"b"\nc', "", "", "2020-01-02 01:04:05+00", "12:34:56", "true",
        "00000000-0000-0000-0000-000000000001",
    ]  # fmt: skip


def test_every_type_is_written_as_json(zoo: Rows) -> None:
    (text,) = outputs.json_rows(zoo, as_objects=False)
    assert "12345678901234567890.123456789" in text
    assert json.loads(text) == [
        1, 12345678901234567890.123456789, None, "infinity", "1 year 2 days", [1, None], {"a": 1}, {"x": 'y"z'},
        "\\xAA", 'a,"b"\nc', None, "", "2020-01-02 01:04:05+00", "12:34:56", True,
        "00000000-0000-0000-0000-000000000001",
    ]  # fmt: skip


def test_every_type_is_written_as_parquet_and_arrow(zoo: Rows) -> None:
    body = io.BytesIO()
    outputs.write_parquet(zoo, body)
    assert body.getvalue().startswith(b"PAR1")
    body = io.BytesIO()
    outputs.write_arrow(zoo, body)
    assert len(body.getvalue()) > 100


def test_doubled_blank_and_odd_names_do_no_harm() -> None:
    rows = Rows("""SELECT 1 AS a, 2 AS "a", 3 AS "A", 4 AS "we""ird'", 5 AS " " """)
    assert next(outputs.csv_lines(rows)) == 'a,a,A,"we""ird\'", \r\n'
    assert list(outputs.json_rows(rows, as_objects=False)) == ["[1,2,3,4,5]"]
    body = io.BytesIO()
    outputs.write_parquet(rows, body)
    assert outputs.unique(["a", "a", "A", "", ""]) == ["a", "a_2", "A_3", "column", "column_2"]


def test_json_is_one_array_also_without_rows() -> None:
    def joined(rows: Any) -> Any:
        return json.loads("".join(outputs.json_array(rows)))

    assert joined(Rows("SELECT 1 AS a UNION ALL SELECT 2 ORDER BY 1")) == [{"a": 1}, {"a": 2}]
    assert joined(Rows("SELECT 1 AS a WHERE false")) == []


def test_rows_stream_through() -> None:
    taken = 0

    class Slow(Rows):
        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
            def batches() -> Iterator[Any]:
                nonlocal taken
                for _ in range(1_000):
                    taken += 1
                    yield self._batches[0]

            return RecordBatchReader.from_batches(self.schema, batches()).__arrow_c_stream__()

    lines = outputs.csv_lines(Slow("SELECT range AS a FROM range(1000)"))
    assert [next(lines) for _ in range(3)] == ["a\r\n", "0\r\n", "1\r\n"]
    assert taken < 100
