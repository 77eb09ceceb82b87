"""A worker that is killed at any point of an update from an API, and the update that goes on: each record once."""

import pytest

from oneclick.accounts.roles import Principal
from oneclick.pipelines import services
from oneclick.pipelines.models import RunState, StreamState
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Rows
from tests.pipelines.dying import MOMENTS, cells, killed
from tests.pipelines.sources import Choose, drive, update
from tests.pipelines.templates.api_ingestion.stub import SHOP, Shop, Stub, make_flow, record
from tests.pipelines.templates.api_ingestion.test_modes import APPEND, DELTA
from tests.pipelines.test_engine import full

pytestmark = pytest.mark.django_db(transaction=True)

FURTHER = """
from oneclick.pipelines.templates.api_ingestion import extraction, making
extraction._Extraction._keep = dying("the second page", extraction._Extraction._keep, nth=2)
extraction.Note.save = dying("the last note of pages", extraction.Note.save, nth=2)
making.Making._write_tables = dying("the child tables", making.Making._write_tables)
making.Made.save = dying("the note of the files", making.Made.save)
"""
OWN = [
    f"{when} {what}"
    for what in ("the second page", "the last note of pages", "the child tables", "the note of the files")
    for when in ("before", "after")
]
NEW = "2024-01-02T00:00:00Z"


@pytest.mark.parametrize(
    ("choose", "moment"), cells({"full": full, "delta": DELTA, "append": APPEND}, [*MOMENTS, *OWN], always="append")
)
def test_a_killed_update_arrives_exactly_once(
    member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows, *, choose: Choose, moment: str
) -> None:
    flow = make_flow(member, warehouse, stub, choose=choose, **SHOP)
    update(member, flow)
    orders.size = 4
    if choose is full:
        orders.size = 40
    orders.records[0] = record(1, total=-1, lines=[{"sku": "only"}], updated_at=NEW)
    orders.records += [record(number, updated_at=NEW) for number in range(121, 131)]

    run = services.run_now(member, flow.id)
    killed(run, moment, further=FURTHER)
    # What comes meanwhile is part of the next update, or of this one: never of none, and never of both.
    orders.records += [record(number, updated_at=NEW) for number in range(131, 136)]
    if moment != "after the end":
        assert drive(member, run).state == RunState.DONE
    assert update(member, flow).state == RunState.DONE

    # Where rows are only added, the changed record is one more; its key is the API's.
    again = 1 if choose is APPEND else 0
    assert rows_in("raw.orders", "count(*), count(DISTINCT id), min(total)") == [(135 + again, 135, -1)]
    assert rows_in("raw.orders_lines", "count(*)") == [(135 * 2 + (1 if choose is APPEND else -1),)]
    assert StreamState.objects.count() == 1
