"""Data flows from which nothing comes any more."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from oneclick.accounts.roles import Principal
from oneclick.core.clock import utcnow
from oneclick.notifications.models import Notification
from oneclick.pipelines import attention, quiet, services
from oneclick.pipelines.models import DataFlow, FlowRun, RunState
from oneclick.warehouses.models import Warehouse
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def flow(cast: Cast) -> Iterator[DataFlow]:
    """One from which something usually comes within a day, and did two hours ago."""
    warehouse = Warehouse.objects.create(organisation=cast.organisation, provider="local", name="sales")
    return DataFlow.objects.create(
        organisation=cast.organisation, warehouse=warehouse, template="t", name="Our shop", is_draft=False,
        made_by=cast.member.label, quiet_after_hours=24, last_rows_at=utcnow() - timedelta(hours=2), streams=[{}],
    )  # fmt: skip


def rows_came(flow: DataFlow, hours: float) -> None:
    DataFlow.objects.filter(id=flow.id).update(last_rows_at=utcnow() - timedelta(hours=hours))


def titles(principal: Principal) -> list[str]:
    return [each.title for each in attention.quiet_flows(principal)]


def test_it_is_told_once_until_rows_come_again(cast: Cast, flow: DataFlow) -> None:
    assert quiet.tell(utcnow()) == 0
    rows_came(flow, 25)
    assert [quiet.tell(utcnow()) for _ in range(3)] == [1, 0, 0]
    assert quiet.tell(utcnow() + timedelta(days=1)) == 0

    rows_came(flow, -1)
    assert quiet.tell(utcnow() + timedelta(hours=24)) == 0
    assert quiet.tell(utcnow() + timedelta(hours=26)) == 1

    rows = Notification.objects.all()
    assert {(str(row.user_id), row.kind) for row in rows} == {
        (cast.admin.id, "flow_quiet"), (cast.member.id, "flow_quiet")
    }  # fmt: skip
    assert len(rows) == 4
    assert rows[0].facts["title"] == "Nothing came from Our shop for more than a day"
    assert rows[0].facts["path"] == f"/flows/{flow.id}"


@pytest.mark.parametrize(
    "change", [{"is_paused": True}, {"is_draft": True}, {"quiet_after_hours": None}, {"quiet_after_hours": 30}]
)
def test_nobody_hears_of_one_that_may_be_quiet(cast: Cast, flow: DataFlow, change: dict[str, object]) -> None:
    rows_came(flow, 25)
    DataFlow.objects.filter(id=flow.id).update(**change)

    assert quiet.tell(utcnow()) == 0
    assert titles(cast.admin) == []


def test_one_that_never_brought_anything_counts_from_its_beginning(cast: Cast, flow: DataFlow) -> None:
    DataFlow.objects.filter(id=flow.id).update(last_rows_at=None, created_at=utcnow() - timedelta(hours=25))

    assert quiet.tell(utcnow()) == 1
    assert titles(cast.admin) == ["Nothing came from Our shop for more than a day"]
    assert titles(cast.outsider) == []


def test_another_span_is_told_of_anew(cast: Cast, flow: DataFlow) -> None:
    rows_came(flow, 50)
    assert quiet.tell(utcnow()) == 1

    services.schedule(cast.member, flow.id, kind="manual", quiet_after_hours=48)

    assert quiet.tell(utcnow()) == 1


def test_only_a_data_flow_whose_last_update_failed_needs_a_look(cast: Cast, flow: DataFlow) -> None:
    seen = []
    for state in (RunState.FAILED, RunState.DONE, RunState.FAILED):
        FlowRun.objects.create(
            organisation=cast.organisation, flow=flow, state=state, asked_by="x", trigger="hand", error_message="Why."
        )
        seen.append([each.words for each in attention.failed_flows(cast.admin)])

    assert seen == [["Why."], [], ["Why."]]
    assert list(attention.failed_flows(cast.outsider)) == []
