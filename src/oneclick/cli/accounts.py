"""`oneclick organisation …`, `oneclick token …` and `oneclick seed`."""

from typing import TYPE_CHECKING, Any

import click

from oneclick.cli import output
from oneclick.cli.django import setup
from oneclick.cli.frame import Command, Group
from oneclick.cli.operator import operator, organisation_option
from oneclick.cli.output import json_option

if TYPE_CHECKING:
    from oneclick.accounts.models import ApiToken, Organisation

ROLES = click.Choice(("admin", "member", "reader"))


@click.group(cls=Group)
def organisation() -> None:
    """List, make and choose organisations."""


@organisation.command("list")
@json_option
def list_organisations(as_json: bool) -> None:
    """List every organisation of this installation."""
    setup()
    from oneclick.accounts import queries

    found = queries.organisations()
    if as_json:
        output.emit_json([_organisation(each) for each in found])
        return
    output.table(
        ["Name", "E-mail domain", "Tier", "Created", "Id"],
        [[each.name, each.domain, each.tier, each.created_at, each.id] for each in found],
        empty="No organisation yet. Create one: oneclick organisation create NAME",
    )


@organisation.command("create")
@click.argument("name")
@json_option
def create_organisation(name: str, as_json: bool) -> None:
    """Make an organisation called NAME."""
    setup()
    from oneclick.accounts import services

    made = services.create_organisation(name, actor=services.operator_label())
    if as_json:
        output.emit_json(_organisation(made))
        return
    output.say(f"Organisation {made.name} is there.")


@organisation.command("domain")
@click.argument("name")
@click.argument("domain", required=False, default="")
@json_option
def give_domain(name: str, domain: str, as_json: bool) -> None:
    """Find the organisation NAME by the e-mail DOMAIN at sign-in; without one, no longer by any."""
    setup()
    from oneclick.accounts import queries, services

    found = services.set_domain(queries.organisation(name).id, domain, actor=services.operator_label())
    if as_json:
        output.emit_json(_organisation(found))
        return
    output.say(f"{found.name} has {f'the e-mail domain {found.domain}' if found.domain else 'no e-mail domain'} now.")


@organisation.command("use")
@click.argument("name")
def use_organisation(name: str) -> None:
    """Let commands mean the organisation NAME from now on, where they aren't told another."""
    setup()
    from oneclick.accounts.default import choose_organisation
    from oneclick.accounts.queries import organisation as named

    found = named(name)
    choose_organisation(found)
    output.say(f"Commands now mean {found.name}, unless they say --organisation.")


@click.group(cls=Group)
def token() -> None:
    """Make, list and revoke tokens for the REST API."""


@token.command("create")
@click.argument("name")
@click.option("--role", type=ROLES, default="reader", show_default=True, help="What the token may do.")
@click.option("--days", type=int, default=30, show_default=True, help="How long it lasts, 1 to 365.")
@organisation_option
@json_option
def create_token(name: str, role: str, days: int, organisation: str, as_json: bool) -> None:
    """Make a token called NAME and print it. It is shown this once and never again."""
    principal = operator(organisation)
    from oneclick.accounts import services
    from oneclick.accounts.roles import Role

    made, raw = services.issue_token(principal, name=name, role=Role(role), days=days)
    if as_json:
        output.emit_json({**_token(made), "token": raw.reveal()})
        return
    output.say(raw.reveal())
    output.note(f"Role {role}, until {output.moment(made.expires_at)}. Keep it now: it isn't shown again.")
    output.note('Use it as a header: "Authorization: Bearer <token>"')


@token.command("list")
@organisation_option
@json_option
def list_tokens(organisation: str, as_json: bool) -> None:
    """List the tokens of your organisation, the newest first."""
    principal = operator(organisation)
    from oneclick.accounts import queries

    found = queries.tokens(principal)
    if as_json:
        output.emit_json([_token(each) for each in found])
        return
    output.table(
        ["Name", "Starts with", "Role", "State", "Last used", "Expires", "Id"],
        [
            [each.name, each.prefix, each.role, each.state(), each.last_used_at, each.expires_at, each.id]
            for each in found
        ],
        empty="No tokens yet. Make one: oneclick token create NAME",
    )


@token.command("revoke")
@click.argument("token", metavar="ID_OR_START")
@organisation_option
@json_option
def revoke_token(token: str, organisation: str, as_json: bool) -> None:
    """Stop a token from working, now and for good."""
    principal = operator(organisation)
    from oneclick.accounts import services

    gone = services.revoke_token(principal, token)
    if as_json:
        output.emit_json(_token(gone))
        return
    output.say(f"Token {gone.name} ({gone.prefix}…) works no more.")


@click.command(cls=Command)
@json_option
def seed(as_json: bool) -> None:
    """Make a sample organisation with users, and a link to an example account that isn't connected."""
    setup()
    from oneclick.accounts.services import operator_label
    from oneclick.demo.seed import sow

    sown = sow(actor=operator_label())
    if as_json:
        output.emit_json(sown)
        return
    for each in sown["organisations"]:
        output.say(f"{each['name']}: {', '.join(each['users'])}")
        for link in each["account_links"]:
            output.say(f"  {link['name']} ({link['provider']}): not connected")
    output.note("There are several organisations now: say which one with --organisation NAME.")


def _organisation(found: "Organisation") -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "domain": found.domain or "",
        "tier": found.tier,
        "created_at": found.created_at,
    }


def _token(found: "ApiToken") -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "prefix": found.prefix,
        "role": found.role,
        "state": found.state(),
        "made_by": found.made_by,
        "created_at": found.created_at,
        "expires_at": found.expires_at,
        "last_used_at": found.last_used_at,
        "revoked_at": found.revoked_at,
    }
