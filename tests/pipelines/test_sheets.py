"""Spreadsheets as people have them: what each becomes, or why it is refused."""

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from xlsxwriter import Workbook

from oneclick.pipelines.templates.file_import import detect
from oneclick.pipelines.templates.file_import.convert import Reading, convert
from oneclick.pipelines.templates.file_import.errors import (
    BadImportOption,
    FileDamaged,
    FileEmpty,
    FileImportError,
    FileIsBinary,
    FileProtected,
    FileTooLarge,
    TooManyColumns,
)
from oneclick.pipelines.templates.file_import.limits import Limits
from oneclick.pipelines.templates.file_import.scratch import scratch_folder
from oneclick.pipelines.templates.file_import.work import Options
from tests.pipelines import books
from tests.pipelines.conftest import Import

FILES = Path(__file__).parent / "files"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def book(*sheets: Sequence[Sequence[Any]], names: Sequence[str] = (), **options: Any) -> bytes:
    """A workbook with these sheets, each of rows."""
    file = io.BytesIO()
    with Workbook(file, {"default_date_format": "yyyy-mm-dd", **options}) as workbook:
        moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        clock = workbook.add_format({"num_format": "hh:mm:ss"})
        for number, rows in enumerate(sheets):
            sheet = workbook.add_worksheet(names[number] if names else None)
            for line, row in enumerate(rows):
                for column, value in enumerate(row):
                    kind = moment if isinstance(value, dt.datetime) else clock if isinstance(value, dt.time) else None
                    sheet.write(line, column, value, kind)
    return file.getvalue()


def test_each_column_gets_its_type(take: Import) -> None:
    day, moment, clock = dt.date(2026, 1, 2), dt.datetime(2026, 1, 2, 10, 30), dt.time(10, 30)  # noqa: DTZ001 - as it is
    rows = [("id", "amount", "day", "at", "clock", "ok", "name", "zip", "empty")]
    rows += [(number, number + 0.5, day, moment, clock, True, "x", "00123", None) for number in range(3)]  # type: ignore[misc] # cells of any kind
    found = take("t.xlsx", book(rows))
    assert dict(zip(found.columns, found.types, strict=True)) == {
        "id": "BIGINT", "amount": "DOUBLE", "day": "DATE", "at": "TIMESTAMP", "clock": "TIME", "ok": "BOOLEAN",
        "name": "VARCHAR", "zip": "VARCHAR", "empty": "VARCHAR",
    }  # fmt: skip
    assert found.rows[1] == (1, 1.5, day, moment, clock, True, "x", "00123", None)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.xlsx", book([("a", "b"), (1, "x"), (2.5, "y")])),
        ("t.xlsm", book([("a", "b"), (1, "x"), (2.5, "y")])),
        ("t.xlsb", books.xlsb([("a", "b"), (1, "x"), (2.5, "y")])),
        ("t.ods", books.ods([("a", "b"), (1, "x"), (2.5, "y")])),
        ("misnamed.xls", book([("a", "b"), (1, "x"), (2.5, "y")])),
        ("misnamed.csv", book([("a", "b"), (1, "x"), (2.5, "y")])),
    ],
)
def test_every_kind_of_spreadsheet_is_read(take: Import, name: str, content: bytes) -> None:
    found = take(name, content)
    assert (found.columns, found.types) == (["a", "b"], ["DOUBLE", "VARCHAR"])
    assert found.rows == [(1.0, "x"), (2.5, "y")]


@pytest.mark.parametrize("name", ["days.xls", "days_1904.xls"])
def test_days_are_right_in_both_systems_of_counting_them(take: Import, name: str) -> None:
    found = take(name, (FILES / name).read_bytes())
    assert found.rows == [(dt.date(2020, 2, 29), 1.5), (dt.date(2026, 1, 1), 2.5)]


@pytest.mark.parametrize("is_1904", [True, False])
def test_days_are_right_in_both_systems_in_a_new_workbook(take: Import, is_1904: bool) -> None:
    rows = [("day",), (dt.date(1904, 1, 2),), (dt.date(2026, 1, 1),)]
    assert take("t.xlsx", book(rows, date_1904=is_1904)).rows == [(dt.date(1904, 1, 2),), (dt.date(2026, 1, 1),)]


