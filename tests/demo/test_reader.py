"""The reader that checks the demo: standard library alone, in a process of its own."""

from pathlib import Path

import pytest

from oneclick.demo.errors import DemoFailed
from oneclick.demo.reader import BATCH_ROWS, Expectation, Reading, read_expectation


def read(tmp_path: Path, content: str) -> Expectation:
    path = tmp_path / "t.csv"
    path.write_text(content)
    return read_expectation(path)


def test_it_counts_rows_and_sums_columns_of_numbers(tmp_path: Path) -> None:
    found = read(tmp_path, "\ufeffa,b,c,d\n1,x,NA,2020-01-01\n2.5,,,1\n\n-1,y,7,\n")
    assert found == Expectation(rows=3, sums={"a": 2.5, "c": 7.0})


def test_a_column_counts_only_if_all_of_it_are_numbers_however_late_a_word_stands(tmp_path: Path) -> None:
    rows = BATCH_ROWS * 2 + 10
    content = "a,b,c\n" + "1,1,NA\n" * (rows - 1) + "1,late,2\n"
    assert read(tmp_path, content) == Expectation(rows=rows, sums={"a": float(rows), "c": 2.0})


def test_a_short_row_takes_its_missing_columns_out(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n1,2\n3\n") == Expectation(rows=2, sums={"a": 4.0})


def test_what_is_no_finite_number_is_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\ninf,1\n1,1\n").sums == {"b": 2.0}


def test_it_reads_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text('a\tb\n1\t"x\ty"\n')
    with Reading() as reading:
        reading.begin(path)
        reading.begin(path)
        assert reading.result() == Expectation(rows=1, sums={"a": 1.0})


def test_a_file_that_it_cannot_read_fails_when_it_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("a\né\n".encode("latin-1"))
    with Reading() as reading:
        reading.begin(path)
        with pytest.raises(DemoFailed, match=r"t\.csv") as failed:
            reading.result()
    assert "UTF-8" in failed.value.hint


def test_nobody_waits_for_a_reader_that_is_not_needed(tmp_path: Path) -> None:
    with Reading() as reading:
        reading.begin(tmp_path / "nowhere.csv")
    assert reading._process is not None
    assert reading._process.returncode is not None
