"""`oneclick audit …`."""

from typing import TYPE_CHECKING, Any

import click

from oneclick.cli import output
from oneclick.cli.django import setup
from oneclick.cli.frame import Group
from oneclick.cli.operator import operator, organisation_option
from oneclick.cli.output import json_option

if TYPE_CHECKING:
    from oneclick.audit.models import AuditEvent
    from oneclick.audit.verification import Verification


@click.group(cls=Group)
def audit() -> None:
    """Read the audit log and check that nobody changed it."""


@audit.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many events.")
@click.option("--before", type=click.UUID, metavar="ID", help="Only events older than this one.")
@click.option("--installation", is_flag=True, help="What concerns the installation itself, not an organisation.")
@organisation_option
@json_option
def list_events(limit: int, before: Any, installation: bool, organisation: str, as_json: bool) -> None:
    """List who did what, the newest first."""
    principal = operator(organisation)
    from oneclick.accounts.roles import Permission
    from oneclick.audit import queries

    principal.demand(Permission.VIEW_AUDIT)
    found = queries.events(None if installation else principal.organisation_id, limit=limit, before=before)
    if as_json:
        output.emit_json([_event(each) for each in found])
        return
    output.table(
        ["When", "Who", "What", "Of what", "Id"],
        [[each.at, each.actor, each.action, f"{each.target_kind} {each.target_id}".strip(), each.id] for each in found],
        empty="Nothing has happened yet.",
    )


@audit.command("verify")
@json_option
@click.pass_context
def verify(ctx: click.Context, as_json: bool) -> None:
    """Walk every chain of the log and name the first broken link of each. Ends with 1 where one is broken."""
    setup()
    from oneclick.audit.verification import verify as walk

    found = walk()
    if as_json:
        output.emit_json(_verification(found))
    else:
        _show(found)
    ctx.exit(0 if found.is_whole else 1)


@audit.command("accept-ends")
@click.confirmation_option(prompt="Take every chain of the audit log to end where the database says?")
@json_option
def accept_ends(as_json: bool) -> None:
    """After restoring a backup: take the log's chains to end where they end now. This is written down."""
    setup()
    from oneclick.accounts.services import operator_label
    from oneclick.audit.verification import accept_ends as accept

    accepted = accept(actor=operator_label())
    if as_json:
        output.emit_json({"accepted": accepted})
        return
    output.say(
        f"{accepted:,} chains were shorter than this machine remembered." if accepted else "No chain was shorter."
    )


@audit.command("prune")
@click.option("--keep-months", type=click.IntRange(1, 1200), required=True, help="Full months to keep.")
@click.confirmation_option(prompt="Drop every older month of the audit log for good?")
@json_option
def prune(keep_months: int, as_json: bool) -> None:
    """Drop old months as a whole, leaving a signed anchor where verification starts from then on."""
    setup()
    from oneclick.accounts.services import operator_label
    from oneclick.audit.retention import prune as drop

    dropped = drop(keep_months, actor=operator_label())
    if as_json:
        output.emit_json([{"month": f"{each.month:%Y-%m}", "events": each.events} for each in dropped])
        return
    output.table(
        ["Month", "Events"],
        [[f"{each.month:%Y-%m}", each.events] for each in dropped],
        right=["Events"],
        empty="No month is that old.",
    )


def _show(found: "Verification") -> None:
    if found.is_whole:
        output.say(f"The audit log is whole: {found.links:,} links in {found.chains:,} chains.")
    else:
        output.say("The audit log was changed outside of One-Click. The first broken link of each chain:")
        for each in found.breaks:
            output.say(f"  {each}")
        output.note("Compare with a backup from before, and change the passwords of whoever can write to the database.")
    if found.waiting:
        output.note(f"{found.waiting:,} events wait for their seal since {output.moment(found.waiting_since)}.")


def _verification(found: "Verification") -> dict[str, Any]:
    return {
        "is_whole": found.is_whole,
        "chains": found.chains,
        "links": found.links,
        "waiting": found.waiting,
        "waiting_since": found.waiting_since,
        "breaks": [
            {
                "organisation_id": each.organisation_id,
                "seq": each.seq,
                "event_id": each.event_id,
                "damage": each.damage.name.lower(),
                "message": str(each),
            }
            for each in found.breaks
        ],
    }


def _event(event: "AuditEvent") -> dict[str, Any]:
    return {
        "id": event.id,
        "at": event.at,
        "actor": event.actor,
        "action": event.action,
        "target_kind": event.target_kind,
        "target_id": event.target_id,
        "detail": event.detail,
        "correlation_id": event.correlation_id,
    }
