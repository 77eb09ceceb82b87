"""`/api/providers` and `/api/account-links`: where a warehouse can live, and how we may act in the account there."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router, Status

from oneclick.accounts.bearer import fresh_principal_of, principal_of
from oneclick.accounts.roles import Permission
from oneclick.core.secrets import SecretText
from oneclick.warehouses import queries, registry, services
from oneclick.warehouses.contract.instance import Account
from oneclick.warehouses.schemas import (
    AccountLinkAnswer,
    AccountLinkRequest,
    CheckAnswer,
    ProviderFacts,
    SetupStepAnswer,
)
from oneclick.web.rest import Before, Limit, Page, errors, page

providers = Router(tags=["Accounts"])
links = Router(tags=["Accounts"])

LinkRef = Annotated[UUID, Path(description="The connection's id.")]
ProviderRef = Annotated[str, Path(description="Its key, as in the list of providers.")]


@providers.get("", response={200: list[ProviderFacts], **errors()}, operation_id="listProviders")
def list_providers(request: HttpRequest) -> list[ProviderFacts]:
    """Where a warehouse can live, and what must be known to act there."""
    principal_of(request).demand(Permission.VIEW_WAREHOUSES)
    return [ProviderFacts.of(registry.adapter_class(each).facts) for each in registry.providers()]


@providers.get(
    "/{provider}/setup-steps", response={200: list[SetupStepAnswer], **errors(404)}, operation_id="listSetupSteps"
)
def list_setup_steps(request: HttpRequest, provider: ProviderRef) -> list[SetupStepAnswer]:
    """What whoever runs the account does there once, each with what takes it back."""
    principal_of(request).demand(Permission.PROVISION_WAREHOUSES)
    return [SetupStepAnswer.of(each) for each in services.adapter(provider).setup_steps(Account())]


@links.get("", response={200: Page[AccountLinkAnswer], **errors()}, operation_id="listAccountLinks")
def list_account_links(request: HttpRequest, limit: Limit = 50, before: Before = None) -> Page[AccountLinkAnswer]:
    """The connections to your accounts, newest first. Secrets are never shown."""
    principal = principal_of(request)
    principal.demand(Permission.PROVISION_WAREHOUSES)
    found = queries.account_links(principal.organisation_id, limit=limit + 1, before=before)
    return page([AccountLinkAnswer.of(each) for each in found], limit)


@links.post("", response={201: AccountLinkAnswer, **errors(409)}, operation_id="connectAccount")
def connect_account(request: HttpRequest, wanted: AccountLinkRequest) -> Status[AccountLinkAnswer]:
    """Keep how we may act in an account. Nothing is asked of the account before it is checked."""
    secrets = {name: SecretText(value.get_secret_value()) for name, value in wanted.secrets.items()}
    link = services.connect_account(
        principal_of(request), provider=wanted.provider, name=wanted.name, config=wanted.config, secrets=secrets
    )
    return Status(201, AccountLinkAnswer.of(link))


@links.post("/{link}/check", response={200: list[CheckAnswer], **errors(404)}, operation_id="checkAccount")
def check_account(request: HttpRequest, link: LinkRef) -> list[CheckAnswer]:
    """Look into the account: each privilege that is missing is named, with what grants it. Nothing is made there."""
    return [CheckAnswer.of(each) for each in services.check_account(principal_of(request), link)]


@links.delete("/{link}", response={204: None, **errors(404, 409)}, operation_id="disconnectAccount")
def disconnect_account(request: HttpRequest, link: LinkRef) -> Status[None]:
    """Forget a connection and its secrets. Refused while a warehouse lives there; nothing changes in the account."""
    services.disconnect_account(fresh_principal_of(request), link)
    return Status(HTTPStatus.NO_CONTENT, None)
