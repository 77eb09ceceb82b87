import threading
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections

from oneclick.accounts.roles import NotAllowed, Principal, Role
from oneclick.audit.models import AuditEvent
from oneclick.core.clock import utcnow
from oneclick.core.secrets import SecretText
from oneclick.job_queue.leases import KEEPER
from oneclick.provisioning import engine, queries, services
from oneclick.provisioning.errors import IllegalTransition, JobNotFound, KeyReused, NameTaken
from oneclick.provisioning.extensions import EXTRA_RESOURCES
from oneclick.provisioning.idempotency import Idempotency, forget_expired
from oneclick.provisioning.models import IdempotencyKey, JobKind, JobState, ProvisioningJob, ResourceRecord
from oneclick.provisioning.sweeper import sweep
from oneclick.warehouses.contract.descriptions import Action, InstanceState
from oneclick.warehouses.contract.errors import InvalidConfig
from oneclick.warehouses.contract.instance import AccessLevel, Spec
from oneclick.warehouses.models import Warehouse, WarehouseState
from oneclick.warehouses.vault import WarehouseVault
from tests.provisioning.folders import set_faults

pytestmark = pytest.mark.django_db


def ask(admin: Principal, name: str = "sales", **spec: object) -> ProvisioningJob:
    return services.request_create(admin, provider="folders", spec=Spec(name=name, **spec))


def run(job: ProvisioningJob, *, for_s: float = 10.0) -> ProvisioningJob:
    """Drive as a worker would, timers included, until the job has ended."""
    deadline = time.monotonic() + for_s
    while time.monotonic() < deadline:
        engine.drive(job.id)
        job.refresh_from_db()
        if job.state in ("success", "failed", "cancelled"):
            return job
        time.sleep(0.02)
    raise AssertionError(f"still {job.state}: {[vars(event) for event in queries.events(job)]}")


def things(root: Path) -> set[str]:
    return {path.name.partition("-")[2] for path in root.iterdir() if len(path.name.partition("-")[0]) == 32}


def queued(job: ProvisioningJob) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'job_id' = %s", [str(job.id)])
        return int(cursor.fetchone()[0])


def test_a_warehouse_is_made_and_everything_is_written_down(admin: Principal, folders: Path) -> None:
    job = ask(admin)
    assert queued(job) == 1

    run(job)

    assert job.state == JobState.SUCCESS
    assert things(folders) == {"base", "top", "write1", "read1"}
    warehouse = Warehouse.objects.get(id=job.warehouse_id)
    assert (warehouse.state, warehouse.lease_holder) == (WarehouseState.ACTIVE, "")
    assert set(ResourceRecord.objects.values_list("state", flat=True)) == {"present"}
    assert [(step.action, step.state) for step in queries.progress(job)] == [("create", "done")] * 4


def test_a_slow_resource_is_waited_for_without_holding_the_worker(admin: Principal, folders: Path) -> None:
    set_faults(folders, unready_s={"base": 0.5})
    job = ask(admin)

    began = time.monotonic()
    engine.drive(job.id)
    took_s = time.monotonic() - began

    job.refresh_from_db()
    assert job.state == JobState.WAITING
    assert took_s < 0.5
    assert Warehouse.objects.get(id=job.warehouse_id).lease_holder == ""
    assert run(job).state == JobState.SUCCESS


