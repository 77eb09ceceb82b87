"""`oneclick flow …`: data flows and their updates."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from oneclick.cli import output
from oneclick.cli.described import described_options, pairs, secrets
from oneclick.cli.errors import UpdateFailed
from oneclick.cli.frame import Group
from oneclick.cli.operator import operator, organisation_option
from oneclick.cli.output import json_option, wait_option

if TYPE_CHECKING:
    from oneclick.accounts.roles import Principal
    from oneclick.pipelines.models import DataFlow, FlowRun

LOOK_EVERY_S = 0.2
name_argument = click.argument("name", metavar="NAME")


@click.group(cls=Group)
def flow() -> None:
    """Bring in data from databases and other sources, on a schedule."""


@flow.command("templates")
@json_option
def list_templates(as_json: bool) -> None:
    """List the kinds of data flows, and what each asks for."""
    from oneclick.cli import django

    django.setup()
    from oneclick.pipelines.contract.templates import TEMPLATES
    from oneclick.pipelines.flow_schemas import TemplateAnswer

    found = [TemplateAnswer.of(each) for each in TEMPLATES]
    if as_json:
        output.emit_json([each.model_dump(mode="json") for each in found])
        return
    output.table(
        ["Template", "What", "Settings", "Secrets"],
        [
            [
                each.key, each.tagline, ", ".join(field.name for field in each.fields if not field.is_secret),
                ", ".join(field.name for field in each.fields if field.is_secret),
            ]
            for each in found
        ],
        empty="There are none.",
    )  # fmt: skip


@flow.command()
@click.argument("template", metavar="TEMPLATE")
@click.option("--name", default="", help="What to call it.  [default: named after the source]")
@click.option("--warehouse", default="", metavar="NAME", help="Which one, where there are several.")
@described_options
@click.option("--table", "tables", multiple=True, metavar="NAME", help="One to bring; again for more.  [default: all]")
@click.option("--full", is_flag=True, help="Bring all rows each time, not only what is new.")
@click.option("--every", type=click.IntRange(1), metavar="MINUTES", help="How often.  [default: when asked]")
@click.option("--cron", default="", metavar="TEXT", help="When, as in '0 6 * * 1-5'.")
@click.option("--time-zone", default="UTC", show_default=True, help="Of --cron.")
@organisation_option
@json_option
def create(
    template: str, *, name: str, warehouse: str, settings: Sequence[str], secret_files: Sequence[str],
    tables: Sequence[str], full: bool, every: int | None, cron: str, time_zone: str, organisation: str, as_json: bool,
) -> None:  # fmt: skip
    """Make a data flow of TEMPLATE with what we suggest for each table; `oneclick flow run` brings the rows."""
    principal = operator(organisation)
    from oneclick.pipelines import services
    from oneclick.pipelines.contract.templates import template as find_template
    from oneclick.warehouses import queries as warehouses

    asked = find_template(template).fields(config := pairs(settings))
    target = warehouse or str(warehouses.only_warehouse(principal.organisation_id).id)
    made = services.connect(
        principal, template_key=template, warehouse=target, config=config, name=name,
        given=secrets(asked, secret_files),
    )  # fmt: skip
    try:
        _describe(principal, made, tables, is_full=full)
        kind = "every" if every else "cron" if cron else "manual"
        made = services.schedule(principal, made.id, kind=kind, every_minutes=every, cron=cron, time_zone=time_zone)
    except BaseException:
        services.remove(principal, made.id)
        raise
    if as_json:
        _emit(made)
        return
    output.say(f"The data flow {made.name} brings {len(made.streams):,} tables into {made.warehouse.name}.")
    output.note(f"→ Bring the rows now: oneclick flow run {_quoted(made.name)}")


@flow.command("list")
@organisation_option
@json_option
def list_flows(organisation: str, as_json: bool) -> None:
    """List data flows, newest first."""
    principal = operator(organisation)
    from oneclick.pipelines import queries
    from oneclick.pipelines.words import schedule_in_words

    found = queries.flows(principal.organisation_id, limit=1000)
    if as_json:
        from oneclick.pipelines.flow_schemas import FlowAnswer

        output.emit_json([FlowAnswer.of(each).model_dump(mode="json", by_alias=True) for each in found])
        return
    newest = queries.newest_runs(principal.organisation_id, found)
    output.table(
        ["Name", "From", "Into", "When", "Last update", "State", "Rows"],
        [
            [
                each.name, each.template, f"{each.warehouse.name} ({each.schema})", schedule_in_words(each),
                *_last(each, newest.get(each.id)),
            ]
            for each in found
        ],
        right=["Rows"],
        empty="No data flows yet. Make one: oneclick flow create TEMPLATE",
    )  # fmt: skip


@flow.command()
@name_argument
@organisation_option
@json_option
def show(name: str, organisation: str, as_json: bool) -> None:
    """Show a data flow and its tables."""
    principal = operator(organisation)
    from oneclick.pipelines import queries, wanted
    from oneclick.pipelines.words import schedule_in_words

    found = queries.flow(principal.organisation_id, name)
    if as_json:
        _emit(found)
        return
    output.facts(
        {
            "Name": found.name, "Id": found.id, "From": found.template, **found.config,
            "Into": f"{found.warehouse.name} ({found.schema})", "When": schedule_in_words(found),
            "Next": found.next_due_at, "Last rows": found.last_rows_at,
        }
    )  # fmt: skip
    output.say("")
    states = queries.states(found)
    output.table(
        ["At the source", "Table", "How", "Since", "Rows"],
        [
            [
                each.stream, each.table, each.mode.value, each.cursor,
                states[each.stream].rows if each.stream in states else None,
            ]
            for each in wanted.from_json(found.streams)
        ],
        right=["Rows"],
        empty="No table was chosen yet.",
    )  # fmt: skip


@flow.command()
@name_argument
@organisation_option
@json_option
def check(name: str, organisation: str, as_json: bool) -> None:
    """Ask the source of NAME whether all is as it must be. Changes nothing there."""
    principal = operator(organisation)
    from oneclick.pipelines import queries, services
    from oneclick.pipelines.flow_schemas import CheckAnswer

    found = services.check(principal, queries.flow(principal.organisation_id, name).id)
    if as_json:
        output.emit_json([CheckAnswer.of(each).model_dump(mode="json") for each in found])
        return
    signs = {"passed": "✓", "failed": "✗", "not checkable": "·"}
    for each in found:
        output.say(f"{signs[each.result.value]} {each.title}")
        if each.detail:
            output.note(f"    {each.detail}")
        if each.remedy:
            output.note(f"→ {each.remedy}")


@flow.command()
@name_argument
@click.option("--allow-fewer", is_flag=True, help="Let a source that shrank replace its tables this once.")
@click.option("--afresh", is_flag=True, help="Bring everything again, not only what is new.")
@wait_option
@organisation_option
@json_option
def run(name: str, *, allow_fewer: bool, afresh: bool, wait: bool, organisation: str, as_json: bool) -> None:
    """Bring what is new of NAME now."""
    principal = operator(organisation)
    from oneclick.pipelines import queries, services

    found = queries.flow(principal.organisation_id, name)
    asked = services.run_now(principal, found.id, allow_fewer=allow_fewer, afresh=afresh)
    last = _follow(principal, asked, is_quiet=as_json) if wait else asked
    if as_json:
        _emit_run(last)
    elif wait:
        _say_run(last)
    else:
        output.say(f"It was asked for. See it: oneclick flow runs {_quoted(name)}")
    if last.state in ("failed", "stopped"):
        raise UpdateFailed(last)


@flow.command()
@name_argument
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many to show.")
@organisation_option
@json_option
def runs(name: str, limit: int, organisation: str, as_json: bool) -> None:
    """List the updates of NAME, newest first."""
    principal = operator(organisation)
    from oneclick.pipelines import queries

    found = queries.flow(principal.organisation_id, name)
    listed = queries.runs(principal.organisation_id, flow_id=found.id, limit=limit)
    if as_json:
        from oneclick.pipelines.flow_schemas import RunAnswer

        output.emit_json([RunAnswer.of(each).model_dump(mode="json") for each in listed])
        return
    output.table(
        ["Began", "State", "Rows", "MB", "Set aside", "Took", "Started by", "Why"],
        [
            [
                output.moment(each.created_at), each.get_state_display(), each.rows, _mb(each), each.rejected,
                _took(each), each.trigger, each.error_message,
            ]
            for each in listed
        ],
        right=["Rows", "MB", "Set aside", "Took"],
        empty=f"No update yet. Bring the rows: oneclick flow run {_quoted(name)}",
    )  # fmt: skip


@flow.command()
@name_argument
@organisation_option
def pause(name: str, organisation: str) -> None:
    """Start no update of NAME by itself until it is resumed."""
    principal = operator(organisation)
    from oneclick.pipelines import queries, services

    services.pause(principal, queries.flow(principal.organisation_id, name).id)
    output.say(f"{name} is paused.")


@flow.command()
@name_argument
@organisation_option
def resume(name: str, organisation: str) -> None:
    """Go on with the schedule of NAME."""
    principal = operator(organisation)
    from oneclick.pipelines import queries, services

    services.resume(principal, queries.flow(principal.organisation_id, name).id)
    output.say(f"{name} goes on.")


@flow.command()
@name_argument
@organisation_option
def stop(name: str, organisation: str) -> None:
    """Stop the update of NAME that is under way. What it did so far is undone."""
    principal = operator(organisation)
    from oneclick.pipelines import queries, services

    found = queries.flow(principal.organisation_id, name)
    newest = queries.runs(principal.organisation_id, flow_id=found.id, limit=1)
    if not newest or newest[0].finished_at:
        output.note(f"No update of {name} is under way.")
        return
    services.stop(principal, newest[0].id)
    output.say("It stops.")


@flow.command()
@name_argument
@click.option("--yes", is_flag=True, help="Don't ask.")
@organisation_option
def remove(name: str, yes: bool, organisation: str) -> None:
    """Forget NAME with its secrets and its history. Its tables stay."""
    principal = operator(organisation)
    from oneclick.pipelines import queries, services

    found = queries.flow(principal.organisation_id, name)
    if not yes:
        click.confirm(f"Forget the data flow {found.name}? Its tables stay", abort=True, err=True)
    services.remove(principal, found.id)
    output.say(f"{found.name} is forgotten. Its tables stay.")


# -- the parts -------------------------------------------------------------------------------------------------


def _describe(principal: "Principal", made: "DataFlow", tables: Sequence[str], *, is_full: bool) -> None:
    from dataclasses import replace

    from oneclick.pipelines import services
    from oneclick.pipelines.contract.errors import BadFlow
    from oneclick.pipelines.contract.sources import Mode
    from oneclick.warehouses.contract.data_plane import Deletes

    suggested = services.suggest(services.discover(principal, made.id))
    known = {name for each in suggested for name in (each.stream, each.stream.rpartition(".")[2])}
    if unknown := sorted(set(tables) - known):
        raise BadFlow(f"The source has no table {unknown[0]!r}.", hint=f"It has: {', '.join(sorted(known)[:30])}.")
    chosen = [each for each in suggested if not tables or {each.stream, each.stream.rpartition(".")[2]} & set(tables)]
    if is_full:
        chosen = [
            replace(each, mode=Mode.FULL, key=(), cursor="", look_back=0, deletes=Deletes.KEEP) for each in chosen
        ]
    services.choose(principal, made.id, chosen)


def _follow(principal: "Principal", asked: "FlowRun", *, is_quiet: bool) -> "FlowRun":
    """Wait for the end, with a line on what is done now."""
    from oneclick.pipelines import queries
    from oneclick.pipelines.words import progress_in_words

    console = output.err_console()
    with console.status("Waiting to start") as status:
        while True:
            found = queries.run(principal.organisation_id, asked.id)
            if found.finished_at is not None:
                return found
            if not is_quiet:
                status.update(output.clean(progress_in_words(found)))
            time.sleep(LOOK_EVERY_S)


def _last(found: "DataFlow", newest: "FlowRun | None") -> tuple[str, str, int | None]:
    """When its last update was, how that stands, and how many rows came."""
    if found.is_draft or newest is None:
        return "", "draft" if found.is_draft else "not run yet", None
    return output.ago(newest.created_at), newest.get_state_display(), newest.rows


def _say_run(run: "FlowRun") -> None:
    from oneclick.pipelines import queries

    if run.state != "done":
        return
    tables = queries.stream_runs(run)
    output.table(
        ["Table", "Rows", "Gone", "Set aside", "Changes"],
        [[each.table, each.rows, each.deleted, each.rejected, "; ".join(each.changes)] for each in tables],
        right=["Rows", "Gone", "Set aside"], empty="",
    )  # fmt: skip
    output.say(f"{run.rows or 0:,} rows in {_took(run)}.")


def _mb(run: "FlowRun") -> str:
    return f"{run.written_bytes / 1e6:,.1f}" if run.written_bytes else ""


def _took(run: "FlowRun") -> str:
    if run.started_at is None or run.finished_at is None:
        return ""
    return output.duration((run.finished_at - run.started_at).total_seconds())


def _emit(found: "DataFlow") -> None:
    from oneclick.pipelines.flow_schemas import FlowAnswer

    output.emit_json(FlowAnswer.of(found).model_dump(mode="json", by_alias=True))


def _emit_run(run: "FlowRun") -> None:
    from oneclick.pipelines import queries
    from oneclick.pipelines.flow_schemas import RunDetail

    answer: dict[str, Any] = RunDetail.with_tables(run, queries.stream_runs(run)).model_dump(mode="json")
    output.emit_json(answer)


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
