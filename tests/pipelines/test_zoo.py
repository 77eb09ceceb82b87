"""Files as people have them: what each becomes, or why it is refused."""

import gzip
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from oneclick.pipelines.templates.file_import import detect, naming, rejects
from oneclick.pipelines.templates.file_import.errors import (
    BadImportOption,
    FileDamaged,
    FileEmpty,
    FileFormatUnknown,
    FileImportError,
    FileIsBinary,
    FileUnreadable,
    TooManyRejected,
)
from oneclick.pipelines.templates.file_import.scratch import scratch_folder, sweep
from tests.pipelines.conftest import Import


@pytest.mark.parametrize(
    ("content", "types"),
    [
        ("a\n1\n-2\n9223372036854775807\n", ["BIGINT"]),
        ("a\n1\n2.5\n1e3\n", ["DOUBLE"]),
        ("a\ntrue\nFALSE\n", ["BOOLEAN"]),
        ("a\n2020-01-02\n2020-02-29\n", ["DATE"]),
        ("a\n2020-01-02\n2020-01-02 10:00:00.5\n", ["TIMESTAMP"]),
        ("a\n2020-01-02T10:00:00Z\n2020-01-02 10:00:00+02:00\n", ["TIMESTAMP WITH TIME ZONE"]),
        ("a\n12:30\n23:59:59\n", ["TIME"]),
        ("a\n31/12/2020\n01/02/2020\n", ["DATE"]),
        ("a\n12/31/2020\n01/02/2020\n", ["DATE"]),
        ("a\n01.02.2020\n03.04.2020\n", ["VARCHAR"]),  # the first of February or the second of January?
        ("a\n00123\n04567\n", ["VARCHAR"]),
        ("a\n12345678901234567890\n1\n", ["VARCHAR"]),
        ("a\n2020-02-30\n", ["VARCHAR"]),
        ("a\n+49 123\n1\n", ["VARCHAR"]),
        ("a\n1,234.50\n", ["DOUBLE"]),
        ("a,b\n1,\n2,\n", ["BIGINT", "VARCHAR"]),
        ("a,b\n1,NA\n2,3\n", ["BIGINT", "BIGINT"]),
        ("a,b\n1,NA\n2,NL\n", ["BIGINT", "VARCHAR"]),
        ("a\n" + "1\n" * 30_000 + "007\n", ["VARCHAR"]),
        ("a\n" + "1\n" * 30_000 + "2.5\n", ["DOUBLE"]),
        ("a\n" + "2020-01-01\n" * 30_000 + "soon\n" * 400, ["VARCHAR"]),
        ("a,b\n" + "1,\n" * 30_000 + "2,late text\n", ["BIGINT", "VARCHAR"]),
    ],
)
def test_types_come_from_every_value_and_lose_nothing(take: Import, content: str, types: list[str]) -> None:
    header = content.partition("\n")[0]
    if "," in content and "," not in header:
        content = content.replace("1,234.50", '"1,234.50"')
    assert take("t.csv", content).types == types


def test_day_first_dates_are_read_as_such(take: Import) -> None:
    import datetime as dt

    assert take("t.csv", "a\n31/12/2020\n").rows == [(dt.date(2020, 12, 31),)]


def test_missing_values_are_null_in_typed_columns_and_themselves_in_text(take: Import) -> None:
    assert take("t.csv", "a,b\nNA,NA\n1,NL\n,\n").rows == [(None, "NA"), (1, "NL"), (None, None)]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("a,b\n1,é\n".encode(), "utf-8"),
        ("\ufeffa,b\n1,é\n".encode(), "utf-8"),
        ("a,b\n1,é\n".encode("latin-1"), "cp1252"),
        ("a,b\n1,é\n".encode("utf-16"), "utf-16"),
        ("\ufeffa,b\n1,é\n".encode("utf-16-be"), "utf-16"),
        ("a,b\n1,é\n".encode("utf-16-le"), "utf-16-le"),
        ("a,b\n1,é\n".encode("utf-16-be"), "utf-16-be"),
        ("a,b\n1,é\n".encode("utf-32"), "utf-32"),
        (b"a,b\n" + b"0,x\n" * 300_000 + b"1,\xe9\n", "cp1252"),
    ],
)
def test_any_usual_encoding_is_found_also_late_in_the_file(take: Import, content: bytes, encoding: str) -> None:
    found = take("t.csv", content)
    assert found.encoding == encoding
    assert found.columns == ["a", "b"]
    assert (1, "é") in found.rows


