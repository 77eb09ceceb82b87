"""What Parquet becomes on its way into PostgreSQL; the loads themselves are in the contract suite."""

import csv
import io
from pathlib import Path

import duckdb
import pytest

from adapter_postgresql.loading import NULL, read_columns, write_csv
from oneclick.warehouses.contract.errors import InvalidConfig

TYPES = [
    ("1::TINYINT", "smallint"),
    ("1::UBIGINT", "numeric(20)"),
    ("1::BIGINT", "bigint"),
    ("1.5::DECIMAL(9,2)", "numeric(9,2)"),
    ("1.5::DOUBLE", "double precision"),
    ("'a'", "text"),
    ("true", "boolean"),
    ("DATE '2024-02-29'", "date"),
    ("TIMESTAMP '2024-02-29 12:00:00'", "timestamp"),
    ("TIMESTAMPTZ '2024-02-29 12:00:00'", "timestamptz"),
    ("'x'::BLOB", "bytea"),
    ("[1, 2]", "jsonb"),
    ("{'a': 1}", "jsonb"),
    ("INTERVAL 1 DAY", "text"),
]


def parquet(folder: Path, select: str) -> Path:
    path = folder / "x.parquet"
    with duckdb.connect() as engine:
        engine.execute(f"COPY (SELECT {select}) TO '{path}' (FORMAT parquet)")
    return path


def written(folder: Path, select: str) -> list[str]:
    target = folder / "x.csv"
    write_csv([parquet(folder, select)], target)
    [row] = csv.reader(io.StringIO(target.read_text()))
    return row


@pytest.mark.parametrize(("value", "expected"), TYPES)
def test_each_type_has_its_counterpart(tmp_path: Path, value: str, expected: str) -> None:
    assert read_columns([parquet(tmp_path, f"{value} AS x")]) == [("x", expected)]


def test_bytes_are_written_as_postgresql_reads_them(tmp_path: Path) -> None:
    assert written(tmp_path, r"'\x00\xFF'::BLOB AS x") == [r"\x00FF"]


def test_lists_and_structs_become_json(tmp_path: Path) -> None:
    assert written(tmp_path, "[1, 2] AS l, {'a': 'b'} AS s") == ["[1,2]", '{"a":"b"}']


def test_a_null_and_the_text_that_looks_like_one_differ(tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    write_csv([parquet(tmp_path, r"NULL::VARCHAR AS a, '\N' AS b, '' AS c")], target)
    assert target.read_text() == f'{NULL},"{NULL}",\n'


def test_a_column_may_have_any_name(tmp_path: Path) -> None:
    select = '1 AS "odd ""name"""'
    assert read_columns([parquet(tmp_path, select)]) == [('odd "name"', "integer")]
    assert written(tmp_path, select) == ["1"]


def test_no_rows_make_an_empty_file(tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    write_csv([parquet(tmp_path, "1 AS x WHERE false")], target)
    assert target.read_bytes() == b""


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"not Parquet")
    with pytest.raises(InvalidConfig, match="can't be read"):
        read_columns([broken])
