"""What unpacks to too much or takes too long is refused, and nothing is left behind."""

import dataclasses
import gzip
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from oneclick.accounts.roles import Principal
from oneclick.duck.quoting import literal
from oneclick.pipelines.models import FileLoad
from oneclick.pipelines.templates.file_import import detect
from oneclick.pipelines.templates.file_import.convert import Reading, convert
from oneclick.pipelines.templates.file_import.detect import FileFacts
from oneclick.pipelines.templates.file_import.errors import FileTooLarge, LoadTimedOut
from oneclick.pipelines.templates.file_import.limits import Limits
from oneclick.pipelines.templates.file_import.scratch import scratch_folder
from oneclick.pipelines.templates.file_import.services import load_file
from oneclick.pipelines.templates.file_import.work import Options
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Rows, Write


def reading(path: Path, facts: FileFacts, folder: Path, limits: Limits) -> Reading:
    return Reading(
        path=path, facts=facts, folder=folder, home=folder.parent.parent, options=Options(),
        on_progress=lambda *_: None, limits=limits,
    )  # fmt: skip


@pytest.mark.parametrize("members", [1, 3])
def test_a_packed_file_is_unpacked_no_further_than_allowed(tmp_path: Path, members: int) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a\n" + b"0" * (256 << 20) + b"\n") * members)
    assert path.stat().st_size < 1 << 20
    began = time.process_time()
    with pytest.raises(FileTooLarge, match="4 MiB"):
        detect.inspect(path, limits=Limits.from_now(unpacked_bytes=4 << 20, seconds=60))
    assert time.process_time() - began < 0.5


def test_a_parquet_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    duckdb.sql(
        f"COPY (SELECT repeat('x', 1000) || i AS a FROM range(20000) r(i)) TO {literal(str(path))}"
        " (FORMAT parquet, COMPRESSION zstd)"
    )
    assert path.stat().st_size < 4 << 20
    facts = detect.inspect(path)
    limits = Limits.from_now(unpacked_bytes=4 << 20, seconds=60)
    with scratch_folder(tmp_path / "home") as folder, pytest.raises(FileTooLarge):
        convert(reading(path, facts, folder, limits))


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "utf16.csv", "t.jsonl"])
def test_a_load_that_takes_too_long_is_cut_off(tmp_path: Path, name: str) -> None:
    row = '{"a": "1", "b": "x"}\n' if name.endswith("jsonl") else "1,2020-01-01,x\n"
    content = (row * 1_500_000).encode("utf-16" if "16" in name else "utf-8")
    path = tmp_path / name
    path.write_bytes(gzip.compress(content, 1) if name.endswith("gz") else content)
    facts = detect.inspect(path)
    began = time.monotonic()
    limits = Limits.from_now(unpacked_bytes=1 << 40, seconds=0.15)
    with scratch_folder(tmp_path / "home") as folder, pytest.raises(LoadTimedOut):
        convert(reading(path, facts, folder, limits))
    assert time.monotonic() - began < 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("limit", "error"), [({"load_unpacked_mb": 1}, FileTooLarge), ({"load_timeout_s": 0}, LoadTimedOut)]
)
def test_a_refused_load_leaves_the_table_and_the_disk_as_they_were(
    member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows, settings: Any, *,
    limit: dict[str, int], error: type[Exception],
) -> None:  # fmt: skip
    load_file(member, warehouse.id, write("t.csv", "a\n1\n"))
    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, **limit)
    with pytest.raises(error) as refused:
        load_file(member, warehouse.id, write("t.csv.gz", gzip.compress(b"a\n" + b"2\n" * (1 << 20))), table="t")
    assert "ONECLICK_LOAD_" in refused.value.hint  # type: ignore[attr-defined] # ours have one
    assert rows_in("raw.t") == [(1,)]
    assert FileLoad.objects.count() == 1
    assert not list((Path(settings.HOME) / "scratch").iterdir())