def test_cyrillic_from_before_utf8_is_recognised(take: Import) -> None:
    text = "имя,город\nИван,Москва и область\nОльга,Санкт-Петербург\n"  # noqa: RUF001 - meant
    assert take("t.csv", text.encode("cp1251")).columns == ["имя", "город"]


def test_a_named_encoding_is_believed(take: Import) -> None:
    assert take("t.csv", "a\nž\n".encode("cp1250"), encoding="cp1250").rows == [("ž",)]
    for wrong in ("no-such", "rot13", "zip", "hex", "undefined", "utf-8\0"):
        with pytest.raises(BadImportOption):
            take("t.csv", "a\n1\n", encoding=wrong)
    with pytest.raises(FileDamaged, match="utf-16"):
        take("t.csv", b"a\n\xff\xff\xff\n", encoding="utf-16")


def test_a_few_broken_bytes_in_utf8_cost_their_rows_only(take: Import) -> None:
    found = take("t.csv", b"a,b\n" + "é,ü\n".encode() * 50 + b"\xff,1\n")
    assert (found.count, found.lines) == (50, [52])


@pytest.mark.parametrize(
    ("content", "lines", "raw"),
    [
        ("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n", [3, 4], ["4,5", "6,7,8,9"]),
        ('a,b,c\n1,"two\nlines",3\n4,5\n6,7,8\n', [4], ["4,5"]),
        ("\ufeffa,b\n1,2\n3\n4,5\n", [3], ["3"]),
        ("a,b\r\n1,2\r\n3\r\n4,5\r\n", [3], ["3"]),
        ("a,b\r1,2\r3\r4,5\r", [3], ["3"]),
        ("a,b\n1,2\n\n\n3\n4,5\n", [5], ["3"]),
    ],
)
def test_ragged_rows_are_set_aside_with_the_line_that_an_editor_shows(
    take: Import, content: str, lines: list[int], raw: list[str]
) -> None:
    found = take("t.csv", content)
    assert (found.lines, [text.strip() for text in found.raw]) == (lines, raw)
    assert found.rejected == len(lines)


def test_rejected_lines_are_exact_in_a_file_that_is_read_in_parallel(take: Import) -> None:
    bad, lines, number = [], ["id,text"], 1
    for row in range(400_000):
        number += 1
        if row % 39_983 == 7:
            bad.append(number)
            lines.append(f"{row}")
        elif row % 1_000 == 3:
            lines.append(f'{row},"two\nlines"')
            number += 1
        else:
            lines.append(f"{row},text {row}é")
    content = "\n".join(lines) + "\n"
    assert take("t.csv", content).lines == bad
    assert take("t.csv.gz", gzip.compress(content.encode())).lines == bad


def test_line_numbers_count_across_chunks() -> None:
    chunks = [b"ab\ncd\ne", b"f\n", b"\n\nx"]
    assert list(rejects.line_numbers(chunks, [1, 4, 7, 10, 12])) == [1, 2, 3, 4, 6]


@pytest.mark.parametrize(
    ("name", "content", "columns", "rows"),
    [
        ("t.tsv", "a\tb\n1\tx\n", ["a", "b"], [(1, "x")]),
        ("t.csv", "a;b\n1,5;x\n2,5;y\n", ["a", "b"], [(1.5, "x"), (2.5, "y")]),
        ("t.csv", "a|b\n1|x\n", ["a", "b"], [(1, "x")]),
        ("t.csv", "1,x\n2,y\n", ["column0", "column1"], [(1, "x"), (2, "y")]),
        ("t.csv", "name\nx\ny\n", ["name"], [("x",), ("y",)]),
        ("t.csv", 'a,b\n1,"x ""y"""\n', ["a", "b"], [(1, 'x "y"')]),
        ("t.csv", 'a,b\n1,"open\n2,x\n', ["a", "b"], [(1, '"open'), (2, "x")]),
        ("t.csv", "a,a,,B,A\n1,2,3,4,5\n", ["a", "a_2", "column_3", "B", "A_3"], [(1, 2, 3, 4, 5)]),
        ("t.csv", 'a b,"c""d",e\'f\n1,2,3\n', ["a b", 'c"d', "e'f"], [(1, 2, 3)]),
        ("we'ird*[x] {}.csv", "a\n1\n", ["a"], [(1,)]),
        ("t.csv", "a,b\n" + "1,x\n" * 30_000 + '2,"p,q"\n', ["a", "b"], None),
    ],
)
def test_however_it_is_written(
    take: Import, name: str, content: str, columns: list[str], rows: list[tuple[object, ...]] | None
) -> None:
    found = take(name, content)
    assert found.columns == columns
    assert found.rejected == 0
    assert rows is None or found.rows == rows


