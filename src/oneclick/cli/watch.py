"""Watching a job: the list of its resources with their states, live on a terminal, line by line elsewhere."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from oneclick.cli.errors import JobCancelled, JobFailed
from oneclick.cli.jobs import short
from oneclick.cli.output import clean, duration, err_console, note
from oneclick.core.clock import utcnow
from oneclick.provisioning.words import DOING

if TYPE_CHECKING:
    from rich.console import RenderableType

    from oneclick.provisioning.models import ProvisioningJob
    from oneclick.provisioning.queries import Step

LOOK_EVERY_S = 0.15
PATIENCE_S = 5.0
_SIGNS = {"done": "✓", "failed": "✗", "blocked": "✗", "waiting": "…", "running": "▸", "planned": "·"}
_STYLES = {"done": "green", "failed": "red", "blocked": "red", "waiting": "yellow", "running": "cyan", "planned": "dim"}


def follow(job: "ProvisioningJob") -> "ProvisioningJob":
    """Show a job until it ends. Raises `JobFailed` or `JobCancelled`; Ctrl-C leaves the job alone."""
    try:
        last = _show_live(job) if err_console().is_terminal else _show_lines(job)
    except KeyboardInterrupt:
        note(f"\nThe job goes on. Watch it: oneclick job watch {short(job)}")
        note(f"Stop it:  oneclick job cancel {short(job)}")
        raise
    return outcome(last)


def outcome(job: "ProvisioningJob") -> "ProvisioningJob":
    """The job, if it ended well; raises `JobFailed` or `JobCancelled`."""
    from oneclick.provisioning.models import JobState

    if job.state == JobState.FAILED:
        raise JobFailed(job)
    if job.state == JobState.CANCELLED:
        raise JobCancelled(job)
    return job


def wait(job: "ProvisioningJob") -> "ProvisioningJob":
    """Wait for the end without showing anything."""
    *_, last = looks(job.organisation_id, job.id)
    return outcome(last)


def looks(organisation_id: UUID, job_id: UUID) -> Iterator["ProvisioningJob"]:
    """The job as it is now, again and again, until it has ended; the last one is the ended one."""
    from oneclick.provisioning import queries
    from oneclick.provisioning.models import ENDED

    while True:
        job = queries.job(organisation_id, job_id)
        yield job
        if job.state in ENDED:
            return
        time.sleep(LOOK_EVERY_S)


def _show_live(asked: "ProvisioningJob") -> "ProvisioningJob":
    from rich.live import Live

    from oneclick.provisioning import queries

    began = time.monotonic()
    with Live(console=err_console(), refresh_per_second=12, transient=False) as live:
        for job in looks(asked.organisation_id, asked.id):
            live.update(picture(job, queries.progress(job), time.monotonic() - began))
    return job


def picture(job: "ProvisioningJob", steps: Sequence["Step"], passed_s: float) -> "RenderableType":
    """The job on a terminal: a heading, a bar, and one line for each resource."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    done = sum(step.state == "done" for step in steps)
    heading = Text(_heading(job), style="bold")
    heading.append(f"  {done} of {len(steps)} · {duration(passed_s)}" if steps else f"  {duration(passed_s)}", "dim")
    listed = Table.grid(padding=(0, 1))
    for step in steps:
        style = _STYLES[step.state]
        elapsed = duration(_elapsed_s(step)) if step.state != "planned" else ""
        listed.add_row(
            Text(f"  {_SIGNS[step.state]}", style),
            Text(clean(step.kind), "dim"),
            Text(clean(step.name), style if step.state != "done" else "", overflow="ellipsis", no_wrap=True),
            Text(elapsed, "dim"),
        )
    bar = Table.grid()
    bar.add_row(
        ProgressBar(total=max(len(steps), 1), completed=done, width=60, complete_style="cyan", finished_style="green")
    )
    parts: list[RenderableType] = [heading, bar, listed]
    if remark := _remark(job, passed_s):
        parts.append(Text(remark, "yellow"))
    return Group(*parts)


def _elapsed_s(step: "Step") -> float:
    if step.state == "running" and step.began_at:
        return (utcnow() - step.began_at).total_seconds()
    return step.elapsed_s


def _show_lines(asked: "ProvisioningJob") -> "ProvisioningJob":
    from oneclick.provisioning import queries

    note(_heading(asked))
    began = time.monotonic()
    said: dict[tuple[str, str], str] = {}
    remark = ""
    for job in looks(asked.organisation_id, asked.id):
        for step in queries.progress(job):
            if step.state != "planned" and said.get((step.kind, step.name)) != step.state:
                said[step.kind, step.name] = step.state
                note(f"  {_SIGNS[step.state]} {step.kind} {step.name}: {step.state}")
        if (newer := _remark(job, time.monotonic() - began)) not in ("", remark):
            remark = newer
            note(remark)
    return job


def _heading(job: "ProvisioningJob") -> str:
    return DOING[job.kind].format(job.warehouse.name)


def _remark(job: "ProvisioningJob", passed_s: float) -> str:
    from oneclick.provisioning.models import JobState

    if job.state == JobState.PENDING and passed_s > PATIENCE_S:
        return "No worker has taken it yet. Does the stack run? Look with: oneclick status"
    if job.cancel_asked_at:
        return "Asked to stop; it stops before its next resource."
    if job.state == JobState.WAITING and job.attempt:
        return f"A passing fault; try {job.attempt + 1} follows by itself."
    return ""
