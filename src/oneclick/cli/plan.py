"""`oneclick plan …`: which plans there are, and which one an organisation has."""

import click

from oneclick.cli import output
from oneclick.cli.frame import Group
from oneclick.cli.operator import operator, organisation_option
from oneclick.cli.output import json_option


@click.group(cls=Group)
def plan() -> None:
    """Show the plans, and choose one."""


@plan.command("list")
@organisation_option
@json_option
def list_plans(organisation: str, as_json: bool) -> None:
    """List the plans, and which one your organisation has."""
    principal = operator(organisation)
    from oneclick.billing.schemas import TierAnswer
    from oneclick.billing.services import current_tier
    from oneclick.billing.tiers import TIERS

    current = current_tier(principal)
    found = [TierAnswer.of(each, current) for each in TIERS]
    if as_json:
        output.emit_json([each.model_dump(mode="json") for each in found])
        return
    output.table(
        ["Plan", "State", "What is in it"],
        [
            [
                each.name,
                "yours" if each.is_current else "available" if each.can_be_chosen else "in preparation",
                ", ".join(feature.name for feature in each.features if feature.is_there) or "-",
            ]
            for each in found
        ],
        empty="There are no plans.",
    )


@plan.command("choose")
@click.argument("key", metavar="PLAN")
@organisation_option
@json_option
def choose_plan(key: str, organisation: str, as_json: bool) -> None:
    """Change your organisation to PLAN: basic or premium."""
    principal = operator(organisation)
    from oneclick.billing.schemas import TierAnswer
    from oneclick.billing.services import choose_tier

    chosen = choose_tier(principal, key)
    if as_json:
        output.emit_json(TierAnswer.of(chosen, chosen).model_dump(mode="json"))
        return
    output.say(f"The plan is {chosen.name} now.")
