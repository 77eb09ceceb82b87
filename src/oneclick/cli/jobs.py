"""`oneclick job …`: the changes that were asked for."""

from typing import TYPE_CHECKING
from uuid import UUID

import click

from oneclick.cli import output
from oneclick.cli.frame import Group
from oneclick.cli.operator import operator, organisation_option
from oneclick.cli.output import json_option

if TYPE_CHECKING:
    from oneclick.accounts.roles import Principal
    from oneclick.provisioning.models import ProvisioningJob

SHORT_LENGTH = 12
STATES = ("pending", "running", "waiting", "success", "failed", "cancelled")


@click.group(cls=Group)
def job() -> None:
    """Follow, retry and cancel the changes that were asked for."""


@job.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only jobs in this state.")
@click.option("--warehouse", metavar="NAME", help="Only jobs of this warehouse.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many to show.")
@organisation_option
@json_option
def list_jobs(state: str | None, warehouse: str | None, limit: int, organisation: str, as_json: bool) -> None:
    """List jobs, newest first."""
    principal = operator(organisation)
    from oneclick.provisioning import queries
    from oneclick.warehouses import queries as warehouses

    of = warehouses.warehouse(principal.organisation_id, warehouse).id if warehouse else None
    found = queries.jobs(principal.organisation_id, state=state, warehouse_id=of, limit=limit)
    if as_json:
        from oneclick.provisioning.schemas import JobAnswer

        output.emit_json([JobAnswer.of(each).model_dump(mode="json") for each in found])
        return
    output.table(
        ["Job", "What", "Warehouse", "State", "Asked", "Took"],
        [
            [
                short(each),
                each.get_kind_display(),
                each.warehouse.name,
                each.get_state_display(),
                output.ago(each.created_at),
                _took(each),
            ]
            for each in found
        ],
        right=["Took"],
        empty="No jobs yet. Start with: oneclick warehouse create NAME",
    )


@job.command()
@click.argument("job_id", metavar="[JOB]", required=False)
@organisation_option
@json_option
def show(job_id: str | None, organisation: str, as_json: bool) -> None:
    """Show one job with its resources; the newest where none is named."""
    principal = operator(organisation)
    from oneclick.provisioning import queries

    found = find(principal, job_id)
    if as_json:
        emit(found)
        return
    output.facts(
        {
            "Job": found.id,
            "What": found.get_kind_display(),
            "Warehouse": found.warehouse.name,
            "State": found.get_state_display(),
            "Asked by": found.asked_by,
            "Asked": found.created_at,
            "Started": found.started_at,
            "Ended": found.finished_at,
            "Took": _took(found),
            "Error": found.error_message,
            "Why": found.error_code,
            "What now": found.error_hint,
            "Correlation id": found.correlation_id,
        }
    )
    steps = queries.progress(found)
    if steps:
        output.say("")
        output.table(
            ["Resource", "Name", "Action", "State", "Took"],
            [[step.kind, step.name, step.action, step.state, output.duration(step.elapsed_s)] for step in steps],
            right=["Took"],
            empty="",
        )
    if found.state in ("failed", "cancelled"):
        output.note(f"→ Try again from there: oneclick job retry {short(found)}")


@job.command()
@click.argument("job_id", metavar="[JOB]", required=False)
@organisation_option
@json_option
def watch(job_id: str | None, organisation: str, as_json: bool) -> None:
    """Watch a job until it ends; the newest where none is named. With --json: one event a line, as it comes."""
    principal = operator(organisation)
    from oneclick.cli.watch import follow

    found = find(principal, job_id)
    if as_json:
        _stream(found)
        return
    follow(found)
    say_end(found)


@job.command()
@click.argument("job_id", metavar="JOB")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Watch it until it ends.")
@organisation_option
@json_option
def retry(job_id: str, wait: bool, organisation: str, as_json: bool) -> None:
    """Try a failed job again from where it stopped, or go on with a cancelled one."""
    principal = operator(organisation)
    from oneclick.provisioning import services

    finish(services.retry(principal, find(principal, job_id).id), wait=wait, as_json=as_json)


@job.command()
@click.argument("job_id", metavar="JOB")
@organisation_option
@json_option
def cancel(job_id: str, organisation: str, as_json: bool) -> None:
    """Stop a job before its next resource. What is made by then stays and is listed."""
    principal = operator(organisation)
    from oneclick.provisioning import services

    cancelled = services.cancel(principal, find(principal, job_id).id)
    if as_json:
        emit(cancelled)
        return
    output.say(f"The job stops before its next resource. Watch it: oneclick job watch {short(cancelled)}")


def short(job: "ProvisioningJob") -> str:
    """The end of a job's id, enough to name it here: ids that were made together begin alike."""
    return str(job.id).rpartition("-")[2]


def find(principal: "Principal", job_id: str | None) -> "ProvisioningJob":
    """The job of that id, or of an id that ends so, or the newest; raises `JobNotFound`."""
    from oneclick.provisioning import queries
    from oneclick.provisioning.errors import JobNotFound

    if job_id is None:
        newest = queries.jobs(principal.organisation_id, limit=1)
        if not newest:
            raise JobNotFound("There are no jobs yet.", hint="Start with: oneclick warehouse create NAME")
        return newest[0]
    if len(job_id) == SHORT_LENGTH and (found := queries.job_ending(principal.organisation_id, job_id)):
        return found
    try:
        return queries.job(principal.organisation_id, UUID(job_id))
    except ValueError:
        raise JobNotFound(f"There is no job {job_id!r} here.") from None


def finish(asked: "ProvisioningJob", *, wait: bool, as_json: bool) -> None:
    """End a command that asked for a change: watch it, or say where to."""
    from oneclick.cli import watch as watching

    if wait and as_json:
        emit(watching.wait(asked))
    elif wait:
        say_end(watching.follow(asked))
    elif as_json:
        emit(asked)
    else:
        output.say(f"Asked for. Watch it: oneclick job watch {short(asked)}")


def say_end(done: "ProvisioningJob") -> None:
    """One line that says what is now true, and what to do next."""
    name = done.warehouse.name
    said = {
        "create": f"{name} is ready. Bring in data: oneclick load FILE --warehouse {name}",
        "update": f"{name} is as we made it again.",
        "rotate": f"{name} has new credentials. See them: oneclick warehouse credentials {name}",
        "destroy": f"{name} is deleted.",
        "check": f"{name} is checked. See how it is: oneclick warehouse status {name}",
    }
    output.say(said[done.kind])


def emit(job: "ProvisioningJob") -> None:
    """The job as JSON, with its steps."""
    from oneclick.provisioning.schemas import JobDetail

    output.emit_json(JobDetail.of(job).model_dump(mode="json"))


def _stream(job: "ProvisioningJob") -> None:
    from oneclick.cli.watch import looks, outcome
    from oneclick.provisioning import queries
    from oneclick.provisioning.schemas import EventAnswer

    seen = 0
    for look in looks(job.organisation_id, job.id):
        for event in queries.events(look, after=seen):
            seen = event.sequence
            click.echo(EventAnswer.of(event).model_dump_json())
    outcome(look)


def _took(job: "ProvisioningJob") -> str:
    if job.started_at is None or job.finished_at is None:
        return ""
    return output.duration((job.finished_at - job.started_at).total_seconds())