@pytest.mark.parametrize("name", ["a*b[1].csv", "a*b[1].jsonl", "a*b[1].parquet", "a?b.csv.gz"])
def test_a_path_with_wildcards_means_that_file_alone(
    tmp_path: Path, take: Import, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Also where the folder of what lies in between is called like that."""
    monkeypatch.setattr("tests.pipelines.conftest.HOME", "home [1]*?")
    (tmp_path / "home 1xy").mkdir()
    (tmp_path / "aXb1.csv").write_text("a\n2\n")
    content = {
        ".csv": b"a\n1\nx,y\n", ".jsonl": b'{"a": 1}\nx\n', ".gz": gzip.compress(b"a\n1\n"),
        ".parquet": b"",
    }[Path(name).suffix]  # fmt: skip
    if not content:
        source = tmp_path / "source"
        duckdb.sql("SELECT 1::BIGINT AS a").write_parquet(str(source))
        content = source.read_bytes()
    found = take(name, content)
    assert (found.columns, found.rows) == (["a"], [(1,)])


def test_what_the_person_knows_better_is_believed(take: Import) -> None:
    assert take("t.csv", "a#b\n1#2\n", delimiter="#").rows == [(1, 2)]
    assert take("t.csv", "x,y\nz,w\n", has_header=False).count == 2
    assert take("t.csv", "1,2\n3,4\n", has_header=True).columns == ["1", "2"]
    with pytest.raises(BadImportOption):
        take("t.csv", "a\n1\n", delimiter="--")


def test_looking_at_a_packed_file_takes_little_memory_however_much_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" * (32 << 20)))
    assert path.stat().st_size < 1 << 20
    tracemalloc.start()
    try:
        assert detect.inspect(path).encoding == "utf-8"
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


def test_packed_files_are_unpacked(take: Import) -> None:
    content = b"a,b\n1,2\n"
    assert take("t.csv.gz", gzip.compress(content)).rows == [(1, 2)]
    assert take("two.csv.gz", gzip.compress(content) + gzip.compress(b"3,4\n")).rows == [(1, 2), (3, 4)]
    assert take("t.csv.gz", gzip.compress("a,b\n1,é\n".encode("utf-16"))).rows == [(1, "é")]


def test_json_lines_become_a_table(take: Import) -> None:
    found = take(
        "t.jsonl",
        '{"a": 1, "b": "x", "c": [1, 2], "day": "2020-01-02", "zip": "00123"}\n\n'
        '{"a": 2.5, "b": null, "c": {"k": 1}, "day": null, "ok": true, "we/i~rd\\"": 1}\nnot json\n[1]\n',
    )
    assert dict(zip(found.columns, found.types, strict=True)) == {
        "a": "DOUBLE", "b": "VARCHAR", "c": "JSON", "day": "DATE", "zip": "VARCHAR", "ok": "BOOLEAN",
        'we/i~rd"': "BIGINT",
    }  # fmt: skip
    assert (found.count, found.lines, found.raw) == (2, [4, 5], ["not json", "[1]"])


def test_a_json_array_becomes_a_table(take: Import) -> None:
    assert sorted(take("t.json", ' [{"a": 1}, {"a": 2, "b": "x"}]').rows) == [(1, None), (2, "x")]


def test_a_json_value_of_many_kinds_stays_text(take: Import) -> None:
    assert sorted(take("t.jsonl", '{"a": 1}\n{"a": "x"}\n{"a": [1]}\n').rows) == [("1",), ("[1]",), ("x",)]


def test_parquet_keeps_its_types(take: Import, tmp_path: Path) -> None:
    source = tmp_path / "source.parquet"
    duckdb.sql("SELECT 1::SMALLINT AS a, 1.50::DECIMAL(9, 2) AS b, [1, 2] AS c").write_parquet(str(source))
    found = take("t.parquet", source.read_bytes())
    assert found.types == ["SMALLINT", "DECIMAL(9,2)", "INTEGER[]"]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("t.csv", b"", FileEmpty),
        ("t.csv", b"\n\n\n", FileEmpty),
        ("t.csv", b"a,b\n", FileEmpty),
        ("t.csv.gz", gzip.compress(b"", mtime=0), FileEmpty),
        ("t.jsonl", b"x\ny\n", FileEmpty),
        ("t.json", b"[]", FileEmpty),
        ("t.csv", bytes(range(256)) * 100, FileIsBinary),
        ("t.csv", b"a,b\n1,\x00x\n", FileIsBinary),
        ("t.csv", b"a\n" + b"1\n" * 1_000_000 + b"\x00\n", FileIsBinary),
        ("t.xlsx", b"PK\x03\x04", FileDamaged),
        ("t.csv", b"PK\x03\x04", FileIsBinary),
        ("t.csv", b"%PDF-1.4", FileIsBinary),
        ("t.csv", b"\x01\x02\x03\x04" * 100, FileIsBinary),
        ("t.abc", b"a\n1\n", FileFormatUnknown),
        ("t", b"a\n1\n", FileFormatUnknown),
        ("t.parquet.gz", gzip.compress(b"PAR1", mtime=0), FileImportError),
        ("t.parquet", b"PAR1 and no more", FileDamaged),
        ("t.parquet", b"hello", FileDamaged),
        ("t.csv.gz", gzip.compress(b"a,b\n1,2\n" * 10_000, mtime=0)[:-20], FileDamaged),
        ("t.csv.gz", b"\x1f\x8b\x08\x00garbage garbage", FileDamaged),
        ("t.json", b'[{"a": 1}, {"a":', FileDamaged),
        ("t.jsonl", b'{"a": "' + b"x" * 3_000_000 + b'"}\n{"a": 1}\n', FileDamaged),
        ("t.csv", b"a,b\n" + b"x" * 3_000_000 + b",1\n", FileImportError),
        ("t.csv", b"My report\n\na,b\n1,2\n3,4\n", TooManyRejected),
    ],
)
def test_a_file_that_cannot_be_loaded_is_told_why(
    take: Import, name: str, content: bytes, error: type[FileImportError]
) -> None:
    with pytest.raises(error) as refused:
        take(name, content)
    assert "scratch" not in refused.value.message
    assert refused.value.hint


def test_a_path_that_is_no_file_is_told_so(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.csv", Path("/dev/zero")):
        with pytest.raises(FileUnreadable):
            detect.inspect(path)


def test_wide_files_fit(take: Import) -> None:
    line = ",".join(["1"] * 300)
    header = ",".join(f"c{number}" for number in range(300))
    assert take("t.csv", f"{header}\n{line}\n").types == ["BIGINT"] * 300


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("Sales 2024 (final).csv", "sales_2024_final"),
        ("2024.csv.gz", "t_2024"),
        ("Ünïcode.jsonl", "unicode"),
        ("файл.csv", "loaded_file"),
        (".csv", "loaded_file"),
        ("x" * 300 + ".csv", "x" * 54),
        ("a.b.c.parquet", "a_b_c"),
        ("drop table;.csv", "drop_table"),
    ],
)
def test_a_file_s_name_makes_a_legal_table_name(name: str, table: str) -> None:
    assert naming.table_name(Path(name)) == table
    assert naming.checked_name(naming.table_name(Path(name)), what="table")


def test_a_folder_that_a_killed_process_left_is_removed_and_one_in_use_is_not(tmp_path: Path) -> None:
    left = tmp_path / "scratch" / "left"
    with scratch_folder(tmp_path) as used:
        left.mkdir()
        (left / ".lock").touch()
        (left / "rows").touch()
        sweep(tmp_path / "scratch")
        assert not left.exists()
        assert used.exists()
        assert used.stat().st_mode & 0o777 == 0o700
    assert not used.exists()


def test_nobody_takes_a_folder_that_is_being_made_for_a_left_one(tmp_path: Path) -> None:
    def make_some(_: int) -> list[bool]:
        found = []
        for _ in range(60):
            with scratch_folder(tmp_path) as folder:
                found.append(folder.is_dir())
        return found

    with ThreadPoolExecutor(8) as threads:
        assert all(is_there for found in threads.map(make_some, range(8)) for is_there in found)
    assert not list((tmp_path / "scratch").iterdir())
