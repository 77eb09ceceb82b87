"""From rows to Arrow."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from arro3.core import RecordBatchReader, Table

from adapter_postgresql.arrow import BATCH_ROWS, has_kind, to_arrow
from oneclick.warehouses.contract.errors import NotSupported

DAY = dt.date(1969, 7, 20)
MOMENT = dt.datetime(1969, 7, 20, 20, 17, 40, 1, tzinfo=dt.UTC)

# The type's OID, a value as psycopg hands it out, and as Arrow has it.
VALUES = [
    (16, True, True),
    (17, b"\x00a", b"\x00a"),
    (20, -(2**63), -(2**63)),
    (21, 32767, 32767),
    (23, -1, -1),
    (25, "ä", "ä"),
    (700, 0.5, 0.5),
    (701, 0.1, 0.1),
    (1043, "", ""),
    (1082, DAY, DAY),
    (1114, MOMENT.replace(tzinfo=None), MOMENT.replace(tzinfo=None)),
    (1184, MOMENT, MOMENT),
    (1700, Decimal("-12.5"), Decimal("-12.5")),
    (2950, "0192-uuid", "0192-uuid"),
]


def column(reader: RecordBatchReader) -> list[object]:
    return list(Table.from_arrow(reader).column(0).to_pylist())


@pytest.mark.parametrize(("oid", "value", "expected"), VALUES)
def test_a_value_and_a_null_arrive(oid: int, value: object, expected: object) -> None:
    assert column(to_arrow([("x", oid)], iter([(value,), (None,)]))) == [expected, None]


def test_an_empty_result_has_its_columns() -> None:
    table = Table.from_arrow(to_arrow([("n", 20), ("t", 25)], iter(())))
    assert (table.column_names, table.num_rows) == (["n", "t"], 0)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal(10) ** 29])
def test_a_number_that_does_not_fit_is_refused_and_never_changed(value: Decimal) -> None:
    with pytest.raises(Exception, match="doesn't fit"):
        column(to_arrow([("x", 1700)], iter([(value,)])))


def test_the_refusal_says_what_to_do() -> None:
    reader = to_arrow([("x", 1700)], iter([(Decimal("NaN"),)]))
    with pytest.raises(NotSupported) as caught:
        reader.read_next_batch()
    assert "Cast it" in caught.value.hint


def test_rows_are_taken_as_they_are_asked_for() -> None:
    taken = 0

    def rows() -> Iterator[tuple[int]]:
        nonlocal taken
        for taken in range(1, 3 * BATCH_ROWS + 1):
            yield (taken,)

    reader = to_arrow([("n", 23)], rows())
    assert taken == 0
    assert reader.read_next_batch().num_rows == BATCH_ROWS
    assert taken == BATCH_ROWS


def test_types_without_an_arrow_type_travel_as_text() -> None:
    assert has_kind(20)
    assert not has_kind(2950)
