"""`oneclick warehouse …`."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from oneclick.cli import output
from oneclick.cli.drift import check, repair, show_plan, status
from oneclick.cli.frame import Group
from oneclick.cli.operator import operator, organisation_option
from oneclick.cli.output import json_option, wait_option
from oneclick.warehouses import registry

if TYPE_CHECKING:
    from oneclick.accounts.roles import Principal
    from oneclick.provisioning.losses import TableAtStake
    from oneclick.provisioning.models import ProvisioningJob
    from oneclick.warehouses.contract.instance import Spec
    from oneclick.warehouses.models import Warehouse

F = TypeVar("F", bound=Callable[..., Any])

LEVELS = click.Choice(("read", "write"))
LOSSES_SHOWN = 20

level_option = click.option("--level", type=LEVELS, default="read", show_default=True, help="What the login may do.")


@click.group(cls=Group)
def warehouse() -> None:
    """Create, look at, repair, rotate and delete warehouses."""


def _wanted(command: F) -> F:
    for option in (
        click.option("--spend-cap", type=int, metavar="USD", help="The most that it may cost a month."),
        click.option("--region", default="", help="Where it is to live, as the provider spells it."),
        click.option("--size", default="", help="How strong it is to be, as the provider spells it."),
        click.option("--connection", type=click.UUID, metavar="ID", help="The connection to your account."),
        click.option("--provider", default=registry.DEFAULT, show_default=True, help="Who runs it."),
    ):
        command = option(command)
    return click.argument("name")(command)


@warehouse.command()
@_wanted
@organisation_option
@json_option
def plan(name: str, provider: str, connection: Any, organisation: str, as_json: bool, **wanted: Any) -> None:
    """Show what setting up NAME would make and cost. Changes nothing."""
    principal = operator(organisation)
    from oneclick.provisioning import services

    found = services.preview(principal, provider=provider, spec=_spec(name, **wanted), account_link_id=connection)
    if as_json:
        from oneclick.provisioning.schemas import PlanAnswer

        output.emit_json(PlanAnswer.of(found).model_dump(mode="json"))
        return
    show_plan(found)
    if not found.is_blocked:
        output.note(f"→ Nothing was changed. To do it: oneclick warehouse create {name}")
    output.facts({"Cost": found.cost.text, "Stopped by": found.cost.spend_cap})


@warehouse.command()
@_wanted
@wait_option
@organisation_option
@json_option
def create(
    name: str, *, provider: str, connection: Any, wait: bool, organisation: str, as_json: bool, **wanted: Any
) -> None:
    """Set up a warehouse called NAME."""
    principal = operator(organisation)
    from oneclick.cli.jobs import finish
    from oneclick.provisioning import services

    job = services.request_create(principal, provider=provider, spec=_spec(name, **wanted), account_link_id=connection)
    finish(job, wait=wait, as_json=as_json)


@warehouse.command("list")
@organisation_option
@json_option
def list_warehouses(organisation: str, as_json: bool) -> None:
    """List your warehouses, newest first."""
    principal = operator(organisation)
    from oneclick.warehouses import queries

    found = queries.warehouses(principal.organisation_id)
    if as_json:
        from oneclick.warehouses.schemas import WarehouseAnswer

        output.emit_json([WarehouseAnswer.of(each).model_dump(mode="json") for each in found])
        return
    output.table(
        ["Name", "Provider", "State", "Created"],
        [[each.name, each.provider, each.get_state_display(), output.ago(each.created_at)] for each in found],
        empty="No warehouses yet. Create one: oneclick warehouse create NAME",
    )


@warehouse.command()
@click.argument("name")
@organisation_option
@json_option
def show(name: str, organisation: str, as_json: bool) -> None:
    """Show one warehouse and what it consists of."""
    principal = operator(organisation)
    from oneclick.provisioning import queries as provisioning
    from oneclick.warehouses import queries
    from oneclick.warehouses.schemas import WarehouseAnswer

    found = queries.warehouse(principal.organisation_id, name)
    resources = provisioning.inventory(found)
    answer = WarehouseAnswer.of(found)
    if as_json:
        listed = [{"kind": each.kind, "name": each.name, "state": each.state} for each in resources]
        output.emit_json({**answer.model_dump(mode="json"), "resources": listed})
        return
    output.facts(
        {
            "Name": found.name,
            "Id": found.id,
            "Provider": found.provider,
            "State": found.get_state_display(),
            "Size": answer.size,
            "Region": answer.region,
            "Spend cap": f"{answer.monthly_spend_cap:,} {answer.currency} a month" if answer.monthly_spend_cap else "",
            "Created": found.created_at,
            "Ready": found.ready_at,
            "Deleted": found.deleted_at,
        }
    )
    output.say("")
    rows = [[each.kind, each.name, each.get_state_display()] for each in resources]
    output.table(["Resource", "Name", "State"], rows, empty="It consists of nothing yet.")


@warehouse.command()
@click.argument("name")
@level_option
@click.option("--snippets", is_flag=True, help="Show how clients connect, too.")
@organisation_option
@json_option
def credentials(name: str, *, level: str, snippets: bool, organisation: str, as_json: bool) -> None:
    """Show how to connect to NAME, with the secret itself. Each look is in the audit log."""
    principal = operator(organisation)
    from oneclick.warehouses import services
    from oneclick.warehouses.contract.instance import AccessLevel
    from oneclick.warehouses.schemas import CredentialsAnswer

    wanted = AccessLevel(level)
    answer = CredentialsAnswer.of(services.reveal_credentials(principal, name, wanted), wanted)
    if as_json:
        output.emit_json(answer.model_dump(mode="json"))
        return
    output.facts({**answer.parameters, answer.secret_label: answer.secret, "SQLAlchemy": answer.sqlalchemy_url})
    if not snippets and answer.snippets:
        output.note(f"→ For {', '.join(answer.snippets)}: oneclick warehouse credentials {name} --snippets")
    for title, snippet in answer.snippets.items() if snippets else ():
        output.say(f"\n{title}:")
        output.say(snippet)


@warehouse.command()
@click.argument("name")
@level_option
@click.option("--grace", type=click.IntRange(0), metavar="SECONDS", help="How long the old login works on.")
@wait_option
@organisation_option
@json_option
def rotate(name: str, *, level: str, grace: int | None, wait: bool, organisation: str, as_json: bool) -> None:
    """Replace a login of NAME. The old one works until the new one is proved."""
    principal = operator(organisation)
    from oneclick.cli.jobs import finish
    from oneclick.provisioning import services
    from oneclick.warehouses.contract.instance import AccessLevel

    job = services.request_rotate(principal, name, AccessLevel(level), grace_s=grace)
    finish(job, wait=wait, as_json=as_json)


@warehouse.command()
@click.argument("name")
@click.option("--confirm", default="", metavar="NAME", help="The warehouse's name, where it holds any table.")
@wait_option
@organisation_option
@json_option
def destroy(name: str, confirm: str, wait: bool, organisation: str, as_json: bool) -> None:
    """Delete NAME with everything in it. Lists what is lost first."""
    principal = operator(organisation)
    from oneclick.cli.jobs import finish

    finish(_ask_to_destroy(principal, name, confirm, may_ask=not as_json), wait=wait, as_json=as_json)


for drifted in (status, check, repair):
    warehouse.add_command(drifted)


# -- the parts -------------------------------------------------------------------------------------------------


def _spec(name: str, *, size: str, region: str, spend_cap: int | None) -> "Spec":
    from oneclick.warehouses.contract.instance import Spec

    return Spec(name=name, size=size, region=region, monthly_spend_cap=spend_cap)


def _ask_for_name(found: "Warehouse") -> str:
    question = f"To delete it for good, type its name ({found.name})"
    return str(click.prompt(question, default="", show_default=False, err=True)) or "nothing typed"


def _ask_to_destroy(principal: "Principal", name: str, confirm: str, *, may_ask: bool) -> "ProvisioningJob":
    from oneclick.provisioning import losses, services
    from oneclick.provisioning.errors import ConfirmationNeeded
    from oneclick.warehouses import queries
    from oneclick.warehouses.contract.errors import ContractError

    try:
        return services.request_destroy(principal, name, confirm=confirm)
    except ConfirmationNeeded as refusal:
        found = queries.warehouse(principal.organisation_id, name)
        command = f"oneclick warehouse destroy {found.name} --confirm {found.name}"
        needed = ConfirmationNeeded(refusal.message, hint=f"If that is meant: {command}")
        if not may_ask:
            raise needed from refusal
        try:
            _show_losses(losses.tables_at_stake(found))
        except ContractError as exc:
            output.note(f"We can't see what it holds: {exc.message}")
        if confirm or not sys.stdin.isatty():
            raise needed from refusal
    return services.request_destroy(principal, name, confirm=_ask_for_name(found))


def _show_losses(lost: Sequence["TableAtStake"]) -> None:
    rows = [[str(row.table), row.rows, "yes" if row.is_ours else "no"] for row in lost[:LOSSES_SHOWN]]
    output.table(["This would be lost", "Rows", "We could load it again"], rows, right=["Rows"], empty="")
    if len(lost) > LOSSES_SHOWN:
        output.note(f"… and {len(lost) - LOSSES_SHOWN} more tables.")
