"""When data flows are due."""

from datetime import UTC, datetime, timedelta

import pytest

from oneclick.accounts.roles import Principal
from oneclick.core.clock import utcnow
from oneclick.pipelines import scheduling, services
from oneclick.pipelines.contract.errors import BadFlow
from oneclick.pipelines.contract.sources import Wanted
from oneclick.pipelines.contract.templates import TEMPLATES
from oneclick.pipelines.models import DataFlow, FlowRun, RunState, ScheduleKind
from oneclick.warehouses.models import Warehouse
from tests.pipelines.numbers import Numbers
from tests.pipelines.sources import drive

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2024, 3, 30, 12, 0, tzinfo=UTC)


@pytest.fixture
def flow(member: Principal, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> DataFlow:
    monkeypatch.setitem(TEMPLATES._entries, Numbers.key, Numbers())
    return make(member, warehouse, "first")


def make(member: Principal, warehouse: Warehouse, name: str) -> DataFlow:
    from oneclick.core.secrets import SecretText

    flow = services.connect(
        member, template_key=Numbers.key, warehouse=warehouse.id, config={}, name=name,
        given={"password": SecretText("p")},
    )  # fmt: skip
    services.choose(member, flow.id, [Wanted(stream="numbers", table=name)])
    return services.schedule(member, flow.id, kind="manual")


def test_every_so_many_minutes_keeps_its_beat(flow: DataFlow) -> None:
    flow.schedule_kind, flow.every_minutes, flow.next_due_at = ScheduleKind.EVERY, 30, NOON
    assert scheduling.next_due(flow, NOON) == NOON + timedelta(minutes=30)
    assert scheduling.next_due(flow, NOON + timedelta(minutes=1)) == NOON + timedelta(minutes=30)
    # Three days were missed: they are made up for once, and the beat goes on.
    late = NOON + timedelta(days=3, minutes=7)
    assert scheduling.next_due(flow, late) == NOON + timedelta(days=3, minutes=30)


def test_fixed_times_are_those_of_the_time_zone(flow: DataFlow) -> None:
    flow.schedule_kind, flow.cron, flow.time_zone = ScheduleKind.CRON, "0 6 * * *", "Europe/Berlin"
    # Clocks go forward in the night to 31 March 2024: six o'clock is 05:00 UTC before and 04:00 UTC after.
    assert scheduling.next_due(flow, NOON - timedelta(days=1)) == datetime(2024, 3, 30, 5, 0, tzinfo=UTC)
    assert scheduling.next_due(flow, NOON) == datetime(2024, 3, 31, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "cron", "cron": "61 * * * *"},
        {"kind": "cron", "cron": "* * * * * *"},
        {"kind": "cron", "cron": "0 0 31 2 *"},
        {"kind": "every", "every_minutes": 0},
        {"kind": "every"},
        {"kind": "sometimes"},
        {"kind": "after"},
        {"kind": "cron", "cron": "0 6 * * *", "time_zone": "Mars/Olympus"},
    ],
)
def test_schedules_that_cannot_be(member: Principal, flow: DataFlow, wrong: dict[str, object]) -> None:
    with pytest.raises(BadFlow) as caught:
        services.schedule(member, flow.id, **wrong)  # type: ignore[arg-type] # each case names arguments of the service
    assert caught.value.message


def test_what_is_due_starts_once(member: Principal, flow: DataFlow) -> None:
    services.schedule(member, flow.id, kind="every", every_minutes=5)
    assert scheduling.start_due() == 0
    DataFlow.objects.update(next_due_at=utcnow() - timedelta(minutes=1))
    assert [scheduling.start_due() for _ in range(2)] == [1, 0]
    run = FlowRun.objects.get()
    assert (run.trigger, run.asked_by) == ("schedule", "system:schedule")
    assert drive(member, run).state == RunState.DONE
    flow.refresh_from_db()
    assert flow.next_due_at is not None
    assert flow.next_due_at > utcnow()


def test_an_update_under_way_is_not_overtaken(member: Principal, flow: DataFlow) -> None:
    services.schedule(member, flow.id, kind="every", every_minutes=5)
    services.run_now(member, flow.id)
    DataFlow.objects.update(next_due_at=utcnow() - timedelta(minutes=1))
    assert scheduling.start_due() == 0
    assert FlowRun.objects.count() == 1


def test_a_paused_data_flow_does_not_start(member: Principal, flow: DataFlow) -> None:
    services.schedule(member, flow.id, kind="every", every_minutes=5)
    services.pause(member, flow.id)
    DataFlow.objects.update(next_due_at=utcnow() - timedelta(minutes=1))
    assert scheduling.start_due() == 0


def test_one_comes_after_another(member: Principal, flow: DataFlow, warehouse: Warehouse) -> None:
    second = make(member, warehouse, "second")
    services.schedule(member, second.id, kind="after", after=flow.id)
    drive(member, services.run_now(member, flow.id))
    run = FlowRun.objects.get(flow=second)
    assert run.trigger == "after"
    with pytest.raises(BadFlow, match="circle"):
        services.schedule(member, flow.id, kind="after", after=second.id)
