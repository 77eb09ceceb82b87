"""What each kind of job does, in terms of the adapter contract. Every function can start over from any point."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from oneclick.core.clock import utcnow
from oneclick.core.correlation import current_correlation_id
from oneclick.provisioning.extensions import EXTRA_RESOURCES, ExtraResources
from oneclick.provisioning.journal import JobJournal
from oneclick.provisioning.models import JobKind, ProvisioningJob, ResourceRecord
from oneclick.provisioning.schemas import StatusAnswer
from oneclick.provisioning.states import append_event
from oneclick.warehouses import services as warehouses
from oneclick.warehouses.contract import reconcile
from oneclick.warehouses.contract.adapter import Adapter
from oneclick.warehouses.contract.data_plane import Access
from oneclick.warehouses.contract.descriptions import Plan
from oneclick.warehouses.contract.errors import NotStabilised
from oneclick.warehouses.contract.instance import FIRST_LOGINS, AccessLevel, Login
from oneclick.warehouses.contract.resources import Address, Resource, Session
from oneclick.warehouses.models import Warehouse
from oneclick.warehouses.vault import WarehouseVault

ROTATION_GRACE_S = 30


@dataclass(frozen=True, kw_only=True)
class Pause:
    """The job goes on after so many seconds; `detail` says what it waits for."""

    seconds: float
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Site:
    """The adapter of a job's warehouse, open."""

    warehouse: Warehouse
    adapter: Adapter[Any]
    session: Session
    vault: WarehouseVault


def create(job: ProvisioningJob, journal: JobJournal) -> Pause | None:
    """Bring the warehouse and what upper packages add to it into being."""
    _know_logins(job, journal, FIRST_LOGINS)
    with _site(job) as site:
        _plan_once(job, journal, _all_resources(site))
        waiting = site.adapter.create(site.warehouse.instance, site.session, journal)
        waiting = waiting or _each_extra(site, job, journal, reconcile.create_all)
    return _pause(job, waiting)


def destroy(job: ProvisioningJob, journal: JobJournal) -> Pause | None:
    """Remove what upper packages added, then the warehouse, then its secrets."""
    with _site(job) as site:
        _plan_once(job, journal, list(reversed(_all_resources(site))))
        waiting = _each_extra(site, job, journal, reconcile.destroy_all)
        waiting = waiting or site.adapter.destroy(site.warehouse.instance, site.session, journal)
        if waiting is None:
            for login in site.warehouse.known_logins:
                site.vault.delete(login.secret_name)
    return _pause(job, waiting)


def rotate(job: ProvisioningJob, journal: JobJournal) -> Pause | None:
    """Make the next login, prove it, let clients change over, drop the old one.

    The old login goes on working until the new one is proved, and `ROTATION_GRACE_S` longer, so that what runs
    with it comes to its end.
    """
    old, new = _rotation(job, journal)
    with _site(job) as site:
        instance = site.warehouse.instance
        if not job.options.get("proved_at"):
            _plan_once(job, journal, _rotation_resources(site, old, new))
            if waiting := site.adapter.create(instance, site.session, journal):
                return _pause(job, waiting)
            _prove(site, new, job.correlation_id)
            _change_over(job, journal, new)
        if left_s := _grace_left_s(job):
            return Pause(seconds=left_s, detail={"waiting_for": "whoever still uses the old login"})
        waiting = site.adapter.rotate(instance, drop=[old], session=site.session, journal=journal)
        if waiting is None:
            _forget_login(site, journal, old)
    return _pause(job, waiting)


def check(job: ProvisioningJob, journal: JobJournal) -> Pause | None:
    """Hold the account against what we made there, and keep the answer as the job's result."""
    with _site(job) as site:
        status = site.adapter.status(site.warehouse.instance, site.session)
    result = StatusAnswer.of(status).model_dump(mode="json")
    with transaction.atomic():
        journal.lease.assert_held()
        ProvisioningJob.objects.filter(id=job.id).update(result=result)
    return None


def repair_plan(warehouse: Warehouse) -> Plan:
    """What an `UPDATE` job would do; changes nothing."""
    with _site_of(warehouse, current_correlation_id()) as site:
        plan = site.adapter.plan(warehouse.instance, site.session)
        actions = list(plan.actions)
        for bringer in EXTRA_RESOURCES:
            with bringer.open(warehouse, site.vault, correlation_id=current_correlation_id()) as session:
                actions += reconcile.plan_all(bringer.resources(warehouse), session)
    return replace(plan, actions=tuple(actions))


WORK: Mapping[JobKind, Callable[[ProvisioningJob, JobJournal], Pause | None]] = {
    JobKind.CREATE: create,
    JobKind.UPDATE: create,
    JobKind.ROTATE: rotate,
    JobKind.DESTROY: destroy,
    JobKind.CHECK: check,
}


# -- the parts -------------------------------------------------------------------------------------------------


def _site(job: ProvisioningJob) -> AbstractContextManager[_Site]:
    warehouse = Warehouse.objects.select_related("account_link").get(id=job.warehouse_id)
    return _site_of(warehouse, job.correlation_id)


@contextmanager
def _site_of(warehouse: Warehouse, correlation_id: str) -> Iterator[_Site]:
    adapter = warehouses.adapter(warehouse.provider)
    vault = WarehouseVault(warehouse.organisation_id, warehouse.id)
    account = warehouses.account(warehouse.account_link)
    with adapter.open(account, warehouse.instance, vault, correlation_id=correlation_id) as session:
        yield _Site(warehouse=warehouse, adapter=adapter, session=session, vault=vault)