def test_the_first_sheet_with_cells_is_taken_unless_one_is_named(take: Import) -> None:
    content = book([], [("a",), (1,)], [("b",), ("x",)], names=["Cover", "Orders", "Notes"])
    assert take("t.xlsx", content).columns == ["a"]
    assert take("t.xlsx", content, sheet="notes").columns == ["b"]
    assert take("t.xlsx", content, sheet="3").columns == ["b"]
    with pytest.raises(BadImportOption, match="Nope") as refused:
        take("t.xlsx", content, sheet="Nope")
    assert "Cover, Orders, Notes" in (refused.value.hint or "")
    with pytest.raises(BadImportOption, match="sheet"):
        take("t.csv", "a\n1\n", sheet="Orders")


@pytest.mark.parametrize(
    ("rows", "options", "columns", "expected"),
    [
        pytest.param(
            [("Sales 2026",), (), ("a", "b", "c"), (1, 2, 3)], {}, ["a", "b", "c"], [(1, 2, 3)], id="title above"
        ),
        pytest.param([("a", "b"), (1, "x"), (), (2, "y"), (), ()], {}, ["a", "b"], [(1, "x"), (2, "y")], id="blanks"),
        pytest.param([(1, 2), (3, 4)], {}, ["column_1", "column_2"], [(1, 2), (3, 4)], id="no header"),
        pytest.param([("x", "y"), ("z", "w")], {"has_header": False}, ["column_1", "column_2"],
                     [("x", "y"), ("z", "w")], id="no header, said"),
        pytest.param([("month", 2025, 2026), ("May", 1, 2)], {"has_header": True}, ["month", "2025", "2026"],
                     [("May", 1, 2)], id="years as names, said"),
        pytest.param([("a", "A", None, "b"), (1, 2, 3, 4)], {}, ["a", "A_2", "column_3", "b"], [(1, 2, 3, 4)],
                     id="names twice and none"),
        pytest.param([(None, "a"), (None, 1)], {}, ["a"], [(1,)], id="begins in the second column"),
        pytest.param([("a", "b"), (1, 2), ("Total", 2)], {}, ["a", "b"], [("1", 2), ("Total", 2)], id="total"),
    ],
)  # fmt: skip
def test_the_table_in_the_sheet_is_found(
    take: Import, rows: list[Any], options: dict[str, Any], columns: list[str], expected: list[Any]
) -> None:
    found = take("t.xlsx", book(rows), **options)
    assert (found.columns, found.rows) == (columns, expected)


def test_formulas_give_their_values_and_errors_nothing(take: Import) -> None:
    file = io.BytesIO()
    with Workbook(file) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_formula(1, 0, "=1+1", None, 2)
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        sheet.write_row(2, 0, [3, 4])
    assert take("t.xlsx", file.getvalue()).rows == [(2, None), (3, 4)]


def test_a_value_that_does_not_fit_is_set_aside_with_its_row(take: Import) -> None:
    rows: list[Any] = [("My report",), ("id", "name"), *((number, "x") for number in range(400)), ("soon", "y")]
    found = take("t.xlsx", book(rows))
    assert (found.types, found.count) == (["BIGINT", "VARCHAR"], 400)
    assert (found.lines, found.raw) == ([403], ["soon,y"])
    assert "'soon'" in found.reasons[0]


def test_text_late_in_a_column_of_numbers_loses_nothing(take: Import) -> None:
    rows: list[Any] = [("a", "b"), *((number, number * 0.5) for number in range(30_000))]
    rows += [(f"late {number}", dt.date(2026, 1, 2)) for number in range(400)]
    found = take("t.xlsx", book(rows))
    assert (found.types, found.count) == (["VARCHAR", "VARCHAR"], 30_400)
    assert found.rows[1] == ("1", "0.5")
    assert found.rows[-1] == ("late 399", "2026-01-02")


