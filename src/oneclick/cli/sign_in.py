"""`oneclick admin …` and `oneclick sign-in …`."""

from typing import IO, TYPE_CHECKING, Any

import click

from oneclick.cli import output
from oneclick.cli.django import setup
from oneclick.cli.frame import Group
from oneclick.cli.operator import operator, organisation_option
from oneclick.cli.outbound import ask_for_networks
from oneclick.cli.output import json_option
from oneclick.core.secrets import SecretText

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
    address = f"{_origin()}{made.path}"
    if as_json:
        output.emit_json({"url": address, "organisation": place.name, "expires_at": made.link.expires_at})
        return
    output.say(address)
    output.note(f"It works once, until {output.moment(made.link.expires_at)}, for an admin of {place.name}.")
    ask_for_networks()


@click.group(cls=Group, name="sign-in")
def sign_in() -> None:
    """Set up the identity providers of an organisation, look at them, and get them out of the way."""


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


@sign_in.command("add")
@click.argument("kind", type=click.Choice(["entra", "google", "okta", "keycloak", "generic"]))
@click.argument("where")
@click.argument("client_id", metavar="CLIENT-ID")
@click.option(
    "--client-secret-file",
    type=click.File(),
    default="-",
    help="The file that holds the client secret. Without it, it is read from standard input.",
)
@click.option("--default-role", type=click.Choice(["member", "reader"]), help="What everybody becomes; else nobody.")
@organisation_option
@json_option
def add(
    kind: str,
    where: str,
    client_id: str,
    *,
    client_secret_file: IO[str],
    default_role: str | None,
    organisation: str,
    as_json: bool,
) -> None:
    """Set an identity provider up. WHERE is Entra ID's tenant id, Google's domain, Okta's domain, or the issuer.

    Enter the redirect URI that is printed at the provider. Groups are given roles under Settings, Sign-in, or over
    REST.
    """
    principal = operator(organisation)
    from oneclick.accounts.roles import Role
    from oneclick.accounts.sign_in import providers
    from oneclick.accounts.sign_in.models import ProviderKind

    given = providers.ProviderInput(
        kind=ProviderKind(kind), where=where, client_id=client_id,
        client_secret=SecretText(client_secret_file.read().strip()),
        default_role=Role(default_role) if default_role else None,
    )  # fmt: skip
    made = providers.add_provider(principal, given)
    if as_json:
        output.emit_json(_provider(made))
        return
    output.say(_redirect_uri(made))
    output.note(f"Enter this redirect URI at {made.issuer}, then try it: oneclick sign-in test {made.id}")


@sign_in.command("test")
@click.argument("provider", metavar="ID", type=click.UUID)
@organisation_option
def test(provider: Any, organisation: str) -> None:
    """Ask an identity provider about itself and its keys. Signing in through it needs a browser."""
    principal = operator(organisation)
    from oneclick.accounts.sign_in import providers

    found = providers.reach(principal, provider)
    output.say(f"{found.issuer} answers, and publishes its keys.")
    if providers.provider(principal, provider).proved_at is None:
        output.note("Nobody has signed in through it yet. Do that in a browser before you enforce it.")


@sign_in.command("enforce")
@click.argument("provider", metavar="ID", type=click.UUID)
@organisation_option
def enforce(provider: Any, organisation: str) -> None:
    """Let people in through this provider alone. Local accounts stay the way in when it is down."""
    principal = operator(organisation)
    from oneclick.accounts.sign_in import providers

    found = providers.enforce_provider(principal, provider)
    output.say(f"{found.get_kind_display()} is enforced.")


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
