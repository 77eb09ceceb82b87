from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from pytest_django import Settings

from oneclick.audit import tasks
from oneclick.audit.errors import AuditBroken, AuditError, AuditNotSealed
from oneclick.audit.models import AuditAnchor, AuditEvent
from oneclick.audit.partitions import add_months, ensure_partitions, months
from oneclick.audit.retention import prune
from oneclick.audit.sealing import seal_all
from oneclick.audit.verification import Damage, verify
from oneclick.core.clock import utcnow
from oneclick.core.ids import new_id
from tests.audit.conftest import Write

pytestmark = pytest.mark.django_db
TODAY = utcnow().date()
OLD = add_months(TODAY, -3)


def write_old(organisation_id: UUID, month: date = OLD) -> UUID:
    event_id = new_id()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event VALUES (%s, %s, %s, 'user:1', 'thing.made', '', '', '{}', '')",
            [event_id, datetime(month.year, month.month, 12, tzinfo=UTC), organisation_id],
        )
    return event_id


@pytest.fixture
def old_log(organisation_id: UUID, write: Write, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Two events of three months ago, sealed then, and one of today."""
    for month in (OLD, add_months(OLD, 1)):
        ensure_partitions(month)
    monkeypatch.setattr("oneclick.audit.sealing.utcnow", lambda: datetime(OLD.year, OLD.month, 13, tzinfo=UTC))
    events = [write_old(organisation_id), write_old(organisation_id)]
    _seal_alone(events)
    monkeypatch.undo()
    events.append(write(3).id)
    seal_all()
    return events


def _seal_alone(events: list[UUID]) -> None:
    """Only these: whatever else waits keeps today's time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE parked ON COMMIT DROP AS SELECT * FROM audit_unsealed WHERE event_id <> ALL(%s)",
            [events],
        )
        cursor.execute("DELETE FROM audit_unsealed WHERE event_id <> ALL(%s)", [events])
        seal_all()
        cursor.execute("INSERT INTO audit_unsealed SELECT * FROM parked")


def test_it_drops_old_months_and_verifies_from_the_anchor(old_log: list[UUID], organisation_id: UUID) -> None:
    dropped = prune(1, actor="operator:test")

    assert OLD in [each.month for each in dropped]
    assert OLD not in months()
    assert list(AuditEvent.objects.filter(id__in=old_log).values_list("id", flat=True)) == old_log[2:]
    assert AuditAnchor.objects.filter(chain=organisation_id).order_by("-events_from")[0].seq == 2
    assert verify().is_whole
    seal_all()
    assert verify().is_whole


def test_it_writes_down_who_dropped_what(old_log: list[UUID]) -> None:
    prune(1, actor="operator:test")

    event = AuditEvent.objects.get(action="audit.pruned", target_id=f"{OLD:%Y-%m}")
    assert (event.actor, event.detail) == ("operator:test", {"events": 2})


def test_it_keeps_the_months_asked_for(old_log: list[UUID]) -> None:
    assert prune(3, actor="operator:test") == []
    assert verify().is_whole


def test_the_current_month_is_never_dropped() -> None:
    with pytest.raises(AuditError):
        prune(0, actor="operator:test")


def test_an_event_sealed_in_a_later_month_may_go_while_its_seal_stays(write: Write, organisation_id: UUID) -> None:
    ensure_partitions(OLD)
    write_old(organisation_id)
    write(2)
    seal_all()

    prune(1, actor="operator:test")

    assert verify().is_whole


def test_a_broken_log_is_not_pruned(old_log: list[UUID], organisation_id: UUID, tamper: Callable[..., int]) -> None:
    tamper("audit_event", "UPDATE audit_event SET actor = 'user:2' WHERE id = %s", old_log[0])

    with pytest.raises(AuditBroken):
        prune(1, actor="operator:test")

    assert OLD in months()


def test_a_month_with_unsealed_events_is_not_dropped(old_log: list[UUID], organisation_id: UUID) -> None:
    write_old(organisation_id)

    with pytest.raises(AuditNotSealed):
        prune(1, actor="operator:test")

    assert OLD in months()


@pytest.mark.parametrize("change", ["seq = seq + 1", "events_from = events_from + interval '1 day'", "mac = '\\x00'"])
def test_a_forged_anchor_is_named(
    old_log: list[UUID], organisation_id: UUID, tamper: Callable[..., int], change: str
) -> None:
    prune(1, actor="operator:test")
    tamper("audit_anchor", f"UPDATE audit_anchor SET {change} WHERE chain = %s", organisation_id)

    assert Damage.ANCHOR_FORGED in [each.damage for each in verify().breaks if each.chain == organisation_id]


def test_a_removed_anchor_is_named(old_log: list[UUID], organisation_id: UUID, tamper: Callable[..., int]) -> None:
    prune(1, actor="operator:test")
    tamper("audit_anchor", "DELETE FROM audit_anchor WHERE chain = %s", organisation_id)

    found = next(each for each in verify().breaks if each.chain == organisation_id)
    assert (found.damage, found.seq) == (Damage.SEAL_REMOVED, 1)


def test_rows_that_came_before_their_partition_move_into_it(organisation_id: UUID) -> None:
    month = add_months(TODAY, 30)
    event_id = write_old(organisation_id, month)
    seal_all()
    assert _home_of(event_id).endswith("_default") is False
    assert _home_of(event_id) == f"audit_event_{month:%Y_%m}"
    assert verify().is_whole


def test_partitions_are_made_ahead_once() -> None:
    ensure_partitions(TODAY)

    assert ensure_partitions(TODAY) == 0
    assert {add_months(TODAY, ahead) for ahead in range(3)} <= set(months())


def _home_of(event_id: UUID) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM audit_event WHERE id = %s", [event_id])
        return str(cursor.fetchone()[0])


def test_without_the_setting_no_month_is_dropped_by_itself(old_log: list[UUID], settings: Settings) -> None:
    assert settings.ONECLICK_AUDIT_KEEP_MONTHS is None

    tasks.drop_old_months(timestamp=0)

    assert OLD in months()


def test_with_the_setting_old_months_go_by_themselves_and_their_anchors_stay(
    old_log: list[UUID], organisation_id: UUID, settings: Settings
) -> None:
    assert "audit.drop_old_months" in app.tasks
    settings.ONECLICK_AUDIT_KEEP_MONTHS = 1

    tasks.drop_old_months(timestamp=0)
    tasks.drop_old_months(timestamp=86400)

    assert OLD not in months()
    assert AuditAnchor.objects.filter(chain=organisation_id).order_by("-events_from")[0].seq == 2
    assert AuditEvent.objects.get(action="audit.pruned", target_id=f"{OLD:%Y-%m}").actor == "system:retention"
    assert verify().is_whole


def test_a_refusal_is_logged_and_the_task_does_not_fail(
    old_log: list[UUID],
    tamper: Callable[..., int],
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tamper("audit_event", "UPDATE audit_event SET actor = 'user:2' WHERE id = %s", old_log[0])
    settings.ONECLICK_AUDIT_KEEP_MONTHS = 1

    tasks.drop_old_months(timestamp=0)

    assert "audit_broken" in caplog.text + capsys.readouterr().out
    assert OLD in months()