def test_texts_in_a_sheet_are_typed_like_those_of_a_text_file(take: Import) -> None:
    found = take(
        "t.xlsx", book([("day", "price", "id"), ("31.12.2025", "1.234,50 €", "7"), ("01.02.2026", "2,5", "8")])
    )
    assert found.types == ["DATE", "DOUBLE", "BIGINT"]
    assert found.rows[0] == (dt.date(2025, 12, 31), 1234.5, 7)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("TEXT", 7, "7"),
        ("TEXT", 7.25, "7.25"),
        ("DOUBLE", 7, 7.0),
        ("DATE", dt.datetime(2026, 1, 2, 10, 30), dt.date(2026, 1, 2)),  # noqa: DTZ001 - as it is
        ("DATE(DMY)", dt.date(2026, 1, 2), dt.date(2026, 1, 2)),
        ("BOOLEAN", 1, True),
    ],
)
def test_a_type_that_is_said_is_taken(take: Import, kind: str, cell: Any, value: object) -> None:
    found = take("t.xlsx", book([("a", "b"), (cell, "x"), (cell, "y")]), types={"A": kind})
    assert found.rows == [(value, "x"), (value, "y")]


def far_off() -> bytes:
    file = io.BytesIO()
    with Workbook(file) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, 1)
    return file.getvalue()


def lying(content: bytes) -> bytes:
    """The same workbook with a sheet of spaces, which unpack to a thousand times their size."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            is_sheet = part == "xl/worksheets/sheet1.xml"
            new.writestr(part, old.read(part) + (b" " * (16 << 20) if is_sheet else b""))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        pytest.param("t.xlsx", b"", FileEmpty, id="empty"),
        pytest.param("t.xlsx", book([]), FileEmpty, id="no cells"),
        pytest.param("t.xlsx", book([("a", "b")]), FileEmpty, id="header alone"),
        pytest.param("t.xlsx", b"PK\x03\x04", FileDamaged, id="cut off"),
        pytest.param("t.xlsx", book([("a",), (1,)])[:-200], FileDamaged, id="cut off late"),
        pytest.param("t.xls", b"<html><table><tr><td>1</td></tr></table></html>", FileDamaged, id="a page"),
        pytest.param("t.xls", COMPOUND + bytes(600), FileDamaged, id="damaged, old"),
        pytest.param("t.xlsx", COMPOUND + bytes(600) + "EncryptedPackage".encode("utf-16-le"), FileProtected,
                     id="password"),
        pytest.param("t.xlsx", books.zipped(**{"notes.txt": "x"}), FileIsBinary, id="an archive"),
        pytest.param("t.doc", COMPOUND + bytes(600), FileIsBinary, id="a document"),
        pytest.param("t.xlsx", book([[f"c{number}" for number in range(2_001)]]), TooManyColumns, id="wide"),
        pytest.param("t.xlsx", far_off(), FileTooLarge, id="cells far apart"),
    ],
)  # fmt: skip
def test_a_spreadsheet_that_cannot_be_loaded_is_told_why(
    take: Import, name: str, content: bytes, error: type[FileImportError]
) -> None:
    with pytest.raises(error) as refused:
        take(name, content)
    assert "scratch" not in refused.value.message
    assert refused.value.hint


def test_a_spreadsheet_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(lying(book([("a",), (1,)])))
    assert path.stat().st_size < 1 << 20
    facts = detect.inspect(path)
    with scratch_folder(tmp_path / "home") as folder, pytest.raises(FileTooLarge, match="4 MiB"):
        convert(
            Reading(
                path=path, facts=facts, folder=folder, home=tmp_path / "home", options=Options(),
                on_progress=lambda *_: None, limits=Limits.from_now(unpacked_bytes=4 << 20, seconds=60),
            )
        )  # fmt: skip


def test_a_sheet_that_eats_memory_dies_alone(take: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oneclick.pipelines.templates.file_import.sheets.MEMORY_BYTES", 80 << 20)
    rows: list[Any] = [("a", "b"), *((number, f"text {number}") for number in range(300_000))]
    with pytest.raises(FileTooLarge):
        take("t.xlsx", book(rows, constant_memory=True))
