"""`oneclick warehouse status`, `check` and `repair`: what changed outside of One-Click, and bringing it back."""

import sys
from typing import TYPE_CHECKING

import click

from oneclick.cli import output
from oneclick.cli.frame import Command
from oneclick.cli.operator import operator, organisation_option
from oneclick.cli.output import json_option, wait_option
from oneclick.core.errors import EXIT_CODE_OF_KIND, ErrorKind

if TYPE_CHECKING:
    from oneclick.provisioning.schemas import StatusAnswer
    from oneclick.warehouses.contract.descriptions import InstanceState, Plan


@click.command(cls=Command)
@click.argument("name")
@organisation_option
@json_option
@click.pass_context
def status(ctx: click.Context, name: str, organisation: str, as_json: bool) -> None:
    """Look into the account: is everything there, as we made it? Ends with 1 if not, with 6 if nobody could look."""
    principal = operator(organisation)
    from oneclick.provisioning import services
    from oneclick.provisioning.schemas import StatusAnswer

    found = StatusAnswer.of(services.warehouse_status(principal, name))
    if as_json:
        output.emit_json(found.model_dump(mode="json"))
    else:
        _show_status(name, found)
    ctx.exit(_exit_code(found.state))


@click.command(cls=Command)
@click.argument("name")
@wait_option
@organisation_option
@json_option
@click.pass_context
def check(ctx: click.Context, name: str, *, wait: bool, organisation: str, as_json: bool) -> None:
    """Like `status`, but by a worker and kept in the list of jobs. Ends with 1 and 6 likewise."""
    principal = operator(organisation)
    from oneclick.cli import jobs, watch
    from oneclick.provisioning import services
    from oneclick.provisioning.schemas import StatusAnswer

    asked = services.request_check(principal, name)
    if not wait:
        jobs.finish(asked, wait=False, as_json=as_json)
        return
    done = watch.wait(asked) if as_json else watch.follow(asked)
    found = StatusAnswer(**done.result)
    if as_json:
        jobs.emit(done)
    else:
        _show_status(done.warehouse.name, found)
    ctx.exit(_exit_code(found.state))


@click.command(cls=Command)
@click.argument("name")
@click.option("--yes", is_flag=True, help="Don't ask whether the plan is meant.")
@wait_option
@organisation_option
@json_option
def repair(name: str, *, yes: bool, wait: bool, organisation: str, as_json: bool) -> None:
    """Bring back what was changed or removed outside of One-Click. Shows the plan first."""
    principal = operator(organisation)
    from oneclick.cli.jobs import finish
    from oneclick.provisioning import services

    if not (yes and as_json):
        plan = services.preview_repair(principal, name)
        if not as_json:
            show_plan(plan)
        _demand_go_ahead(name, plan, yes=yes, may_ask=not as_json and sys.stdin.isatty())
    finish(services.request_repair(principal, name), wait=wait, as_json=as_json)


def show_plan(plan: "Plan") -> None:
    """What would be done to each resource."""
    output.table(
        ["What we'll do", "Resource", "Name", "Whose it is"],
        [[line.action.value, line.address.kind, line.address.name, line.owner] for line in plan.actions],
        empty="There is nothing to do.",
    )
    changed = [difference for line in plan.actions for difference in line.differences]
    if changed:
        output.table(
            ["What changed", "Now", "Back to"],
            [[f"{each.address} {each.name}", each.found, each.wanted] for each in changed],
            empty="",
        )
    if plan.is_blocked:
        output.note("✗ Something that isn't ours stands in the way. It stays untouched; choose another name.")


# -- the parts -------------------------------------------------------------------------------------------------


def _demand_go_ahead(name: str, plan: "Plan", *, yes: bool, may_ask: bool) -> None:
    from oneclick.provisioning.errors import ConfirmationNeeded

    if yes or (may_ask and not plan.is_blocked and click.confirm("Do this?", err=True)):
        return
    raise ConfirmationNeeded(
        "Nothing was changed: repairing needs a yes.",
        hint=f"If the plan is meant: oneclick warehouse repair {name} --yes",
    )


def _exit_code(state: "InstanceState") -> int:
    from oneclick.warehouses.contract.descriptions import InstanceState

    if state is InstanceState.UNREACHABLE:
        return EXIT_CODE_OF_KIND[ErrorKind.UNAVAILABLE]
    return 1 if state in (InstanceState.DRIFTED, InstanceState.MISSING) else 0


def _show_status(name: str, found: "StatusAnswer") -> None:
    said = {
        "ready": "everything is there, as we made it",
        "drifted": "changed outside of One-Click",
        "missing": "nothing of it is there",
        "unreachable": "nobody could look",
    }
    output.say(f"{name}: {said.get(found.state.value, found.state.value)}. {found.detail}".rstrip())
    rows = [["missing", f"{each.kind} {each.name}", "", ""] for each in found.missing]
    rows += [["not ours", f"{each.kind} {each.name}", "", ""] for each in found.foreign]
    rows += [
        [
            "changed",
            f"{each.kind} {each.name}",
            f"{each.property}: {each.wanted}",
            f"{each.property}: {each.found}",
        ]
        for each in found.differences
    ]
    if rows:
        output.table(["What", "Resource", "We made", "Found"], rows, empty="")
        output.note(f"→ To bring it back: oneclick warehouse repair {name}")
