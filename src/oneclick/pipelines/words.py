"""Data flows and their updates in plain words, for pages and the command line."""

from oneclick.accounts.roles import PrincipalKind
from oneclick.pipelines.models import DataFlow, FlowRun, RunState, ScheduleKind

HOUR, DAY = 60, 24 * 60

STATE_OF_RUN = {
    "pending": "busy", "running": "busy", "waiting": "warn", "done": "ok", "failed": "bad", "stopped": "off",
}  # fmt: skip
"""An update's states → those of the kit's badges."""

PHASES = {
    "plan": "Looking at what is new",
    "extract": "Fetching",
    "load": "Bringing in",
    "verify": "Checking what came",
}
"""What an update does in each of its phases."""

_TRIGGERS = {"schedule": "its schedule", "after": "the data flow before it"}


def schedule_in_words(flow: DataFlow) -> str:
    """When it brings what is new."""
    if flow.is_paused:
        return "paused"
    if flow.schedule_kind == ScheduleKind.EVERY and flow.every_minutes:
        return f"every {_span(flow.every_minutes)}"
    if flow.schedule_kind == ScheduleKind.CRON:
        return f"{flow.cron} ({flow.time_zone})"
    if flow.schedule_kind == ScheduleKind.AFTER:
        return f"after {flow.after.name}" if flow.after else "after a data flow that is gone"
    return "when asked"


def nothing_came(flow: DataFlow) -> str:
    """That no row came from it for longer than is usual."""
    span = _span(60 * (flow.quiet_after_hours or 0))
    return f"Nothing came from {flow.name} for more than { {'day': 'a day', 'hour': 'an hour'}.get(span, span) }"


def started_by(run: FlowRun, name: str) -> str:
    """Who or what began it; `name` is what the asker is called, empty for one who isn't there any more."""
    kind, _, identity = run.asked_by.partition(":")
    by_command = f"{identity}, by a command" if kind == PrincipalKind.OPERATOR else ""
    return name or by_command or _TRIGGERS.get(run.trigger, "somebody")


def progress_in_words(run: FlowRun) -> str:
    """What it does now."""
    if run.state == RunState.PENDING:
        return "Waiting to start"
    if run.state == RunState.WAITING:
        return f"{run.error_message} We try again by ourselves."
    said = run.progress
    words = PHASES.get(run.phase, "Starting")
    if run.phase == "load" and said.get("table"):
        words = f"{words} {said['table']} ({said.get('number')} of {said.get('of')})"
        return f"{words}, {said['share']:.0f} %" if said.get("share") else words
    if said.get("what"):
        return f"{said['what']}, {said['rows']:,} rows" if said.get("rows") else str(said["what"])
    return words


def _span(minutes: int) -> str:
    for size, one, many in ((DAY, "day", "days"), (HOUR, "hour", "hours"), (1, "minute", "minutes")):
        if minutes % size == 0:
            count = minutes // size
            return one if count == 1 else f"{count} {many}"
    return f"{minutes} minutes"
