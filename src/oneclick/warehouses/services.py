"""Using warehouses: their adapters, their data, their credentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from oneclick.accounts.roles import Permission, Principal
from oneclick.accounts.services import installation_id
from oneclick.audit.services import record
from oneclick.core.correlation import current_correlation_id
from oneclick.core.secrets import SecretText
from oneclick.secret_store import services as secret_store
from oneclick.warehouses import queries, registry
from oneclick.warehouses.contract.adapter import Adapter
from oneclick.warehouses.contract.data_plane import Access, DataPlane
from oneclick.warehouses.contract.descriptions import Bindings, Check, Credentials, SetupStep
from oneclick.warehouses.contract.errors import InvalidConfig
from oneclick.warehouses.contract.instance import AccessLevel, Account, Installation
from oneclick.warehouses.errors import LinkInUse, LinkNameTaken
from oneclick.warehouses.models import AccountLink, Warehouse, WarehouseState
from oneclick.warehouses.vault import WarehouseVault


@dataclass(frozen=True, kw_only=True)
class RevealedCredentials:
    """How to connect, with the secret itself: shown to a person once, written nowhere."""

    credentials: Credentials
    bindings: Bindings
    secret: SecretText


def installation(provider: str) -> Installation:
    """What this installation gives the adapter of that provider."""
    return Installation(
        id=installation_id(),
        home=Path(settings.HOME),
        options=settings.ONECLICK_ADAPTER_OPTIONS.get(provider, {}),
    )


def adapter(provider: str) -> Adapter[Any]:
    """The adapter of that provider; raises `InvalidConfig` for one that doesn't exist."""
    return registry.load(provider, installation(provider))


def account(link: AccountLink | None) -> Account:
    """The account that a link leads to, with its secrets; an empty one where the provider needs none."""
    if link is None:
        return Account()
    secrets = {name: secret_store.get(reference) for name, reference in link.secret_refs.items()}
    return Account(config=link.config, secrets=secrets)


def connect_account(
    principal: Principal, *, provider: str, name: str, config: dict[str, str], secrets: dict[str, SecretText]
) -> AccountLink:
    """Keep how we may act in a customer's account: link, secrets and audit event, all or none.

    Raises `InvalidConfig` for a field that is missing or wrong and `LinkNameTaken`.
    """
    principal.demand(Permission.PROVISION_WAREHOUSES)
    adapter(provider).validate_account(config, list(secrets))
    try:
        with transaction.atomic():
            return _keep_link(principal, provider, name, config, secrets)
    except IntegrityError as exc:
        if "account_link_organisation_provider_name" not in str(exc):
            raise
        raise LinkNameTaken(f"A connection named {name!r} exists already.") from exc


def check_account(principal: Principal, link_id: UUID) -> Sequence[Check]:
    """Look into an account, and make nothing there. Raises `NotFound`, and `ContractError` where nobody can look."""
    principal.demand(Permission.PROVISION_WAREHOUSES)
    link = queries.account_link(principal.organisation_id, link_id)
    if not link.is_connected:
        raise InvalidConfig(f"The connection {link.name!r} is an example and leads nowhere.", hint="Make another one.")
    return adapter(link.provider).validate_config(account(link))


def revokes(link: AccountLink) -> Sequence[SetupStep]:
    """What whoever runs the account can take back there once the connection is removed; nothing where its adapter isn't
    installed.
    """
    if link.provider not in registry.providers():
        return ()
    steps = adapter(link.provider).setup_steps(Account(config=link.config))
    return [step for step in steps if step.revoke]


def disconnect_account(principal: Principal, link_id: UUID) -> AccountLink:
    """Forget a connection and its secrets. Nothing changes in the account: `revokes` says what can be taken back there.

    Raises `NotFound`, and `LinkInUse` while a warehouse lives there: we couldn't delete it any more.
    """
    principal.demand(Permission.PROVISION_WAREHOUSES)
    with transaction.atomic():
        link = queries.account_link(principal.organisation_id, link_id, is_locked=True)
        if living := queries.living_in([link])[link.id]:
            raise LinkInUse(f"{', '.join(each.name for each in living)}: set up with the connection {link.name!r}.")
        gone = AccountLink(id=link.id, provider=link.provider, name=link.name, config=link.config)
        link.warehouses.update(account_link=None)
        link.delete()
        for reference in link.secret_refs.values():
            secret_store.delete(reference)
        _record(principal, gone, "account_link.removed")
    return gone


def access(warehouse: Warehouse, level: AccessLevel) -> Access:
    """The proved login of that level, with its secret; raises `InvalidConfig` while the warehouse isn't ready."""
    if warehouse.state not in (WarehouseState.ACTIVE, WarehouseState.SUSPENDED):
        raise InvalidConfig(
            f"The warehouse {warehouse.name!r} isn't ready ({warehouse.get_state_display().lower()}).",
            hint="Look at its newest job: oneclick job list",
        )
    login = warehouse.current_login(level)
    return Access(
        instance=warehouse.instance,
        login=login,
        secret=WarehouseVault(warehouse.organisation_id, warehouse.id).get(login.secret_name),
        correlation_id=current_correlation_id(),
    )


def data_plane(warehouse: Warehouse, level: AccessLevel) -> DataPlane:
    """Reading from or loading into a warehouse. The caller has asked for the permission."""
    return adapter(warehouse.provider).data_plane(access(warehouse, level))


def reveal_credentials(principal: Principal, warehouse_id: UUID | str, level: AccessLevel) -> RevealedCredentials:
    """How to connect, for a person to see; audited."""
    principal.demand(Permission.VIEW_CREDENTIALS)
    warehouse = queries.warehouse(principal.organisation_id, warehouse_id)
    granted = access(warehouse, level)
    provider = adapter(warehouse.provider)
    record(
        organisation_id=principal.organisation_id,
        actor=principal.label,
        action="credentials.viewed",
        target_kind="warehouse",
        target_id=str(warehouse.id),
        detail={"level": level.value, "generation": granted.login.generation},
    )
    return RevealedCredentials(
        credentials=provider.credentials(granted.instance, granted.login),
        bindings=provider.bindings(granted.instance, granted.login),
        secret=granted.secret,
    )


def _keep_link(
    principal: Principal, provider: str, name: str, config: dict[str, str], secrets: dict[str, SecretText]
) -> AccountLink:
    references = {
        field: secret_store.put(value, organisation_id=principal.organisation_id, owner=f"account_link:{field}")
        for field, value in secrets.items()
    }
    link = AccountLink.objects.create(
        organisation_id=principal.organisation_id,
        provider=provider,
        name=name,
        config=config,
        secret_refs=references,
        is_connected=True,
    )
    _record(principal, link, "account_link.created")
    return link


def _record(principal: Principal, link: AccountLink, action: str) -> None:
    record(
        organisation_id=principal.organisation_id,
        actor=principal.label,
        action=action,
        target_kind="account_link",
        target_id=str(link.id),
        detail={"provider": link.provider, "name": link.name},
    )
