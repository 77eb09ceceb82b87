"""How numbers and dates are written: found out from a whole column, from the file's others, or said."""

import datetime as dt
from typing import Any

import pytest

from oneclick.pipelines.templates.file_import import styles
from oneclick.pipelines.templates.file_import.errors import BadImportOption, TooManyRejected
from tests.pipelines.conftest import Import

MAY = dt.date(2026, 5, 4)
APRIL = dt.date(2026, 4, 5)


def table(*columns: str) -> str:
    """A file of columns, each of values between spaces (`_` is a space inside a value)."""
    rows = zip(*(column.split(" ") for column in columns), strict=True)
    return "".join("\t".join(row).replace("_", " ") + "\n" for row in rows)


@pytest.mark.parametrize(
    ("column", "kind", "values"),
    [
        ("a 1,234.50 2.5", "DOUBLE", [1234.5, 2.5]),
        ("a 1.234,50 2,5", "DOUBLE", [1234.5, 2.5]),
        ("a 1.234.567 5", "DOUBLE", [1234567.0, 5.0]),
        ("a 1,234,567 5", "DOUBLE", [1234567.0, 5.0]),
        ("a 1_234,50 2,5", "DOUBLE", [1234.5, 2.5]),
        ("a 1\u00a0234,50 2,5", "DOUBLE", [1234.5, 2.5]),
        ("a €1,234.50 -€2", "DOUBLE", [1234.5, -2.0]),
        ("a 1.234,50_€ -2,00_€", "DOUBLE", [1234.5, -2.0]),
        ("a CHF_5 7", "DOUBLE", [5.0, 7.0]),
        ("a $5 €7", "VARCHAR", ["$5", "€7"]),  # two currencies: a number would not say which
        ("a 1,234 5,678", "VARCHAR", ["1,234", "5,678"]),  # a thousand, or one and a bit?
        ("a 1.234 5.678", "DOUBLE", [1.234, 5.678]),
        ("a 1,234.50 1.234,50", "VARCHAR", ["1,234.50", "1.234,50"]),
        ("a 0,5 007", "VARCHAR", ["0,5", "007"]),
        ("a 1,23,456 5", "VARCHAR", ["1,23,456", "5"]),
        ("a 192.168.1.1 10.0.0.1", "VARCHAR", ["192.168.1.1", "10.0.0.1"]),
        ("a 31/12/2026_10:30 01/02/2026_08:15:30", "TIMESTAMP",
         [dt.datetime(2026, 12, 31, 10, 30), dt.datetime(2026, 2, 1, 8, 15, 30)]),  # noqa: DTZ001 - as the file has it
        ("a 04/05/2026 05/06/2026", "VARCHAR", ["04/05/2026", "05/06/2026"]),
    ],
)  # fmt: skip
def test_a_column_is_read_in_the_one_way_that_fits(take: Import, column: str, kind: str, values: list[Any]) -> None:
    found = take("t.tsv", table(column, "b x y"))
    assert found.types[0] == kind
    assert [row[0] for row in found.rows] == values


@pytest.mark.parametrize(
    ("doubtful", "proof", "kind", "value"),
    [
        ("a 1,234", "b 1,234.50", "DOUBLE", 1234.0),
        ("a 1,234", "b 2.5", "DOUBLE", 1234.0),
        ("a 1,234", "b 2,5", "DOUBLE", 1.234),
        ("a 1.234", "b 2,5", "DOUBLE", 1234.0),
        ("a 1,234", "b 2.345", "VARCHAR", "1,234"),  # which itself could be either
        ("a 2.5", "b 2,5", "DOUBLE", 2.5),
        ("a 04/05/2026", "b 31/12/2026", "DATE", MAY),
        ("a 04.05.2026", "b 31/12/2026", "DATE", MAY),
        ("a 04/05/2026", "b 12/31/2026", "DATE", APRIL),
        ("a 04/05/2026", "b 12/31/2026_10:00", "DATE", APRIL),
    ],
)
def test_where_two_ways_fit_the_other_columns_decide(
    take: Import, doubtful: str, proof: str, kind: str, value: object
) -> None:
    found = take("t.tsv", table(doubtful, proof, "c x"))
    assert (found.types[0], found.rows[0][0]) == (kind, value)


@pytest.mark.parametrize(
    ("column", "said", "kind", "value"),
    [
        ("a 1,234", {"decimal": "point"}, "DOUBLE", 1234.0),
        ("a 1,234", {"decimal": "comma"}, "DOUBLE", 1.234),
        ("a 1.234", {"decimal": "comma"}, "DOUBLE", 1234.0),
        ("a 12.5", {"decimal": "comma"}, "VARCHAR", "12.5"),
        ("a 04/05/2026", {"dates": "day-first"}, "DATE", MAY),
        ("a 04/05/2026", {"dates": "month-first"}, "DATE", APRIL),
        ("a 31/12/2026", {"dates": "month-first"}, "VARCHAR", "31/12/2026"),
    ],
)
def test_what_is_said_goes_before_what_is_found(
    take: Import, column: str, said: dict[str, str], kind: str, value: object
) -> None:
    found = take("t.tsv", table(column, "b x"), styles=styles.said(**said))
    assert (found.types[0], found.rows[0][0]) == (kind, value)


@pytest.mark.parametrize(
    ("column", "wanted", "said", "value"),
    [
        ("a 1.234,50", "DECIMAL(9,2)", {}, 1234.5),
        ("a 1,234", "BIGINT", {"decimal": "point"}, 1234),
        ("a 1,5", "DOUBLE", {"decimal": "comma"}, 1.5),
        ("a 31.12.2026", "DATE", {}, dt.date(2026, 12, 31)),
        ("a 04.05.2026", "DATE", {"dates": "day-first"}, MAY),
        ("a 04.05.2026", "DATE(MDY)", {"dates": "day-first"}, APRIL),
    ],
)
def test_a_said_type_is_read_in_the_file_s_style(
    take: Import, column: str, wanted: str, said: dict[str, str], value: object
) -> None:
    found = take("t.tsv", table(column, "b x"), types={"a": wanted}, styles=styles.said(**said))
    assert found.rows == [(value, "x")]


@pytest.mark.parametrize(("column", "wanted"), [("a 04.05.2026", "DATE"), ("a 1,234", "DOUBLE")])
def test_a_said_type_that_could_be_read_in_two_ways_is_asked_about(take: Import, column: str, wanted: str) -> None:
    with pytest.raises(TooManyRejected):
        take("t.tsv", table(column, "b x"), types={"a": wanted})


def test_a_late_value_decides(take: Import) -> None:
    found = take("t.tsv", "a\tb\n" + "04/05/2026\t1,234\n" * 30_000 + "31/05/2026\t2,5\n")
    assert found.types == ["DATE", "DOUBLE"]
    assert found.rows[0] == (MAY, 1.234)


def test_one_bad_value_does_not_cost_the_style(take: Import) -> None:
    found = take("t.tsv", "a\tb\n" + "1.234,50\tx\n" * 400 + "soon\ty\n")
    assert (found.types[0], found.lines) == ("DOUBLE", [402])


def test_unknown_styles_are_refused() -> None:
    for said in ({"decimal": "dot"}, {"dates": "year-last"}):
        with pytest.raises(BadImportOption) as refused:
            styles.said(**said)
        assert refused.value.hint
