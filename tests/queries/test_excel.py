import io
import re
import zipfile
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from oneclick.queries import excel
from oneclick.queries.errors import QueryResultTooLarge
from tests.queries.test_outputs import Rows

NAMESPACE = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def sheet_of(rows: Any) -> ET.Element:
    book = io.BytesIO()
    excel.write_excel(rows, book)
    return sheet_in(book.getvalue())


def sheet_in(book: bytes) -> ET.Element:
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        return ET.fromstring(parts.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - we have just written it


def cells(sheet: ET.Element) -> list[list[tuple[str, str]]]:
    """Each row as (kind, text); kinds are Excel's: n a number, b a truth, inlineStr a text, f a formula."""
    return [
        [
            ("f" if cell.find("x:f", NAMESPACE) is not None else cell.get("t", "n"), "".join(cell.itertext()))
            for cell in row.iterfind("x:c", NAMESPACE)
        ]
        for row in sheet.iterfind(".//x:row", NAMESPACE)
    ]


def test_values_keep_their_types() -> None:
    sheet = sheet_of(
        Rows(
            "SELECT 42 whole, 1.5::DECIMAL(9,2) price, 2.5::DOUBLE AS part, true AS yes, false AS n, 'é' word, NULL m,"
            " DATE '2024-02-29' AS day, TIMESTAMPTZ '2024-02-29 12:00:00+02' AS moment, TIME '06:00:00' AS clock"
        )
    )

    head, row = cells(sheet)

    assert [text for _, text in head][:4] == ["whole", "price", "part", "yes"]
    assert row == [
        ("n", "42"), ("n", "1.5"), ("n", "2.5"), ("b", "1"), ("b", "0"), ("inlineStr", "é"),
        ("n", "45351"), ("n", "45351.41666666666"), ("n", "0.25"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK('http://x')", "http://example.com", "{=1}", "0123", "<script>"]
)
def test_text_stays_text_whatever_it_begins_with(text: str) -> None:
    sheet = sheet_of(Rows(f'SELECT $${text}$$ AS "{text}"'))

    assert cells(sheet) == [[("inlineStr", text)], [("inlineStr", text)]]
    assert sheet.find(".//x:hyperlink", NAMESPACE) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12345678901234567::BIGINT", "12345678901234567"),
        ("12345678901234567890.123456789::DECIMAL(38,9)", "12345678901234567890.123456789"),
        ("'nan'::DOUBLE", "nan"),
        ("'infinity'::TIMESTAMP", "infinity"),
        ("DATE '1899-12-31'", "1899-12-31"),
        ("DATE '12024-01-01'", "12024-01-01"),
        ("INTERVAL '1 day'", "1 day"),
        ("[1, NULL]", "[1, NULL]"),
        ("'\\xAA'::BLOB", "\\xAA"),
        ("'مبيعات'", "مبيعات"),
    ],
)
def test_what_excel_would_change_goes_in_as_text(value: str, text: str) -> None:
    assert cells(sheet_of(Rows(f"SELECT {value} AS v")))[1] == [("inlineStr", text)]


def test_control_characters_leave_a_sheet_that_can_be_read() -> None:
    ((kind, text),) = cells(sheet_of(Rows("SELECT 'a' || chr(1) || chr(11) || 'b' AS v")))[1]

    assert kind == "inlineStr"
    assert re.fullmatch(r"a.*b", text)


def test_a_text_that_is_too_long_for_a_cell_ends_in_an_ellipsis() -> None:
    ((_, text),) = cells(sheet_of(Rows("SELECT repeat('x', 40000) AS v")))[1]

    assert len(text) == excel.MAX_TEXT
    assert text.endswith("x…")


def test_more_columns_than_excel_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert excel.MAX_COLUMNS == 16_384
    # As many would make DuckDB, in this process, reserve more memory than most machines have.
    monkeypatch.setattr(excel, "MAX_COLUMNS", 3)
    with pytest.raises(QueryResultTooLarge, match="4 columns"):
        sheet_of(Rows("SELECT 1 AS a, 2 AS b, 3 AS c, 4 AS d"))


def test_ten_thousand_rows_and_none() -> None:
    assert len(cells(sheet_of(Rows("SELECT range, 'x' FROM range(10000)")))) == 10_001
    assert len(cells(sheet_of(Rows("SELECT range FROM range(0)")))) == 1
