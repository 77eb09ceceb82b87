"""Rows merged by the columns that identify them."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from oneclick.accounts.roles import Principal
from oneclick.pipelines.templates.file_import.errors import BadImportOption
from oneclick.pipelines.templates.file_import.services import load_file
from oneclick.pipelines.templates.file_import.work import Options
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Import, Rows, Write
from tests.pipelines.test_sheets import book

BY_ID = Options(key=("id",))


@pytest.mark.django_db(transaction=True)
class TestInTheWarehouse:
    """As a whole: file, table, rows set aside."""

    def test_rows_with_a_known_key_are_replaced_and_others_added(
        self, member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows
    ) -> None:
        load_file(member, warehouse.id, write("t.csv", "id,name\n1,one\n2,two\n"))
        changed = write("changed.csv", "ID,name\n2,TWO\n3,three\n,nobody\n")
        for _ in range(2):
            report = load_file(member, warehouse.id, changed, table="t", mode="merge", options=BY_ID)
        assert (report.rows, report.rejected) == (2, 1)
        assert rows_in("raw.t") == [(1, "one"), (2, "TWO"), (3, "three")]
        assert rows_in("raw.t_rejected", "DISTINCT line_number, raw") == [(4, ",nobody")]

    def test_of_several_rows_with_one_key_the_last_wins(
        self, member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows
    ) -> None:
        rows = "".join(f"{number % 1_000},{number}\n" for number in range(300_000))
        load_file(member, warehouse.id, write("t.csv", "id,n\n" + rows), mode="merge", options=BY_ID)
        assert rows_in("raw.t", "count(*), min(n), max(n)") == [(1_000, 299_000, 299_999)]

    def test_a_table_that_somebody_made_may_be_merged_into(
        self, member: Principal, warehouse: Warehouse, write: Write, rows_in: Rows
    ) -> None:
        load_file(member, warehouse.id, write("t.csv", "id,name\n1,one\n"))
        from oneclick.pipelines.models import LoadedTable

        LoadedTable.objects.all().delete()
        load_file(member, warehouse.id, write("n.csv", "id,name\n1,ONE\n"), table="t", mode="merge", options=BY_ID)
        assert rows_in("raw.t") == [(1, "ONE")]

    @pytest.mark.parametrize(
        ("mode", "key"), [("merge", ()), ("append", ("id",)), ("replace", ("id",)), ("merge", ("nope",))]
    )
    def test_mode_and_key_go_together(
        self, member: Principal, warehouse: Warehouse, write: Write, mode: str, key: tuple[str, ...]
    ) -> None:
        with pytest.raises(BadImportOption) as refused:
            load_file(member, warehouse.id, write("t.csv", "id\n1\n"), mode=mode, options=Options(key=key))
        assert refused.value.hint


def parquet(tmp_path: Path) -> bytes:
    path = tmp_path / "made.parquet"
    duckdb.sql("SELECT * FROM (VALUES (1, 'x'), (NULL, 'y'), (3, 'z')) t(id, b)").write_parquet(str(path))
    return path.read_bytes()


@pytest.mark.parametrize("name", ["t.csv", "quoted.csv", "t.xlsx", "t.jsonl", "t.parquet"])
def test_a_row_without_a_key_is_set_aside_whatever_the_format(take: Import, tmp_path: Path, name: str) -> None:
    rows: list[Any] = [(1, "x"), (None, "y"), (3, "z")]
    content: dict[str, str | bytes] = {
        "t.csv": "id,b\n1,x\n,y\n3,z\n",
        "quoted.csv": 'id,b\n1,"x"\n"","y"\n3,"z"\n',
        "t.xlsx": book([("id", "b"), *rows]),
        "t.jsonl": "".join(json.dumps({"id": number, "b": text}) + "\n" for number, text in rows),
        "t.parquet": parquet(tmp_path),
    }
    found = take(name, content[name], key=("ID",))
    assert (found.rows, found.rejected) == ([(1, "x"), (3, "z")], 1)
    assert found.lines == [2 if name in ("t.jsonl", "t.parquet") else 3]
    assert "identifies" in found.reasons[0]
    assert "y" in found.raw[0]


def test_a_key_of_text_may_be_anything_but_missing(take: Import) -> None:
    found = take("t.csv", 'id,part,n\nNA,"a\nb",1\nx,,2\n,c,3\ny,d,4\n', key=("id", "part"))
    assert found.rows == [("NA", "a\nb", 1), ("y", "d", 4)]
    assert found.lines == [4, 5]


def test_a_marker_of_a_missing_value_is_none_for_a_key(take: Import) -> None:
    found = take("t.csv", "id,n\n1,1\nNA,2\n" + "2,3\n" * 200 + "oops,4\n", key=("id",))
    assert (found.lines, found.count) == ([3, 204], 201)
    assert "identifies" in found.reasons[0]
    assert "'oops'" in found.reasons[1]
