"""`/api/identity-providers`: who vouches for an organisation's people."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router, Status

from oneclick.accounts.bearer import fresh_principal_of, principal_of
from oneclick.accounts.roles import Permission
from oneclick.accounts.sign_in import providers
from oneclick.accounts.sign_in.schemas import ConnectionAnswer, ProviderAnswer, ProviderChange, ProviderRequest
from oneclick.web.rest import errors

router = Router(tags=["Sign-in"])

ProviderRef = Annotated[UUID, Path(description="The identity provider's id.")]


@router.get("", response={200: list[ProviderAnswer], **errors()}, operation_id="listIdentityProviders")
def list_providers(request: HttpRequest) -> list[ProviderAnswer]:
    """Your organisation's identity providers, the first one first."""
    principal = principal_of(request)
    principal.demand(Permission.MANAGE_SIGN_IN)
    return [ProviderAnswer.of(each) for each in providers.providers(principal.organisation_id)]


@router.post("", response={201: ProviderAnswer, **errors()}, operation_id="addIdentityProvider")
def add_provider(request: HttpRequest, wanted: ProviderRequest) -> Status[ProviderAnswer]:
    """Set one up. Enter `redirect_uri` at the provider; then sign in through it once, before it can be enforced."""
    made = providers.add_provider(fresh_principal_of(request), wanted.given())
    return Status(HTTPStatus.CREATED, ProviderAnswer.of(made))


@router.get("/{provider}", response={200: ProviderAnswer, **errors(404)}, operation_id="getIdentityProvider")
def get_provider(request: HttpRequest, provider: ProviderRef) -> ProviderAnswer:
    """One identity provider."""
    return ProviderAnswer.of(providers.provider(principal_of(request), provider))


@router.patch("/{provider}", response={200: ProviderAnswer, **errors(404)}, operation_id="changeIdentityProvider")
def change_provider(request: HttpRequest, provider: ProviderRef, wanted: ProviderChange) -> ProviderAnswer:
    """Change one. It must be tried again before it is enforced; where it is enforced, it stays so."""
    principal = fresh_principal_of(request)
    found = providers.provider(principal, provider)
    return ProviderAnswer.of(providers.change_provider(principal, provider, wanted.given(found)))


@router.delete("/{provider}", response={204: None, **errors(404)}, operation_id="removeIdentityProvider")
def remove_provider(request: HttpRequest, provider: ProviderRef) -> Status[None]:
    """Remove one, and sign out who came through it."""
    providers.remove_provider(fresh_principal_of(request), provider)
    return Status(HTTPStatus.NO_CONTENT, None)


@router.post("/{provider}/test", response={200: ConnectionAnswer, **errors(404)}, operation_id="testIdentityProvider")
def test_provider(request: HttpRequest, provider: ProviderRef) -> ConnectionAnswer:
    """Ask it about itself and its keys. Signing in through it, which proves it, needs a browser."""
    principal = principal_of(request)
    endpoints = providers.reach(principal, provider)
    return ConnectionAnswer.of(endpoints, providers.provider(principal, provider))


@router.post(
    "/{provider}/enforce", response={200: ProviderAnswer, **errors(404, 409)}, operation_id="enforceIdentityProvider"
)
def enforce_provider(request: HttpRequest, provider: ProviderRef) -> ProviderAnswer:
    """Let people in through it alone; local accounts stay the way in when it is down."""
    return ProviderAnswer.of(providers.enforce_provider(fresh_principal_of(request), provider))


@router.post("/{provider}/relax", response={200: ProviderAnswer, **errors(404)}, operation_id="relaxIdentityProvider")
def relax_provider(request: HttpRequest, provider: ProviderRef) -> ProviderAnswer:
    """Let people in by other ways again."""
    return ProviderAnswer.of(providers.stop_enforcing(fresh_principal_of(request), provider))
