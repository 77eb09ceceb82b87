"""Asking for changes of warehouses, and steering the jobs that make them."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from oneclick.accounts.roles import Permission, Principal
from oneclick.core.clock import utcnow
from oneclick.core.ids import new_id
from oneclick.job_queue.wake import wake
from oneclick.provisioning import asking, kinds, losses, queries, states
from oneclick.provisioning.engine import DRIVE
from oneclick.provisioning.errors import ConfirmationNeeded, IllegalTransition, NameTaken, WarehouseGone
from oneclick.provisioning.idempotency import Idempotency, already, once
from oneclick.provisioning.models import ENDED, JobKind, JobState, ProvisioningJob
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses import services as warehouse_services
from oneclick.warehouses.contract.descriptions import Plan, Status
from oneclick.warehouses.contract.errors import ContractError, InvalidConfig
from oneclick.warehouses.contract.instance import AccessLevel, Instance, Spec
from oneclick.warehouses.models import AccountLink, Warehouse, WarehouseState
from oneclick.warehouses.vault import WarehouseVault


def preview(principal: Principal, *, provider: str, spec: Spec, account_link_id: UUID | None = None) -> Plan:
    """What creating the warehouse would do and cost; changes nothing."""
    principal.demand(Permission.PROVISION_WAREHOUSES)
    adapter = warehouse_services.adapter(provider)
    adapter.validate_spec(spec)
    link = _link(principal, provider, account_link_id)
    instance = Instance(id=new_id(), spec=spec, config=link.config if link else {})
    vault = WarehouseVault(principal.organisation_id, instance.id)
    with adapter.open(warehouse_services.account(link), instance, vault) as session:
        return adapter.plan(instance, session)


def request_create(
    principal: Principal,
    *,
    provider: str,
    spec: Spec,
    account_link_id: UUID | None = None,
    idempotency: Idempotency | None = None,
) -> ProvisioningJob:
    """Ask for a warehouse. Raises `InvalidConfig` or `NameTaken`; nothing is made in the account yet."""
    principal.demand(Permission.PROVISION_WAREHOUSES)
    if known := already(principal, idempotency):
        return known
    warehouse_services.adapter(provider).validate_spec(spec)
    link = _link(principal, provider, account_link_id)

    def make() -> ProvisioningJob:
        if link is not None:  # it may be removed at the same time
            warehouse_queries.account_link(principal.organisation_id, link.id, is_locked=True)
        warehouse = Warehouse.objects.create(
            organisation_id=principal.organisation_id,
            account_link=link,
            provider=provider,
            name=spec.name,
            spec={**asdict(spec), "options": dict(spec.options)},
        )
        return asking.enqueue(principal, warehouse, JobKind.CREATE)

    try:
        return once(principal, idempotency, make)
    except IntegrityError as exc:
        if "warehouse_organisation_name" not in str(exc):
            raise
        raise NameTaken(f"A warehouse named {spec.name!r} exists already.") from exc


def request_destroy(
    principal: Principal, warehouse_id: UUID | str, *, confirm: str = "", idempotency: Idempotency | None = None
) -> ProvisioningJob:
    """Ask for a warehouse to be deleted; its unfinished jobs are told to stop first.

    Raises `ConfirmationNeeded`, which says what would be lost, unless `confirm` is the warehouse's name or it
    holds no table.
    """
    principal.demand(Permission.PROVISION_WAREHOUSES)
    if known := already(principal, idempotency):
        return known
    warehouse = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    _refuse_deleted(warehouse)
    if confirm != warehouse.name:
        _demand_confirmation(warehouse, confirm)

    def make() -> ProvisioningJob:
        for unfinished in asking.unfinished(warehouse):
            asking.ask_to_stop(unfinished)
        return asking.enqueue(principal, warehouse, JobKind.DESTROY)

    return once(principal, idempotency, make)


def request_rotate(
    principal: Principal,
    warehouse_id: UUID | str,
    level: AccessLevel,
    *,
    grace_s: int | None = None,
    idempotency: Idempotency | None = None,
) -> ProvisioningJob:
    """Ask for a new login of that level; the old one works until the new one is proved and `grace_s` longer."""
    principal.demand(Permission.VIEW_CREDENTIALS)
    if known := already(principal, idempotency):
        return known
    warehouse = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    _demand_ready(warehouse, "its credentials can't be rotated")
    options: dict[str, Any] = {"level": level.value}
    if grace_s is not None:
        options["grace_s"] = grace_s
    return once(principal, idempotency, lambda: asking.enqueue(principal, warehouse, JobKind.ROTATE, options=options))


def request_check(
    principal: Principal, warehouse_id: UUID | str, *, idempotency: Idempotency | None = None
) -> ProvisioningJob:
    """Ask for a look at what is in the account, as a job whose result is what `warehouse_status` says."""
    principal.demand(Permission.VIEW_WAREHOUSES)
    if known := already(principal, idempotency):
        return known
    warehouse = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    _refuse_deleted(warehouse)
    return once(principal, idempotency, lambda: asking.enqueue(principal, warehouse, JobKind.CHECK))


def preview_repair(principal: Principal, warehouse_id: UUID | str) -> Plan:
    """What repairing the warehouse would make and change; changes nothing. Raises `InvalidConfig` unless ready."""
    principal.demand(Permission.PROVISION_WAREHOUSES)
    warehouse = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    _demand_ready(warehouse, "there is nothing to repair yet")
    return kinds.repair_plan(warehouse)


def request_repair(
    principal: Principal, warehouse_id: UUID | str, *, idempotency: Idempotency | None = None
) -> ProvisioningJob:
    """Ask for what was changed or removed outside of One-Click to be brought back, as `preview_repair` tells."""
    principal.demand(Permission.PROVISION_WAREHOUSES)
    if known := already(principal, idempotency):
        return known
    warehouse = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    _demand_ready(warehouse, "there is nothing to repair yet")
    return once(principal, idempotency, lambda: asking.enqueue(principal, warehouse, JobKind.UPDATE))


def warehouse_status(principal: Principal, warehouse_id: UUID | str) -> Status:
    """Look at what is in the account, now."""
    principal.demand(Permission.VIEW_WAREHOUSES)
    warehouse = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    adapter = warehouse_services.adapter(warehouse.provider)
    vault = WarehouseVault(warehouse.organisation_id, warehouse.id)
    account = warehouse_services.account(warehouse.account_link)
    with adapter.open(account, warehouse.instance, vault) as session:
        return adapter.status(warehouse.instance, session)


def retry(principal: Principal, job_id: UUID) -> ProvisioningJob:
    """Try a failed job again from where it stopped, or go on with a cancelled one.

    Of several who ask at once one is heard; the others get the job as it is then.
    """
    principal.demand(Permission.PROVISION_WAREHOUSES)
    job = queries.job(principal.organisation_id, job_id)
    if job.warehouse.state == WarehouseState.DELETED:
        raise WarehouseGone("The warehouse is deleted.")
    with transaction.atomic():
        is_ours = states.move(
            job,
            JobState.PENDING,
            detail={"retried_by": principal.label},
            asked_by=principal.label,
            asked_role=principal.role.value,
            attempt=0,
            cancel_asked_at=None,
            started_at=None,
            finished_at=None,
            wake_at=utcnow(),
            error_code="",
            error_message="",
            error_hint="",
        )
        if is_ours:
            asking.note(principal, job, "job.retried")
            wake(DRIVE, job_id=str(job.id))
    return job if is_ours else queries.job(principal.organisation_id, job_id)


def cancel(principal: Principal, job_id: UUID) -> ProvisioningJob:
    """Ask a job to stop at its next border between two resources; what is made by then stays and is listed."""
    principal.demand(Permission.PROVISION_WAREHOUSES)
    job = queries.job(principal.organisation_id, job_id)
    if job.state in ENDED:
        raise IllegalTransition(f"The job has ended already ({job.get_state_display().lower()}).")
    with transaction.atomic():
        asking.ask_to_stop(job)
        asking.note(principal, job, "job.stop_asked")
    job.refresh_from_db()
    return job


# -- the parts -------------------------------------------------------------------------------------------------


def _link(principal: Principal, provider: str, link_id: UUID | None) -> AccountLink | None:
    needs_account = warehouse_services.adapter(provider).facts.needs_account
    if link_id is None:
        if needs_account:
            raise InvalidConfig(
                "This provider needs a connection to your account.", hint="Connect the account first, then name it."
            )
        return None
    link = warehouse_queries.account_link(principal.organisation_id, link_id)
    if link.provider != provider or not link.is_connected:
        raise InvalidConfig(f"The connection {link.name!r} can't be used for this.", hint="Choose another connection.")
    return link


def _demand_ready(warehouse: Warehouse, otherwise: str) -> None:
    if warehouse.state != WarehouseState.ACTIVE:
        raise InvalidConfig(
            f"The warehouse {warehouse.name!r} isn't ready, so {otherwise}.",
            hint="Look at its newest job, and try that again if it failed: oneclick job list",
        )


def _refuse_deleted(warehouse: Warehouse) -> None:
    if warehouse.state == WarehouseState.DELETED:
        raise InvalidConfig(f"The warehouse {warehouse.name!r} is deleted already.")


def _demand_confirmation(warehouse: Warehouse, confirm: str) -> None:
    if confirm:
        raise ConfirmationNeeded(
            f"The name typed doesn't match: this warehouse is called {warehouse.name!r}.",
            hint="Type its name exactly.",
        )
    try:
        lost = losses.tables_at_stake(warehouse)
    except ContractError as exc:
        raise ConfirmationNeeded(
            f"We can't see what {warehouse.name!r} holds: {exc.message}",
            hint=f"To delete it all the same, type the warehouse's name to confirm: {warehouse.name}",
        ) from exc
    if lost:
        raise ConfirmationNeeded(
            f"Deleting {warehouse.name!r} loses {losses.in_words(lost)}.",
            hint=f"If that is meant, type the warehouse's name to confirm: {warehouse.name}",
        )
