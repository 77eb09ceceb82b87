"""A worker that is killed while a connector is read, and the update that goes on: every row is there once."""

import pytest

from oneclick.accounts.roles import Principal
from oneclick.pipelines import services
from oneclick.pipelines.models import RunState
from tests.pipelines.conftest import Rows
from tests.pipelines.dying import cells
from tests.pipelines.sources import drive, update
from tests.pipelines.templates.airbyte.conftest import Choose, MakeFlow, append, at_work, change, delta, full
from tests.pipelines.templates.airbyte.killing import killed

pytestmark = pytest.mark.django_db(transaction=True)

MOMENTS = [
    "before a row", "before a checkpoint", "after a checkpoint", "before the last row", "after the last row",
    "before the load", "after the load", "before the end",
]  # fmt: skip


@pytest.mark.parametrize(
    ("choose", "moment"), cells({"full": full, "delta": delta, "append": append}, MOMENTS, always="append")
)
def test_a_killed_update_arrives_exactly_once(
    member: Principal, make_flow: MakeFlow, rows_in: Rows, *, choose: Choose, moment: str
) -> None:
    flow = make_flow(choose=choose, count=10)
    update(member, flow)
    # Slow enough that the connector is at work when its worker dies.
    change(member, flow, count=1010, touch="5", pause=0.001)
    run = services.run_now(member, flow.id)
    killed(run, moment)
    assert at_work() == []
    change(member, flow, count=1015, touch="5")
    if moment != "before the end":
        assert drive(member, run).state == RunState.DONE
    assert update(member, flow).state == RunState.DONE

    # The row that was touched comes once more in each of the two updates, which adding keeps.
    more = 2 if choose is append else 0
    assert rows_in("raw.orders", "count(*), count(DISTINCT id)") == [(1015 + more, 1015)]
