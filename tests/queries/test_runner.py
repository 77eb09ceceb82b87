import time

import pytest

from tests.queries.conftest import Start

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_streams_the_rows_of_the_warehouse(start_query: Start) -> None:
    for _ in range(3):
        t=time.monotonic()
        with start_query("select shop, count(*) n from raw.orders group by all order by shop") as running:
            names = running.schema.names
            rows = [row for batch in running for row in zip(*(c.to_pylist() for c in batch.columns))]
        print(time.monotonic()-t, running.outcome)
    assert rows == [(shop, 715 if shop < 2 else 714) for shop in range(7)]
    assert running.outcome.rows == 7
    assert not running.outcome.is_truncated
