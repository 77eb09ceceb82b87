"""The demo's stub identity provider: four people to sign in as, without a password, on this machine alone."""

from pathlib import Path

from oneclick.accounts.default import choose_organisation
from oneclick.accounts.models import Organisation
from oneclick.accounts.queries import organisations
from oneclick.accounts.roles import Role
from oneclick.accounts.services import add_user, create_organisation, operator_principal
from oneclick.accounts.sign_in import providers
from oneclick.accounts.sign_in.models import IdentityProvider, ProviderKind
from oneclick.accounts.sign_in.providers import ProviderInput
from oneclick.accounts.users.models import User
from oneclick.core.secrets import SecretText
from oneclick.outbound.services import From, allow
from oneclick.project.stub import people, port_file

SLUG = "demo"
ELSEWHERE = "Another organisation"
GROUPS = {"admins": Role.ADMIN, "members": Role.MEMBER, "readers": Role.READER}


def set_up(home: Path, organisation: Organisation, *, actor: str) -> list[str]:
    """Let the stub's people sign in; whom one can be. Done already is fine, on another port too."""
    port = int(port_file(home).read_text())
    issuer = f"http://127.0.0.1:{port}"
    allow(f"127.0.0.1:{port}", actor=actor, reason="the demo's identity provider", sitting=From.COMMAND_LINE)
    known = IdentityProvider.objects.filter(slug=SLUG).first()
    if known is None:
        given = ProviderInput(
            kind=ProviderKind.STUB, where=issuer, client_id="one-click-demo", client_secret=SecretText("demo"),
            roles_by_group=GROUPS,
        )  # fmt: skip
        providers.add_provider(operator_principal(organisation), given, slug=SLUG)
    elif known.issuer != issuer:
        # The same people on another port: the one of last time was taken.
        User.objects.filter(issuer=known.issuer).update(issuer=issuer)
        IdentityProvider.objects.filter(id=known.id).update(issuer=issuer)
    _set_up_outsider(issuer, actor=actor)
    choose_organisation(organisation)  # there are two now, and commands go on to mean this one
    return [person.name for person in people()]


def _set_up_outsider(issuer: str, *, actor: str) -> None:
    """An admin of another organisation, to see that nothing is seen."""
    if User.objects.filter(issuer=issuer, subject="outsider").exists():
        return
    found = {each.name: each for each in organisations()}
    elsewhere = found.get(ELSEWHERE) or create_organisation(ELSEWHERE, actor=actor)
    add_user(
        elsewhere, issuer=issuer, subject="outsider", email="outsider@elsewhere.example", name="Otto Outsider",
        role=Role.ADMIN, actor=actor,
    )  # fmt: skip
