"""`oneclick account …`: the accounts with providers in which we may act."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import click

from oneclick.cli import output
from oneclick.cli.described import described_options, pairs, secrets
from oneclick.cli.frame import Group
from oneclick.cli.operator import operator, organisation_option
from oneclick.cli.output import json_option

if TYPE_CHECKING:
    from oneclick.warehouses.models import AccountLink

id_argument = click.argument("link_id", metavar="ID", type=click.UUID)


@click.group(cls=Group)
def account() -> None:
    """Connect accounts in which warehouses can be set up. One on this machine needs none."""


@account.command("list")
@organisation_option
@json_option
def list_links(organisation: str, as_json: bool) -> None:
    """List the connected accounts, newest first."""
    principal = operator(organisation)
    from oneclick.warehouses import queries

    found = queries.account_links(principal.organisation_id)
    if as_json:
        output.emit_json([_answer(each) for each in found])
        return
    living = queries.living_in(found)
    output.table(
        ["Name", "Where", "Warehouses there", "Connected", "Id"],
        [
            [
                each.name, each.provider, ", ".join(one.name for one in living[each.id]),
                each.created_at if each.is_connected else "an example", each.id,
            ]
            for each in found
        ],
        empty="No account is connected. A warehouse on this machine needs none.",
    )  # fmt: skip


@account.command()
@click.argument("provider")
@click.argument("name")
@described_options
@organisation_option
@json_option
def connect(
    provider: str, name: str, *, settings: Sequence[str], secret_files: Sequence[str], organisation: str, as_json: bool
) -> None:
    """Keep how we may act in the account with PROVIDER, and call it NAME. What is asked for: oneclick account steps."""
    principal = operator(organisation)
    from oneclick.warehouses import registry, services

    fields = registry.adapter_class(provider).facts.fields
    made = services.connect_account(
        principal, provider=provider, name=name, config=dict(pairs(settings)), secrets=secrets(fields, secret_files)
    )
    if as_json:
        output.emit_json(_answer(made))
        return
    output.say(f"The connection {made.name} is kept: {made.id}")
    output.note(f"→ See whether it is as we need it: oneclick account check {made.id}")


@account.command()
@click.argument("provider")
@organisation_option
def steps(provider: str, organisation: str) -> None:
    """Print what whoever runs an account with PROVIDER does there once, and which settings are asked for then."""
    operator(organisation)
    from oneclick.warehouses import services
    from oneclick.warehouses.contract.instance import Account

    found = services.adapter(provider)
    for number, each in enumerate(found.setup_steps(Account()), start=1):
        output.say(f"{number}. {each.title}")
        output.note(f"   {each.explanation}")
        output.say(each.statement)
        output.say("")
    output.table(
        ["Setting", "What", "Secret", "Needed"],
        [[each.name, each.label, each.is_secret, each.is_required] for each in found.facts.fields],
        empty="It needs no account.",
    )


@account.command()
@id_argument
@organisation_option
@json_option
@click.pass_context
def check(ctx: click.Context, link_id: UUID, organisation: str, as_json: bool) -> None:
    """Look into the account ID, and make nothing there. Ends with 1 where something is missing."""
    principal = operator(organisation)
    from oneclick.warehouses import services
    from oneclick.warehouses.contract.descriptions import CheckResult
    from oneclick.warehouses.schemas import CheckAnswer

    found = services.check_account(principal, link_id)
    if as_json:
        output.emit_json([CheckAnswer.of(each).model_dump(mode="json") for each in found])
    else:
        output.table(
            ["What", "State", "Missing", "Detail"],
            [[each.title, each.result.value.replace("_", " "), each.missing, each.detail] for each in found],
            empty="There is nothing to check.",
        )
        for each in found:
            if each.remedy:
                output.note(f"→ {each.title}: {each.remedy}")
    ctx.exit(1 if any(each.result is CheckResult.FAILED for each in found) else 0)


@account.command()
@id_argument
@click.option("--yes", is_flag=True, help="Don't ask.")
@organisation_option
def remove(link_id: UUID, yes: bool, organisation: str) -> None:
    """Forget the account ID with its secrets. Refused while a warehouse lives there."""
    principal = operator(organisation)
    from oneclick.warehouses import queries, services

    found = queries.account_link(principal.organisation_id, link_id)
    if not yes:
        click.confirm(f"Forget the connection {found.name} and its secrets?", abort=True, err=True)
    services.disconnect_account(principal, link_id)
    output.say(f"The connection {found.name} is gone.")
    for each in services.revokes(found):
        output.note(f"→ To take back in the account: {each.revoke}")


def _answer(link: "AccountLink") -> dict[str, object]:
    from oneclick.warehouses.schemas import AccountLinkAnswer

    return AccountLinkAnswer.of(link).model_dump(mode="json")