def _all_resources(site: _Site) -> list[Resource[Any]]:
    extra = [resource for bringer in EXTRA_RESOURCES for resource in bringer.resources(site.warehouse)]
    return reconcile.in_order(site.adapter.resources(site.warehouse.instance)) + reconcile.in_order(extra)


def _each_extra(
    site: _Site,
    job: ProvisioningJob,
    journal: JobJournal,
    act: Callable[[Sequence[Resource[Any]], Session, reconcile.Journal], reconcile.Waiting | None],
) -> reconcile.Waiting | None:
    bringers: list[ExtraResources] = list(EXTRA_RESOURCES)
    for bringer in bringers if act is reconcile.create_all else reversed(bringers):
        with bringer.open(site.warehouse, site.vault, correlation_id=job.correlation_id) as session:
            if waiting := act(bringer.resources(site.warehouse), session, journal):
                return waiting
    return None


def _plan_once(job: ProvisioningJob, journal: JobJournal, resources: Sequence[Resource[Any]]) -> None:
    """Tell what is to come, so that whoever watches sees the whole list from the start."""
    if job.total_steps:
        return
    steps = [{"kind": resource.kind, "name": resource.name} for resource in resources]
    with transaction.atomic():
        journal.lease.assert_held()
        job.total_steps = len(steps)
        ProvisioningJob.objects.filter(id=job.id).update(total_steps=len(steps))
        append_event(job, "planned", detail={"steps": steps})


def _pause(job: ProvisioningJob, waiting: reconcile.Waiting | None) -> Pause | None:
    if waiting is None:
        return None
    record = ResourceRecord.objects.filter(
        warehouse_id=job.warehouse_id, kind=waiting.address.kind, name=waiting.address.name
    ).first()
    begun = record.intent_at if record else utcnow()
    if utcnow() - begun > timedelta(seconds=waiting.stabilise_within_s):
        raise NotStabilised(
            f"{waiting.address} isn't ready after {waiting.stabilise_within_s:g} s, the longest that it should take."
        )
    return Pause(seconds=waiting.poll_after_s, detail=_shown(waiting.address))


def _shown(address: Address) -> dict[str, str]:
    return {"resource_kind": address.kind, "resource_name": address.name}


def _know_logins(job: ProvisioningJob, journal: JobJournal, logins: Sequence[Login]) -> None:
    """Write down which logins may exist outside, before any is made."""
    with transaction.atomic():
        journal.lease.assert_held()
        warehouse = Warehouse.objects.get(id=job.warehouse_id)
        known = {level for level, _ in warehouse.logins}
        missing = {login.level.value: login.generation for login in logins if login.level.value not in known}
        if missing:
            warehouse.logins = [*warehouse.logins, *([level, number] for level, number in missing.items())]
            warehouse.current_logins = {**missing, **warehouse.current_logins}
            warehouse.save(update_fields=["logins", "current_logins"])


def _rotation(job: ProvisioningJob, journal: JobJournal) -> tuple[Login, Login]:
    """The old login and the new one, decided once and remembered in the job."""
    level = AccessLevel(job.options["level"])
    with transaction.atomic():
        journal.lease.assert_held()
        warehouse = Warehouse.objects.get(id=job.warehouse_id)
        if "old_generation" not in job.options:
            old = warehouse.current_login(level)
            job.options = {**job.options, "old_generation": old.generation}
            ProvisioningJob.objects.filter(id=job.id).update(options=job.options)
            entry = [level.value, old.successor.generation]
            if entry not in warehouse.logins:
                warehouse.logins = [*warehouse.logins, entry]
                warehouse.save(update_fields=["logins"])
    old = Login(level=level, generation=job.options["old_generation"])
    return old, old.successor


def _rotation_resources(site: _Site, old: Login, new: Login) -> list[Resource[Any]]:
    instance = site.warehouse.instance
    return [*site.adapter.resources(instance), *site.adapter.login_resources(instance, old)]


def _prove(site: _Site, login: Login, correlation_id: str) -> None:
    access = Access(
        instance=site.warehouse.instance,
        login=login,
        secret=site.vault.get(login.secret_name),
        correlation_id=correlation_id,
    )
    with site.adapter.data_plane(access).connect() as session:
        session.query("SELECT 1")


def _change_over(job: ProvisioningJob, journal: JobJournal, new: Login) -> None:
    with transaction.atomic():
        journal.lease.assert_held()
        warehouse = Warehouse.objects.get(id=job.warehouse_id)
        warehouse.current_logins = {**warehouse.current_logins, new.level.value: new.generation}
        warehouse.save(update_fields=["current_logins"])
        job.options = {**job.options, "proved_at": utcnow().isoformat()}
        ProvisioningJob.objects.filter(id=job.id).update(options=job.options)
        append_event(job, "proved", detail={"level": new.level.value, "generation": new.generation})


def _grace_left_s(job: ProvisioningJob) -> float:
    proved_at = datetime.fromisoformat(job.options["proved_at"])
    grace = timedelta(seconds=job.options.get("grace_s", ROTATION_GRACE_S))
    return max(0.0, (proved_at + grace - utcnow()).total_seconds())


def _forget_login(site: _Site, journal: JobJournal, login: Login) -> None:
    with transaction.atomic():
        journal.lease.assert_held()
        warehouse = Warehouse.objects.get(id=site.warehouse.id)
        warehouse.logins = [entry for entry in warehouse.logins if entry != [login.level.value, login.generation]]
        warehouse.save(update_fields=["logins"])
    site.vault.delete(login.secret_name)
