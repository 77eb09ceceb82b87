"""`oneclick member …` and `oneclick operator …`."""

from typing import TYPE_CHECKING, Any

import click

from oneclick.cli import output
from oneclick.cli.django import setup
from oneclick.cli.frame import Group
from oneclick.cli.operator import operator as acting_in
from oneclick.cli.operator import organisation_option
from oneclick.cli.output import json_option

if TYPE_CHECKING:
    from oneclick.accounts.models import Membership, OperatorGrant

ROLES = click.Choice(("admin", "member", "reader"))


@click.group(cls=Group)
def member() -> None:
    """List, invite, change and remove the members of an organisation."""


@member.command("list")
@organisation_option
@json_option
def list_members(organisation: str, as_json: bool) -> None:
    """List who belongs to the organisation, the newest user first."""
    principal = acting_in(organisation)
    from oneclick.accounts import queries

    found = queries.members(principal.organisation_id)
    if as_json:
        output.emit_json([_member(each) for each in found])
        return
    output.table(
        ["Name", "E-mail", "Role", "Last sign-in", "Id"],
        [[each.user.name, each.user.email, each.role, each.user.last_login, each.user_id] for each in found],
        empty="Nobody yet. Invite somebody: oneclick member invite E-MAIL",
    )


@member.command("invite")
@click.argument("email", metavar="E-MAIL")
@click.option("--role", type=ROLES, default="reader", show_default=True, help="What the person may do.")
@click.option("--days", type=int, default=7, show_default=True, help="How long the link works, 1 to 30.")
@organisation_option
@json_option
def invite(email: str, role: str, days: int, organisation: str, as_json: bool) -> None:
    """Print a link that lets one person join, once. It is shown this once and never again."""
    principal = acting_in(organisation)
    from django.conf import settings

    from oneclick.accounts import invitations
    from oneclick.accounts.roles import Role

    made = invitations.invite(principal, email=email, role=Role(role), days=days)
    link = settings.ONECLICK_ORIGIN + made.path
    if as_json:
        output.emit_json({"id": made.invitation.id, "url": link, "expires_at": made.invitation.expires_at})
        return
    output.say(link)
    output.note(f"For {made.invitation.email}, until {output.moment(made.invitation.expires_at)}. No mail is sent.")


@member.command("removed")
@organisation_option
@json_option
def list_removed(organisation: str, as_json: bool) -> None:
    """List who was removed or left. An identity provider alone doesn't bring them back."""
    principal = acting_in(organisation)
    from oneclick.accounts import queries

    found = queries.removed_members(principal.organisation_id)
    if as_json:
        facts = [(each.user_id, each.user.name, each.user.email, each.removed_by, each.removed_at) for each in found]
        output.emit_json(
            [dict(zip(("id", "name", "email", "removed_by", "removed_at"), row, strict=True)) for row in facts]
        )
        return
    output.table(
        ["Name", "E-mail", "Removed", "Id"],
        [[each.user.name, each.user.email, each.removed_at, each.user_id] for each in found],
        empty="Nobody was removed.",
    )


@member.command("readmit")
@click.argument("user", metavar="ID", type=click.UUID)
@organisation_option
def readmit(user: Any, organisation: str) -> None:
    """Let somebody who was removed come in again."""
    principal = acting_in(organisation)
    from oneclick.accounts import members

    members.readmit(principal, user)
    output.say("They may come in again: by an identity provider, or by an invitation.")


@member.command("change")
@click.argument("user", metavar="E-MAIL_OR_ID")
@click.argument("role", type=ROLES)
@organisation_option
@json_option
def change(user: str, role: str, organisation: str, as_json: bool) -> None:
    """Give a member another role, from the next request on."""
    principal = acting_in(organisation)
    from oneclick.accounts import members, queries
    from oneclick.accounts.roles import Role

    found = queries.member_named(principal.organisation_id, user)
    members.change_role(principal, found.user_id, Role(role))
    if as_json:
        output.emit_json(_member(queries.member(principal.organisation_id, found.user_id)))
        return
    output.say(f"{found.user} is {role} now.")


@member.command("remove")
@click.argument("user", metavar="E-MAIL_OR_ID")
@organisation_option
@json_option
def remove(user: str, organisation: str, as_json: bool) -> None:
    """Take somebody out: sessions and API tokens stop working here at once."""
    principal = acting_in(organisation)
    from oneclick.accounts import members, queries

    found = queries.member_named(principal.organisation_id, user)
    members.remove_member(principal, found.user_id)
    if as_json:
        output.emit_json(_member(found))
        return
    output.say(f"{found.user} is no longer a member.")


@click.group(cls=Group)
def operator() -> None:
    """Say who is an operator of the whole installation; no role of an organisation makes somebody one."""


@operator.command("list")
@json_option
def list_operators(as_json: bool) -> None:
    """List the operators."""
    setup()
    from oneclick.accounts.operators import operators

    found = operators()
    if as_json:
        output.emit_json([_operator(each) for each in found])
        return
    output.table(
        ["Name", "E-mail", "Granted by", "Since", "Id"],
        [[each.user.name, each.user.email, each.granted_by, each.created_at, each.user_id] for each in found],
        empty="Nobody but who runs this machine. Make somebody one: oneclick operator grant E-MAIL",
    )


@operator.command("grant")
@click.argument("user", metavar="E-MAIL_OR_ID")
@json_option
def grant(user: str, as_json: bool) -> None:
    """Make a user, who has signed in once, an operator."""
    setup()
    from oneclick.accounts import operators
    from oneclick.accounts.services import operator_label

    made = operators.grant(operators.user_named(user), actor=operator_label())
    if as_json:
        output.emit_json(_operator(made))
        return
    output.say(f"{made.user} is an operator.")


@operator.command("take-back")
@click.argument("user", metavar="E-MAIL_OR_ID")
@json_option
def take_back(user: str, as_json: bool) -> None:
    """Make a user an operator no more, from the next request on."""
    setup()
    from oneclick.accounts import operators
    from oneclick.accounts.services import operator_label

    found = operators.user_named(user)
    operators.take_back(found, actor=operator_label())
    if as_json:
        output.emit_json({"id": found.id})
        return
    output.say(f"{found} is no operator.")


def _member(found: "Membership") -> dict[str, Any]:
    return {
        "id": found.user_id,
        "name": found.user.name,
        "email": found.user.email,
        "role": found.role,
        "joined_at": found.created_at,
        "last_sign_in_at": found.user.last_login,
    }


def _operator(found: "OperatorGrant") -> dict[str, Any]:
    return {"id": found.user_id, "name": found.user.name, "email": found.user.email, "granted_by": found.granted_by}
