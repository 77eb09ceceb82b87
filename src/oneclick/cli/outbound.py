"""`oneclick outbound …`."""

import sys
from typing import TYPE_CHECKING, Any

import click

from oneclick.cli import output
from oneclick.cli.django import setup
from oneclick.cli.frame import Group
from oneclick.cli.output import json_option

if TYPE_CHECKING:
    from oneclick.outbound.guard import Look
    from oneclick.outbound.models import AllowedDestination

PATIENCE_S = 10.0
QUESTION = "A network such as 10.20.0.0/16 (Enter: no more)"


def ask_for_networks() -> None:
    """Ask whoever sets the installation up, at a terminal, for the company's own networks; once there are any, no more.

    A company's database is nearly always at a private address, so without an answer the first copy of it is refused.
    """
    from oneclick.accounts.services import operator_label
    from oneclick.core.errors import OneClickError
    from oneclick.outbound import queries, services

    if not sys.stdin.isatty() or queries.allowed_destinations():
        return
    output.note("Which networks are your company's own? Its databases there may then be copied.")
    while answer := click.prompt(QUESTION, default="", show_default=False, err=True).strip():
        try:
            made = services.allow(answer, actor=operator_label(), sitting=services.From.COMMAND_LINE)
        except OneClickError as error:
            output.note(f"{error.message} {error.hint}")
        else:
            output.note(f"Connections to {made.destination} are allowed.")


@click.group(cls=Group)
def outbound() -> None:
    """Say which addresses that aren't public may be connected to, such as your company's databases."""


@outbound.command()
@click.argument("destination")
@click.option("--reason", default="", metavar="TEXT", help="Why, for those who read the list later.")
@json_option
def allow(destination: str, reason: str, as_json: bool) -> None:
    """Allow connections to DESTINATION: a host with its port, such as db.corp.example:5432, or a network of yours.

    It holds for every organisation of this installation. A name covers private addresses alone; for one of this
    machine, or for a link-local one, write the address itself.
    """
    setup()
    from oneclick.accounts.services import operator_label
    from oneclick.outbound import services

    made = services.allow(destination, actor=operator_label(), reason=reason, sitting=services.From.COMMAND_LINE)
    if as_json:
        output.emit_json(_entry(made))
        return
    output.say(f"Connections to {made.destination} are allowed.")


@outbound.command()
@click.argument("destination")
@json_option
def forget(destination: str, as_json: bool) -> None:
    """Take DESTINATION off the list: new connections to it are refused."""
    setup()
    from oneclick.accounts.services import operator_label
    from oneclick.outbound import services

    gone = services.forget(destination, actor=operator_label())
    if as_json:
        output.emit_json(_entry(gone))
        return
    output.say(f"Connections to {gone.destination} are no longer allowed by an entry of their own.")


@outbound.command("list")
@json_option
def list_allowed(as_json: bool) -> None:
    """List what is allowed although it isn't public, the oldest first."""
    setup()
    from oneclick.outbound import services

    found = services.allowed()
    if as_json:
        output.emit_json([_entry(each) for each in found])
        return
    output.table(
        ["Destination", "Reason", "By", "Since"],
        [[each.destination, each.reason, each.made_by, each.created_at] for each in found],
        empty="Nothing yet: only public addresses may be connected to. Allow one: oneclick outbound allow HOST:PORT",
    )


@outbound.command()
@click.argument("destination")
@json_option
@click.pass_context
def check(ctx: click.Context, destination: str, as_json: bool) -> None:
    """Look up DESTINATION, a host with its port, and say what we think of its addresses. Connects nowhere.

    Ends with 1 where it would be refused.
    """
    setup()
    from oneclick.outbound.destinations import HostAndPort, parse
    from oneclick.outbound.errors import BadDestination
    from oneclick.outbound.guard import look

    target = parse(destination)
    if not isinstance(target, HostAndPort):
        raise BadDestination(f"{target} is a network.", hint="Name one host with its port.")
    found = look(str(target.host), target.port, timeout_s=PATIENCE_S)
    if as_json:
        output.emit_json(_look(found))
    else:
        _show(found)
    ctx.exit(0 if found.is_allowed else 1)


def _show(found: "Look") -> None:
    from oneclick.outbound.guard import cures

    output.table(
        ["Address", "What it is", "Allowed"],
        [[each.address, each.said, each.is_allowed] for each in found.findings],
        empty="It has no address.",
    )
    for command in cures(found):
        output.note(f"→ To allow it: {command}")


def _look(found: "Look") -> dict[str, Any]:
    from oneclick.outbound.guard import cures

    return {
        "destination": str(found.target),
        "is_allowed": found.is_allowed,
        "addresses": [
            {
                "address": str(each.address),
                "standing": each.standing.name.lower(),
                "is_own_server": each.is_ours,
                "is_allowed": each.is_allowed,
            }
            for each in found.findings
        ],
        "cures": cures(found),
    }


def _entry(found: "AllowedDestination") -> dict[str, Any]:
    return {
        "id": found.id,
        "destination": found.destination,
        "reason": found.reason,
        "made_by": found.made_by,
        "created_at": found.created_at,
    }
