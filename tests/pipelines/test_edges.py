"""Files at the edge of what a CSV may be: each becomes the right table, or an error with a code and a cure."""

import gzip

import pytest

from oneclick.pipelines.templates.file_import.errors import (
    FileEmpty,
    FileImportError,
    FileIsBinary,
    TooManyColumns,
    TooManyRejected,
)
from tests.pipelines.conftest import Import


@pytest.mark.parametrize(
    ("content", "columns", "rows"),
    [
        pytest.param(b"a,b\n1,2", ["a", "b"], [(1, 2)], id="no line end at the end"),
        pytest.param(b"\xef\xbb\xbfa,b\n1,2\n", ["a", "b"], [(1, 2)], id="byte order mark"),
        pytest.param(b"\xef\xbb\xbf1,2\n3,4\n", ["column0", "column1"], [(1, 2), (3, 4)], id="mark without header"),
        pytest.param('a,b\n1,"x\ny"\n2,z\n'.encode("utf-16"), ["a", "b"], [(1, "x\ny"), (2, "z")], id="UTF-16"),
        pytest.param("a;b\n1;ü\n".encode("latin-1"), ["a", "b"], [(1, "ü")], id="Latin-1"),
        pytest.param(b"a\n1\n2\n", ["a"], [(1,), (2,)], id="one column"),
        pytest.param(b"a\nx y\nz w\n", ["a"], [("x y",), ("z w",)], id="one column of words"),
        pytest.param(b'a,b\n"x\n,""y""\r\nz",1\n', ["a", "b"], [('x\n,"y"\r\nz', 1)], id="quotes with newlines"),
        pytest.param(b'"a\nb",c\n1,2\n', ["a b", "c"], [(1, 2)], id="newline in a name"),
        pytest.param(b"a,A,a,a_2\n1,2,3,4\n", ["a", "A_2", "a_3", "a_2_2"], [(1, 2, 3, 4)], id="names twice"),
        pytest.param(b"a,b\r\n1,2\n3,4\r\n", ["a", "b"], [(1, 2), (3, 4)], id="mixed line ends"),
        pytest.param(b"a,b\n1,2\r\n3,4\n", ["a", "b"], [(1, 2), (3, 4)], id="mixed line ends, the other way"),
        pytest.param(b"a,b\n1,\n,2\n", ["a", "b"], [(1, None), (None, 2)], id="blank cells"),
        pytest.param(b"a,b,\n1,2,\n", ["a", "b", "column_3"], [(1, 2, None)], id="delimiter at the end"),
        pytest.param(b"a,b\n 1 , 2 \n", ["a", "b"], [(" 1 ", " 2 ")], id="spaces around values"),
        pytest.param(b"a,b\n\n1,2\n\n\n3,4\n\n", ["a", "b"], [(1, 2), (3, 4)], id="blank lines"),
    ],
)
def test_an_odd_file_becomes_the_right_table(
    take: Import, content: bytes, columns: list[str], rows: list[tuple[object, ...]]
) -> None:
    found = take("t.csv", content)
    assert (found.columns, found.rejected) == (columns, 0)
    assert sorted(found.rows, key=str) == sorted(rows, key=str)


@pytest.mark.parametrize(
    ("content", "error", "code"),
    [
        pytest.param(b"", FileEmpty, "file_empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf", FileEmpty, "file_empty", id="a byte order mark alone"),
        pytest.param(b"   \n  \n", FileEmpty, "file_empty", id="spaces alone"),
        pytest.param(b"a,b,c\n", FileEmpty, "file_empty", id="header only"),
        pytest.param(b"a,b,c", FileEmpty, "file_empty", id="header only, without line end"),
        pytest.param(b"a\n", FileEmpty, "file_empty", id="header of one column only"),
        pytest.param("a,b\n".encode("utf-16"), FileEmpty, "file_empty", id="header only, UTF-16"),
        pytest.param(bytes(range(256)) * 64, FileIsBinary, "file_is_binary", id="binary"),
        pytest.param(b"a,b\n1,x\x00y\n", FileIsBinary, "file_is_binary", id="NUL bytes"),
        pytest.param(b"a,b\n" + b"1,x\n" * 400_000 + b"\x00\x00\n", FileIsBinary, "file_is_binary", id="NUL, late"),
        pytest.param(b"a,b,c\n1\n2\n3\n4,5,6\n", TooManyRejected, "too_many_rejected", id="mostly ragged"),
    ],
)
def test_an_impossible_file_is_refused_with_code_and_cure(
    take: Import, content: bytes, error: type[FileImportError], code: str
) -> None:
    with pytest.raises(error) as refused:
        take("t.csv", content)
    assert refused.value.code == code
    assert refused.value.message
    assert refused.value.hint


def test_ragged_rows_are_set_aside_with_line_reason_and_text(take: Import) -> None:
    found = take("t.csv", "a,b,c\n1,2,3\n4\n5,6\n7,8,9,10\n11,12,13\n14,15,16\n17,18,19\n")
    assert sorted(found.rows) == [(1, 2, 3), (11, 12, 13), (14, 15, 16), (17, 18, 19)]
    assert (found.lines, found.raw) == ([3, 4, 5], ["4", "5,6", "7,8,9,10"])
    assert all(found.reasons)


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
@pytest.mark.parametrize(("first", "second"), [("\n", "\r\n"), ("\r\n", "\n"), ("\n", "\r"), ("\r", "\r\n")])
def test_line_ends_may_change_late_in_the_file(take: Import, name: str, first: str, second: str) -> None:
    content = (f"a,b{first}" + f"1,x{first}" * 30_000 + f"2{second}" + f"3,y{second}" * 3).encode()
    found = take(name, gzip.compress(content) if name.endswith("gz") else content)
    assert (found.types, found.count, found.lines) == (["BIGINT", "VARCHAR"], 30_003, [30_002])
    assert set(found.rows) == {(1, "x"), (3, "y")}


def wide(columns: int) -> str:
    header = ",".join(f"c{number}" for number in range(columns))
    row = ",".join(("1", "x", "2020-01-01", "2.5")[number % 4] for number in range(columns))
    return f"{header}\n{row}\n{row}\n"


def test_a_thousand_columns_fit(take: Import) -> None:
    found = take("t.csv", wide(1_000))
    assert (found.count, len(found.columns)) == (2, 1_000)
    assert found.types[:4] == ["BIGINT", "VARCHAR", "DATE", "DOUBLE"]


@pytest.mark.parametrize("delimiter", [",", ";", "~"])
def test_ten_thousand_columns_are_too_many(take: Import, delimiter: str) -> None:
    given = {"delimiter": delimiter} if delimiter == "~" else {}
    with pytest.raises(TooManyColumns, match="10,000") as refused:
        take("t.csv", wide(10_000).replace(",", delimiter), **given)
    assert (refused.value.code, bool(refused.value.hint)) == ("too_many_columns", True)


def test_long_quoted_text_is_no_column_for_each_comma(take: Import) -> None:
    assert take("t.csv", 'a,b\n"' + "x," * 5_000 + '",1\n').count == 1
