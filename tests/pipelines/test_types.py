"""Which type a column gets when not all of its values fit one, and what becomes of those that don't."""

import datetime as dt
import gzip
from decimal import Decimal

import pytest

from oneclick.pipelines.templates.file_import.errors import BadImportOption, TooManyRejected
from tests.pipelines.conftest import Import


def column(good: str, bad: dict[int, str], rows: int = 1_000) -> str:
    """A file with the column `a`, in which some rows (counted from 0) hold something else."""
    return "a,b\n" + "".join(f"{bad.get(row, good)},x\n" for row in range(rows))


@pytest.mark.parametrize(
    ("good", "bad", "kind"),
    [
        ("1", "oops", "BIGINT"),
        ("1.5", "12x", "DOUBLE"),
        ("true", "perhaps", "BOOLEAN"),
        ("2020-01-02", "2020-02-30", "DATE"),
        ("31/12/2020", "soon", "DATE"),
        ("2020-01-02 10:00:00", "yesterday", "TIMESTAMP"),
        ("2020-01-02 10:00:00Z", "yesterday", "TIMESTAMP WITH TIME ZONE"),
        ("10:30", "noon", "TIME"),
    ],
)
def test_one_bad_value_costs_its_row_and_not_the_columns_type(
    take: Import,
    good: str,
    bad: str,
    kind: str,
) -> None:
    found = take("t.csv", column(good, {700: bad}))
    assert found.types == [kind, "VARCHAR"]
    assert (found.count, found.rejected, found.lines) == (999, 1, [702])
    assert found.raw == [f"{bad},x"]
    assert bad in found.reasons[0]


@pytest.mark.parametrize(
    ("rows", "bad", "kind"),
    [(1_000, 10, "BIGINT"), (1_000, 11, "VARCHAR"), (100, 1, "BIGINT"), (99, 1, "VARCHAR"), (30_000, 300, "BIGINT")],
)
def test_one_bad_value_in_a_hundred_is_too_few_to_matter(
    take: Import,
    rows: int,
    bad: int,
    kind: str,
) -> None:
    found = take("t.csv", column("7", {rows - 1 - 2 * row: "oops" for row in range(bad)}, rows))
    assert found.types[0] == kind
    assert found.rejected == (bad if kind == "BIGINT" else 0)
    assert found.count + found.rejected == rows


@pytest.mark.parametrize("number", ["007", "1_000", "+49 123", "'1.234,50'", "12345678901234567890"])
def test_a_number_in_another_spelling_makes_a_column_text(take: Import, number: str) -> None:
    found = take("t.csv", column("1", {5: number}).replace(",", ";").replace("'", '"'))
    assert (found.types, found.rejected) == (["VARCHAR", "VARCHAR"], 0)


def test_the_type_that_fits_most_values_wins(take: Import) -> None:
    found = take("t.csv", column("1", {5: "2.5", 6: "oops"}))
    assert (found.types[0], found.lines) == ("DOUBLE", [8])


def test_an_ambiguous_date_stays_text_beside_bad_values(take: Import) -> None:
    assert take("t.csv", column("01/02/2020", {5: "soon"})).types[0] == "VARCHAR"


def test_missing_values_count_neither_way(take: Import) -> None:
    few = column("NA", dict.fromkeys(range(50), "1") | {70: "oops"})
    assert take("t.csv", few).types[0] == "VARCHAR"
    many = column("NA", dict.fromkeys(range(200), "1") | {300: "oops"})
    assert (take("t.csv", many).types[0], take("t.csv", many).count) == ("BIGINT", 999)


def test_lines_are_exact_beside_malformed_rows_quotes_and_packing(take: Import) -> None:
    odd = {300: "1;2", 400: '400;"one\ntwo";oops', 500: "500;é;never"}
    lines = [odd.get(row, f'{row};"x;y";{row}') for row in range(2_000)]
    content = "\r\n".join(["a;b;c", *lines]).encode()
    for name, packed in (("t.csv", content), ("t.csv.gz", gzip.compress(content))):
        found = take(name, packed)
        assert found.types == ["BIGINT", "VARCHAR", "BIGINT"]
        assert found.lines == [302, 402, 503]
        assert found.count + found.rejected == 2_000
        assert found.raw[1:] == ['400;"one\ntwo";oops', "500;é;never"]


def test_a_row_with_several_bad_values_is_set_aside_once(take: Import) -> None:
    found = take("t.csv", "a,b\n" + "1,2\n" * 500 + "x,y\n" + "1,z\n")
    assert (found.types, found.lines, found.count) == (["BIGINT", "BIGINT"], [502, 503], 500)


def test_rows_are_kept_without_lines_where_nobody_can_tell_them(
    take: Import,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("oneclick.pipelines.templates.file_import.misfits._located", lambda *_: iter(()))
    found = take("t.csv", column("1", {5: "oops"}))
    assert (found.lines, found.raw, found.count) == ([None], ["oops,x"], 999)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "7", "7"),
        ("BIGINT", "007", 7),
        ("double", "7", 7.0),
        ("DECIMAL(9, 2)", "7.25", Decimal("7.25")),
        ("boolean", "t", True),
        ("DATE", "2020-01-02", dt.date(2020, 1, 2)),
        ("DATE(DMY)", "01.02.2020", dt.date(2020, 2, 1)),
        ("date(mdy)", "01/02/2020", dt.date(2020, 1, 2)),
        ("TIMESTAMP", "2020-01-02", dt.datetime(2020, 1, 2)),  # noqa: DTZ001 - without a zone, as the file has it
        ("TIME", "10:30", dt.time(10, 30)),
    ],
)
def test_a_type_that_is_said_is_taken(take: Import, kind: str, text: str, value: object) -> None:
    found = take("t.csv", f"A b,c\n{text},1\nNA,2\n", types={"a B": kind})
    assert found.rows == [(value, 1), ("NA" if kind == "text" else None, 2)]


def test_what_a_said_type_cannot_take_is_set_aside_however_much_it_is(take: Import) -> None:
    found = take("t.csv", "a\nx\ny\n2.5\n4\n", types={"a": "BIGINT"})
    assert (found.rows, found.lines) == ([(4,)], [2, 3, 4])


@pytest.mark.parametrize(
    ("types", "error", "words"),
    [
        ({"nope": "BIGINT"}, BadImportOption, "nope"),
        ({"a": "MONEY"}, BadImportOption, "MONEY"),
        ({"a": "DECIMAL(99,2)"}, BadImportOption, "DECIMAL"),
        ({"a": "DATE"}, TooManyRejected, "'a'"),
    ],
)
def test_types_that_cannot_be_are_refused(
    take: Import,
    types: dict[str, str],
    error: type[Exception],
    words: str,
) -> None:
    with pytest.raises(error, match=words) as refused:
        take("t.csv", "a,b\nx,1\ny,2\n", types=types)
    assert refused.value.hint  # type: ignore[attr-defined] # ours have one
