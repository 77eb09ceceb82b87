"""The identity provider that the environment describes: set up at the start, kept as it is described there."""

from oneclick.accounts import queries
from oneclick.accounts.errors import OrganisationNotFound
from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Principal
from oneclick.accounts.services import create_organisation, ensure_default_organisation, operator_principal, set_domain
from oneclick.accounts.sign_in import providers
from oneclick.accounts.sign_in.models import IdentityProvider
from oneclick.accounts.sign_in.presets import home_of
from oneclick.accounts.sign_in.providers import ProviderInput
from oneclick.secret_store import services as secret_store

SLUG = "first"


def set_up(given: ProviderInput, *, organisation: str, domain: str, actor: str) -> IdentityProvider:
    """Make or change the first provider so that it is as described; nothing happens where it is so already."""
    place = _organisation(organisation, actor)
    if domain:
        place = set_domain(place.id, domain, actor=actor)
    principal = operator_principal(place)
    known = IdentityProvider.objects.filter(slug=SLUG).first()
    if known is not None and known.organisation_id == place.id and known.kind == given.kind:
        return known if _is_as_described(known, given) else providers.change_provider(principal, known.id, given)
    if known is not None:
        _remove(known)
    return providers.add_provider(principal, given, slug=SLUG)


def _organisation(name: str, actor: str) -> Organisation:
    if not name:
        return ensure_default_organisation(actor=actor)
    try:
        return queries.organisation(name)
    except OrganisationNotFound:
        return create_organisation(name, actor=actor)


def _is_as_described(known: IdentityProvider, given: ProviderInput) -> bool:
    home = home_of(given.kind, given.where)
    described = (
        home.issuer, home.tenant, given.client_id, given.group_claim, given.default_role or "",
        {group: role.value for group, role in given.roles_by_group.items()}, True,
    )  # fmt: skip
    found = (
        known.issuer, known.tenant, known.client_id, known.group_claim, known.default_role, known.roles_by_group,
        known.is_operators,
    )  # fmt: skip
    return described == found and secret_store.get(known.secret_reference) == given.client_secret


def _remove(known: IdentityProvider) -> None:
    owner: Principal = operator_principal(known.organisation)
    providers.remove_provider(owner, known.id)
