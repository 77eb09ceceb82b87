"""A worker that is killed at any point of an update, and the update that goes on: every row is there once."""

import pytest

from oneclick.accounts.roles import Principal
from oneclick.pipelines import services
from oneclick.pipelines.contract.sources import Mode
from oneclick.pipelines.models import RunState, StreamState
from oneclick.warehouses.contract.data_plane import Deletes
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Rows
from tests.pipelines.dying import MOMENTS, cells, killed
from tests.pipelines.sources import Choose, SourceDatabase, drive, make_flow, update
from tests.pipelines.test_engine import full, with_fields

pytestmark = pytest.mark.django_db(transaction=True)

APPEND = with_fields(mode=Mode.APPEND, cursor="id", look_back=0, key=(), deletes=Deletes.KEEP)
DELTA = with_fields(look_back=0)


@pytest.mark.parametrize(
    ("choose", "moment"), cells({"full": full, "delta": DELTA, "append": APPEND}, MOMENTS, always="append")
)
def test_a_killed_update_arrives_exactly_once(
    member: Principal,
    warehouse: Warehouse,
    shop: SourceDatabase,
    rows_in: Rows,
    *,
    choose: Choose,
    moment: str,
) -> None:
    flow = make_flow(member, warehouse, shop, "customers", "orders", choose=choose)
    update(member, flow)
    shop.execute("INSERT INTO orders SELECT n, 1, 0, '{}', now() FROM generate_series(2001, 2010) n")
    shop.execute("UPDATE orders SET total = -1, updated_at = now() WHERE id = 1")

    run = services.run_now(member, flow.id)
    killed(run, moment)
    # What comes meanwhile is part of the next update, or of this one: never of none, and never of both.
    shop.execute("INSERT INTO orders SELECT n, 1, 0, '{}', now() FROM generate_series(2011, 2015) n")
    if moment != "after the end":
        assert drive(member, run).state == RunState.DONE
    assert update(member, flow).state == RunState.DONE

    changed = -1 if choose is not APPEND else 1.5
    assert rows_in("raw.orders", "count(*), count(DISTINCT id), min(total)") == [(2015, 2015, min(changed, 0))]
    assert rows_in("(FROM raw.orders WHERE id = 1)", "total") == [(changed,)]
    assert StreamState.objects.count() == 2
