"""`oneclick admin …` and `oneclick sign-in …`."""

from typing import TYPE_CHECKING, Any

import click

from oneclick.cli import output
from oneclick.cli.django import setup
from oneclick.cli.frame import Group
from oneclick.cli.operator import operator, organisation_option
from oneclick.cli.output import json_option

if TYPE_CHECKING:
    from oneclick.accounts.sign_in.models import IdentityProvider


@click.group(cls=Group)
def admin() -> None:
    """Make an admin who needs no identity provider: the first one, and for the day when the provider is down."""


@admin.command("invite")
@click.argument("email")
@organisation_option
@json_option
def invite_admin(email: str, organisation: str, as_json: bool) -> None:
    """Print a link that makes whoever opens it an admin, once, within a day.

    The page asks for a password and sets up one-time codes. For an EMAIL that has such an account already, both are
    made new and earlier sessions end.
    """
    principal = operator(organisation)
    from oneclick.accounts.models import Organisation
    from oneclick.accounts.sign_in import local

    place = Organisation.objects.get(id=principal.organisation_id)
    made = local.invite_admin(place, email, actor=principal.label)
    address = f"{_origin()}/sign-in/link?token={made.token.reveal()}"
    if as_json:
        output.emit_json({"url": address, "organisation": place.name, "expires_at": made.link.expires_at})
        return
    output.say(address)
    output.note(f"It works once, until {output.moment(made.link.expires_at)}, for an admin of {place.name}.")


@click.group(cls=Group, name="sign-in")
def sign_in() -> None:
    """Look at the identity providers of an organisation, and get them out of the way."""


@sign_in.command("list")
@organisation_option
@json_option
def list_providers(organisation: str, as_json: bool) -> None:
    """List an organisation's identity providers."""
    principal = operator(organisation)
    from oneclick.accounts.sign_in import providers

    found = providers.providers(principal.organisation_id)
    if as_json:
        output.emit_json([_provider(each) for each in found])
        return
    output.table(
        ["Provider", "Issuer", "State", "Redirect URI", "Id"],
        [[each.get_kind_display(), each.issuer, _state(each), _redirect_uri(each), each.id] for each in found],
        empty="No identity provider yet. Add one under Settings, Sign-in, or by ONECLICK_OIDC_…",
    )


@sign_in.command("relax")
@click.argument("provider", metavar="ID", type=click.UUID)
@organisation_option
def relax(provider: Any, organisation: str) -> None:
    """Let people in by other ways again, where a provider is enforced."""
    principal = operator(organisation)
    from oneclick.accounts.sign_in import providers

    found = providers.stop_enforcing(principal, provider)
    output.say(f"{found.get_kind_display()} is not enforced.")


@sign_in.command("remove")
@click.argument("provider", metavar="ID", type=click.UUID)
@organisation_option
def remove(provider: Any, organisation: str) -> None:
    """Remove an identity provider and sign its people out."""
    principal = operator(organisation)
    from oneclick.accounts.sign_in import providers

    providers.remove_provider(principal, provider)
    output.say("The identity provider is removed.")


def _origin() -> str:
    """Where the stack answers: another port than the wanted one may have been chosen."""
    setup()
    from django.conf import settings

    from oneclick.stack.state import Presence

    state = Presence(settings.HOME).read()
    return (state.url if state else settings.ONECLICK_ORIGIN).rstrip("/")


def _state(provider: "IdentityProvider") -> str:
    return "enforced" if provider.is_enforced else "tested" if provider.proved_at else "not tested"


def _redirect_uri(provider: "IdentityProvider") -> str:
    return f"{_origin()}/sign-in/callback/{provider.slug}"


def _provider(provider: "IdentityProvider") -> dict[str, Any]:
    return {
        "id": provider.id,
        "kind": provider.kind,
        "issuer": provider.issuer,
        "client_id": provider.client_id,
        "state": _state(provider),
        "redirect_uri": _redirect_uri(provider),
        "roles_by_group": provider.roles_by_group,
        "default_role": provider.default_role,
    }
