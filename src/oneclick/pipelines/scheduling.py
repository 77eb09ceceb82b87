"""When data flows are due. A schedule that was missed, as while the machine was off, is made up for once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import CroniterBadCronError, CroniterBadDateError, croniter
from django.db import IntegrityError, transaction

from oneclick.core.clock import utcnow
from oneclick.core.ids import new_id
from oneclick.job_queue.wake import wake
from oneclick.pipelines.contract.errors import BadFlow
from oneclick.pipelines.models import UNFINISHED_RUNS, DataFlow, FlowRun, ScheduleKind
from oneclick.warehouses.models import WarehouseState

DRIVE = "pipelines.drive"
SCHEDULER = "system:schedule"
SHORTEST_MINUTES, LONGEST_MINUTES = 1, 60 * 24 * 31
AT_ONCE = 100


def validate(flow: DataFlow) -> None:
    """Raise `BadFlow` for a schedule that can't be."""
    if flow.schedule_kind == ScheduleKind.EVERY and not (
        flow.every_minutes and SHORTEST_MINUTES <= flow.every_minutes <= LONGEST_MINUTES
    ):
        raise BadFlow(f"It can come every {SHORTEST_MINUTES} to {LONGEST_MINUTES:,} minutes.")
    try:
        ZoneInfo(flow.time_zone)
    except (KeyError, ValueError, OSError) as exc:
        raise BadFlow(f"There is no time zone {flow.time_zone!r}.", hint="Name one such as Europe/Berlin.") from exc
    if flow.schedule_kind == ScheduleKind.CRON:
        if len(flow.cron.split()) != 5 or not croniter.is_valid(flow.cron):  # noqa: PLR2004 - cron's fields
            raise BadFlow(
                f"{flow.cron!r} isn't a schedule.",
                hint="Write minute, hour, day, month and weekday, as in 0 6 * * 1-5.",
            )
        next_due(flow, utcnow())
    if flow.schedule_kind == ScheduleKind.AFTER:
        _demand_no_circle(flow)


def next_due(flow: DataFlow, after: datetime) -> datetime | None:
    """The first moment after `after` at which it is due; None where nothing but somebody's wish starts it."""
    if flow.schedule_kind == ScheduleKind.EVERY and flow.every_minutes:
        step = timedelta(minutes=flow.every_minutes)
        anchor = flow.next_due_at or after
        return anchor + step if anchor > after else after + step - (after - anchor) % step
    if flow.schedule_kind == ScheduleKind.CRON and flow.cron:
        local = after.astimezone(ZoneInfo(flow.time_zone))
        try:
            found: datetime = croniter(flow.cron, local, ret_type=datetime).get_next()
        except (CroniterBadCronError, CroniterBadDateError) as exc:
            raise BadFlow(f"{flow.cron!r} never comes.", hint="Choose days that exist.") from exc
        return found.astimezone(ZoneInfo("UTC"))
    return None


def start_due() -> int:
    """Begin an update of each data flow that is due; returns how many. Safe to run twice at once."""
    return sum(1 for _ in _started())


def begin(
    flow: DataFlow, *, asked_by: str, trigger: str, correlation_id: str = "", allow_fewer: bool = False
) -> FlowRun | None:
    """A new update with its wake-up, or None where one is under way."""
    try:
        with transaction.atomic():
            run = FlowRun.objects.create(
                organisation_id=flow.organisation_id, flow=flow, asked_by=asked_by, trigger=trigger,
                correlation_id=correlation_id or new_id().hex, allow_fewer=allow_fewer,
            )  # fmt: skip
            wake(DRIVE, run_id=str(run.id))
            return run
    except IntegrityError:
        return None


def wake_followers(flow: DataFlow) -> None:
    """Begin those that come after this one."""
    for follower in DataFlow.objects.filter(
        after=flow, schedule_kind=ScheduleKind.AFTER, is_paused=False, is_draft=False
    ):
        begin(follower, asked_by=SCHEDULER, trigger="after")


def _started() -> Iterator[FlowRun]:
    now = utcnow()
    with transaction.atomic():
        due = DataFlow.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            next_due_at__lte=now, is_paused=False, is_draft=False, warehouse__state=WarehouseState.ACTIVE
        )
        for flow in due.order_by("next_due_at")[:AT_ONCE]:
            DataFlow.objects.filter(id=flow.id).update(next_due_at=next_due(flow, now))
            is_busy = FlowRun.objects.filter(flow=flow, state__in=UNFINISHED_RUNS).exists()
            if not is_busy and (run := begin(flow, asked_by=SCHEDULER, trigger="schedule")):
                yield run


def _demand_no_circle(flow: DataFlow) -> None:
    seen, current = {flow.id}, flow.after
    if current is None:
        raise BadFlow("It isn't said after which data flow it comes.")
    while current is not None:
        if current.id in seen:
            raise BadFlow("Data flows can't come after each other in a circle.", hint="Give one of them a schedule.")
        if current.organisation_id != flow.organisation_id:
            raise BadFlow("It can only come after a data flow of your own.")
        seen.add(current.id)
        current = current.after if current.schedule_kind == ScheduleKind.AFTER else None
