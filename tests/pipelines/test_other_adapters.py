"""Loading and asking name no provider: the same works on the example adapter's PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Principal
from oneclick.pipelines import queries
from oneclick.pipelines.models import RunState
from oneclick.pipelines.templates.file_import.services import load_file
from oneclick.queries.errors import ForbiddenFunction, NotARead, QueryFailed, QueryTimedOut
from oneclick.queries.services import run
from oneclick.warehouses.contract.data_plane import DELETED_AT, Deletes
from oneclick.warehouses.contract.errors import TooFewRows
from tests.lake import make_postgresql_warehouse
from tests.pipelines.sources import SourceDatabase, make_flow, update

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_is_loaded_and_asked_about(
    organisation: Organisation,
    admin: Principal,
    member: Principal,
    reader: Principal,
    write: Callable[[str, str | bytes], Path],
) -> None:
    warehouse = make_postgresql_warehouse(organisation, admin)
    content = "id,zip,day,price\n1,00123,2020-01-02,1.5\n2,04567,2020-02-29,NA\n3\n"
    report = load_file(member, warehouse.id, write("orders.csv", content))
    assert (report.rows, report.rejected) == (2, 1)
    load_file(member, warehouse.id, write("orders.csv", content), mode="append")

    result = run(reader, warehouse.id, "SELECT zip, sum(price) p, to_char(day, 'YYYY') y FROM raw.orders GROUP BY 1, 3")
    assert sorted(result.rows()) == [("00123", 3.0, "2020"), ("04567", None, "2020")]
    assert run(reader, warehouse.id, "SELECT count(*) FROM raw.orders_rejected").row_count == 1
    assert run(reader, warehouse.id, "SELECT * FROM raw.orders", limit=1).is_truncated

    for sql, error in (
        ("SELECT pg_read_file('/etc/passwd')", ForbiddenFunction),
        ("SELECT * FROM dblink('host=127.0.0.1', 'select 1') AS t(a int)", ForbiddenFunction),
        ("DELETE FROM raw.orders", NotARead),
        ("SELECT * FROM raw.nowhere", QueryFailed),
    ):
        with pytest.raises(error):
            run(reader, warehouse.id, sql)
    with pytest.raises(QueryTimedOut):
        run(reader, warehouse.id, "SELECT count(*) FROM generate_series(1, 1000000000) a", timeout_s=2)


@pytest.mark.parametrize("deletes", [Deletes.REMOVE, Deletes.MARK])
def test_a_clone_follows_what_changed_and_what_is_gone(
    organisation: Organisation, admin: Principal, member: Principal, shop: SourceDatabase, deletes: Deletes
) -> None:
    warehouse = make_postgresql_warehouse(organisation, admin)
    flow = make_flow(member, warehouse, shop, "orders", choose=lambda each: replace(each, deletes=deletes))
    assert update(member, flow).state == RunState.DONE
    shop.execute("DELETE FROM orders WHERE id <= 40; UPDATE orders SET total = 0, updated_at = now() WHERE id = 41")

    done = update(member, flow)

    assert done.state == RunState.DONE, done.error_message
    assert [each.deleted for each in queries.stream_runs(done)] == [40]
    kept = "" if deletes is Deletes.REMOVE else f"WHERE {DELETED_AT} IS NULL"
    result = run(member, warehouse.id, f"SELECT count(*), min(id), min(total)::int FROM raw.orders {kept}")
    assert list(result.rows()) == [(1960, 41, 0)]
    shop.execute("DELETE FROM orders WHERE id > 100")
    refused = update(member, flow)
    assert (refused.state, refused.error_code) == (RunState.FAILED, TooFewRows.code)