def test_a_resource_that_never_gets_ready_fails_after_its_deadline(
    admin: Principal, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.provisioning.folders import Thing

    monkeypatch.setattr(Thing, "stabilise_within_s", 0.3)
    set_faults(folders, unready_s={"base": 60})

    job = run(ask(admin))

    assert (job.state, job.error_code) == (JobState.FAILED, "not_stabilised")


def test_throttling_is_tried_again_with_the_providers_pause(admin: Principal, folders: Path) -> None:
    set_faults(folders, throttle=3, retry_after_s=0.1)

    job = run(ask(admin))

    assert job.state == JobState.SUCCESS
    retries = [event.detail for event in queries.events(job) if "retry" in event.detail]
    assert [detail["code"] for detail in retries] == ["throttled"] * 3
    assert all(detail["pause_s"] >= 0.1 for detail in retries)


def test_transient_errors_end_after_the_last_attempt(
    admin: Principal, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oneclick.provisioning.retries.BASE_S", 0.001)
    set_faults(folders, throttle=10_000)

    job = run(ask(admin))

    assert (job.state, job.error_code) == (JobState.FAILED, "throttled")


def test_a_refusal_fails_at_once_and_trying_again_goes_on_from_there(admin: Principal, folders: Path) -> None:
    set_faults(folders, deny="top")
    job = run(ask(admin))
    assert (job.state, job.error_code) == (JobState.FAILED, "permission_denied")
    assert "GRANT WRITE" in job.error_hint
    assert [step.state for step in queries.progress(job)] == ["done", "failed", "planned", "planned"]

    set_faults(folders)
    services.retry(admin, job.id)
    run(job)

    assert job.state == JobState.SUCCESS
    assert job.error_code == ""
    assert (folders / "calls.log").read_text().count("-base\n") == 1


def test_a_bug_fails_the_job_without_showing_its_insides(admin: Principal, folders: Path) -> None:
    set_faults(folders, **{"break": "top"})

    job = run(ask(admin))

    assert (job.state, job.error_code) == (JobState.FAILED, "internal_error")
    assert "canary" not in job.error_message + job.error_hint
    assert job.correlation_id in job.error_hint


def test_a_foreign_object_stops_the_job_and_survives_the_destroy(admin: Principal, folders: Path) -> None:
    job = ask(admin)
    foreign = folders / f"{job.warehouse_id.hex}-top"
    foreign.write_text('{"tag": "theirs", "size": "small", "at": 0}')

    assert run(job).error_code == "already_exists"
    destroy = run(services.request_destroy(admin, job.warehouse_id))

    assert destroy.state == JobState.SUCCESS
    assert things(folders) == {"top"}
    assert "theirs" in foreign.read_text()
    assert ("thing", "blocked") in [(step.kind, step.state) for step in queries.progress(destroy)]


@pytest.mark.parametrize("crash_at", range(1, 17))
def test_killed_at_any_write_it_goes_on_and_converges(
    admin: Principal, folders: Path, monkeypatch: pytest.MonkeyPatch, crash_at: int
) -> None:
    class Killed(BaseException):
        pass

    job = ask(admin)
    count = 0

    def crashing(original: Callable[..., None]) -> Callable[..., None]:
        def call(*args: object, **kwargs: object) -> None:
            nonlocal count
            count += 1
            if count == crash_at:
                raise Killed
            original(*args, **kwargs)
            count += 1
            if count == crash_at:
                raise Killed

        return call

    with monkeypatch.context() as patch:
        patch.setattr(engine.JobJournal, "intent", crashing(engine.JobJournal.intent))
        patch.setattr(engine.JobJournal, "outcome", crashing(engine.JobJournal.outcome))
        patch.setattr(engine.Lease, "give_up", lambda lease: None)
        with pytest.raises(Killed):
            engine.drive(job.id)
        KEEPER._held.clear()

    job.refresh_from_db()
    assert job.state == JobState.RUNNING
    assert sweep() == 0, "the lease is still held"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("UPDATE warehouses_warehouse SET lease_until = now() - interval '1 s'")
    assert sweep() == 1
    assert queued(job) == 1
    assert run(job).state == JobState.SUCCESS
    assert things(folders) == {"base", "top", "write1", "read1"}
    calls = (folders / "calls.log").read_text().splitlines()
    assert len(calls) == len(set(calls)) == 4


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_set(admin: Principal, folders: Path) -> None:
    set_faults(folders, slow_s=0.05)
    job = ask(admin)

    def work() -> None:
        engine.drive(job.id)
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert run(job).state == JobState.SUCCESS
    calls = (folders / "calls.log").read_text().splitlines()
    assert sorted(call.partition("-")[2] for call in calls) == ["base", "read1", "top", "write1"]


def test_cancelling_stops_at_the_next_border_and_can_go_on_or_be_removed(admin: Principal, folders: Path) -> None:
    set_faults(folders, unready_s={"base": 0.2})
    job = ask(admin)
    engine.drive(job.id)

    services.cancel(admin, job.id)
    run(job)

    assert job.state == JobState.CANCELLED
    assert things(folders) == {"base"}
    services.retry(admin, job.id)
    assert run(job).state == JobState.SUCCESS


def test_a_cancelled_job_never_begins(admin: Principal, folders: Path) -> None:
    job = ask(admin)
    services.cancel(admin, job.id)

    assert run(job).state == JobState.CANCELLED
    assert things(folders) == set()


def test_destroying_while_it_is_made_stops_the_making_first(admin: Principal, folders: Path) -> None:
    set_faults(folders, unready_s={"base": 0.2})
    job = ask(admin)
    engine.drive(job.id)

    destroy = services.request_destroy(admin, job.warehouse_id)
    engine.drive(destroy.id)
    destroy.refresh_from_db()
    assert destroy.state == JobState.PENDING, "the older job goes first"

    assert run(job).state == JobState.CANCELLED
    assert run(destroy).state == JobState.SUCCESS
    assert things(folders) == set()
    assert Warehouse.objects.get(id=job.warehouse_id).state == WarehouseState.DELETED


def test_a_deleted_name_can_be_used_again(admin: Principal, folders: Path) -> None:
    first = run(ask(admin))
    with pytest.raises(NameTaken):
        ask(admin, "SALES".lower())
    run(services.request_destroy(admin, first.warehouse_id))

    assert run(ask(admin)).state == JobState.SUCCESS


def test_rotation_makes_proves_changes_over_and_drops(admin: Principal, folders: Path) -> None:
    created = run(ask(admin))
    warehouse = Warehouse.objects.get(id=created.warehouse_id)
    vault = WarehouseVault(warehouse.organisation_id, warehouse.id)

    job = services.request_rotate(admin, warehouse.id, AccessLevel.WRITE, grace_s=1)
    engine.drive(job.id)
    job.refresh_from_db()
    warehouse.refresh_from_db()
    assert job.state == JobState.WAITING
    assert warehouse.current_logins == {"write": 2, "read": 1}
    assert things(folders) >= {"write1", "write2"}, "both work until the grace is over"

    run(job)
    warehouse.refresh_from_db()
    assert things(folders) == {"base", "top", "read1", "write2"}
    assert sorted(warehouse.logins) == [["read", 1], ["write", 2]]
    with pytest.raises(Exception, match="login-write-1"):
        vault.get("login-write-1")


def test_rotation_keeps_the_old_login_when_the_new_one_fails(admin: Principal, folders: Path) -> None:
    created = run(ask(admin))
    set_faults(folders, deny="write2")

    job = run(services.request_rotate(admin, created.warehouse_id, AccessLevel.WRITE, grace_s=0))

    assert job.state == JobState.FAILED
    assert Warehouse.objects.get(id=created.warehouse_id).current_logins["write"] == 1
    assert "write1" in things(folders)
    set_faults(folders)
    services.retry(admin, job.id)
    assert run(job).state == JobState.SUCCESS
    assert things(folders) == {"base", "top", "read1", "write2"}


def test_a_check_tells_drift(admin: Principal, folders: Path) -> None:
    created = run(ask(admin))
    (folders / f"{created.warehouse_id.hex}-top").unlink()

    job = run(services.request_check(admin, created.warehouse_id))

    assert job.state == JobState.SUCCESS
    result = ProvisioningJob.objects.get(id=job.id).result
    assert result["state"] == "drifted"
    assert result["missing"] == [{"kind": "thing", "name": f"{created.warehouse_id.hex}-top"}]


def test_a_repair_brings_back_what_was_removed_and_changed(admin: Principal, folders: Path) -> None:
    created = run(ask(admin))
    prefix = created.warehouse_id.hex
    ready_at = Warehouse.objects.get(id=created.warehouse_id).ready_at
    (folders / f"{prefix}-top").unlink()
    base = folders / f"{prefix}-base"
    base.write_text(base.read_text().replace("small", "large"))

    plan = services.preview_repair(admin, created.warehouse_id)
    assert {line.address.name: line.action for line in plan.actions} == {
        f"{prefix}-base": Action.UPDATE,
        f"{prefix}-top": Action.CREATE,
        f"{prefix}-write1": Action.KEEP,
        f"{prefix}-read1": Action.KEEP,
    }
    assert things(folders) == {"base", "write1", "read1"}, "planning changes nothing"
    job = run(services.request_repair(admin, created.warehouse_id))

    assert (job.kind, job.state) == (JobKind.UPDATE, JobState.SUCCESS)
    assert {step.name.rpartition("-")[2]: step.action for step in queries.progress(job)} == {
        "base": "update", "top": "create", "write1": "keep", "read1": "keep",
    }  # fmt: skip
    assert services.warehouse_status(admin, created.warehouse_id).state is InstanceState.READY
    assert Warehouse.objects.get(id=created.warehouse_id).ready_at == ready_at


def test_a_repair_brings_back_what_upper_packages_added(
    admin: Principal, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.provisioning.extra import Dashboards

    monkeypatch.setattr(EXTRA_RESOURCES, "_entries", {"dashboards": Dashboards(folders)})
    created = run(ask(admin))
    (folders / f"{created.warehouse_id.hex}-dashboard").unlink()

    plan = services.preview_repair(admin, created.warehouse_id)
    assert [line.action for line in plan.actions] == [Action.KEEP] * 4 + [Action.CREATE]
    run(services.request_repair(admin, created.warehouse_id))
    assert "dashboard" in things(folders)


def test_only_what_is_ready_can_be_repaired_and_only_by_those_who_may(
    admin: Principal, reader: Principal, folders: Path
) -> None:
    job = ask(admin)
    for act in (services.preview_repair, services.request_repair):
        with pytest.raises(InvalidConfig, match="isn't ready"):
            act(admin, job.warehouse_id)
        with pytest.raises(NotAllowed):
            act(reader, job.warehouse_id)


def test_the_same_key_leads_to_the_same_check_even_after_the_warehouse_is_gone(admin: Principal, folders: Path) -> None:
    created = run(ask(admin))
    key = Idempotency(key="k1", route="warehouse.check", body={})
    first = run(services.request_check(admin, created.warehouse_id, idempotency=key))
    run(services.request_destroy(admin, created.warehouse_id))

    assert services.request_check(admin, created.warehouse_id, idempotency=key) == first


def test_what_was_asked_behind_a_destruction_does_not_rebuild_what_it_removed(admin: Principal, folders: Path) -> None:
    created = run(ask(admin))
    destroy = services.request_destroy(admin, created.warehouse_id)
    later = [
        services.request_rotate(admin, created.warehouse_id, AccessLevel.READ),
        services.request_repair(admin, created.warehouse_id),
    ]
    run(destroy)

    assert [(run(job).state, job.error_code) for job in later] == [(JobState.FAILED, "warehouse_gone")] * 2
    assert things(folders) == set()
    assert Warehouse.objects.get(id=created.warehouse_id).state == WarehouseState.DELETED


def test_of_two_who_try_again_at_once_one_is_heard_and_both_get_the_job(
    admin: Principal, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_faults(folders, deny="top")
    job = run(ask(admin))
    stale = queries.job(admin.organisation_id, job.id)
    services.retry(admin, job.id)
    wakes, audited = queued(job), AuditEvent.objects.filter(target_id=str(job.warehouse_id)).count()

    looks = iter([stale])
    fresh = queries.job
    monkeypatch.setattr(queries, "job", lambda *scope: next(looks, None) or fresh(*scope))
    second = services.retry(admin, job.id)

    assert second.state == JobState.PENDING
    assert queued(job) == wakes
    assert AuditEvent.objects.filter(target_id=str(job.warehouse_id)).count() == audited


def test_planning_changes_nothing(admin: Principal, folders: Path) -> None:
    plan = services.preview(admin, provider="folders", spec=Spec(name="sales"))

    assert [line.action for line in plan.actions] == [Action.CREATE] * 4
    assert things(folders) == set()
    assert not Warehouse.objects.exists()


def test_the_askers_right_is_asked_again_when_the_job_starts(admin: Principal, folders: Path) -> None:
    job = ask(admin)
    ProvisioningJob.objects.filter(id=job.id).update(asked_by=f"user:{UUID(int=7)}")

    assert run(job).error_code == "not_allowed"
    assert things(folders) == set()


def test_a_reader_may_not_ask(admin: Principal, folders: Path) -> None:
    reader = Principal(kind=admin.kind, id="r", organisation_id=admin.organisation_id, role=Role.READER)
    with pytest.raises(Exception, match="Read-only"):
        ask(reader)


def test_another_organisations_job_is_not_found(admin: Principal, folders: Path) -> None:
    job = ask(admin)
    outsider = Principal(kind=admin.kind, id="o", organisation_id=UUID(int=9), role=Role.ADMIN)
    for act in (services.cancel, services.retry):
        with pytest.raises(JobNotFound):
            act(outsider, job.id)


@pytest.mark.parametrize(
    "spec", [{"size": "huge"}, {"region": "mars"}, {"monthly_spend_cap": -1}, {"name": "Ünïcode"}, {"name": "x" * 64}]
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    admin: Principal, folders: Path, spec: dict[str, object]
) -> None:
    with pytest.raises(InvalidConfig) as refusal:
        ask(admin, **spec)
    assert refusal.value.message
    assert not Warehouse.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_wrong_master_key_fails_the_job_by_name_and_the_right_one_takes_it_up(
    admin: Principal, folders: Path, settings: Any
) -> None:
    run(ask(admin, "first"))  # there is a secret now, under the right key
    settings.ONECLICK_MASTER_KEY = SecretText(b64encode(b"k" * 32).decode())

    failed = run(ask(admin, "second"))
    assert (failed.state, failed.error_code) == ("failed", "wrong_master_key")
    assert "ONECLICK_MASTER_KEY" in failed.error_hint

    settings.ONECLICK_MASTER_KEY = SecretText("")
    assert run(services.retry(admin, failed.id)).state == "success"
    assert Warehouse.objects.get(name="second").state == WarehouseState.ACTIVE


def test_an_idempotency_key_leads_to_one_job(admin: Principal, folders: Path) -> None:
    def send(body: dict[str, object]) -> ProvisioningJob:
        return services.request_create(
            admin,
            provider="folders",
            spec=Spec(name="sales"),
            idempotency=Idempotency(key="k1", route="create", body=body),
        )

    first = send({"name": "sales"})
    assert send({"name": "sales"}).id == first.id
    with pytest.raises(KeyReused):
        send({"name": "other"})
    assert ProvisioningJob.objects.count() == 1


def test_keys_that_have_run_out_are_forgotten(admin: Principal, folders: Path) -> None:
    key = Idempotency(key="k1", route="create", body={})
    job = services.request_create(admin, provider="folders", spec=Spec(name="sales"), idempotency=key)
    assert forget_expired() == 0

    IdempotencyKey.objects.update(expires_at=utcnow() - timedelta(seconds=1))

    assert forget_expired() == 1
    assert ProvisioningJob.objects.get() == job


@pytest.mark.django_db(transaction=True)
def test_the_same_key_sent_at_once_makes_one_job(admin: Principal, folders: Path) -> None:
    made: list[UUID] = []
    gate = threading.Barrier(6)

    def send() -> None:
        gate.wait()
        job = services.request_create(
            admin,
            provider="folders",
            spec=Spec(name="sales"),
            idempotency=Idempotency(key="k1", route="create", body={}),
        )
        made.append(job.id)
        connections.close_all()

    senders = [threading.Thread(target=send) for _ in range(6)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert len(made) == 6
    assert len(set(made)) == 1


def test_an_ended_job_is_not_cancelled_and_a_running_one_not_retried(admin: Principal, folders: Path) -> None:
    job = ask(admin)
    with pytest.raises(IllegalTransition):
        services.retry(admin, job.id)
    run(job)
    with pytest.raises(IllegalTransition):
        services.cancel(admin, job.id)


def test_extra_resources_come_last_and_go_first(
    admin: Principal, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.provisioning.extra import Dashboards

    monkeypatch.setattr(EXTRA_RESOURCES, "_entries", {"dashboards": Dashboards(folders)})

    job = run(ask(admin))
    assert "dashboard" in things(folders)
    assert queries.progress(job)[-1].name.endswith("-dashboard")

    destroy = run(services.request_destroy(admin, job.warehouse_id))
    assert things(folders) == set()
    assert queries.progress(destroy)[0].name.endswith("-dashboard")
