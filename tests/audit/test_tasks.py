import threading
from base64 import b64encode

import pytest
from django.db import connection, connections, transaction
from procrastinate.contrib.django import app
from pytest_django import Settings

from oneclick.audit import partitions, tasks
from oneclick.audit.models import AuditQueueEntry
from oneclick.audit.partitions import add_months, ensure_partitions
from oneclick.core.clock import utcnow
from oneclick.core.secrets import SecretText
from tests.audit.conftest import Write


@pytest.mark.django_db
def test_sealing_is_asked_for_every_few_seconds(write: Write) -> None:
    event = write()
    assert "audit.seal" in app.tasks

    tasks.seal(timestamp=0)

    assert not AuditQueueEntry.objects.filter(event_id=event.id).exists()


@pytest.mark.django_db
def test_a_wrong_key_is_logged_and_does_not_fail_the_task(
    write: Write, settings: Settings, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    write(1)
    tasks.seal(timestamp=0)
    event = write(2)
    settings.ONECLICK_AUDIT_KEY = SecretText(b64encode(b"x" * 32).decode())

    tasks.seal(timestamp=5)

    assert "wrong_audit_key" in caplog.text + capsys.readouterr().out
    assert AuditQueueEntry.objects.filter(event_id=event.id).exists()


@pytest.mark.django_db(transaction=True)
def test_a_partition_that_somebody_reads_beside_is_left_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    month = add_months(utcnow().date(), 50)
    monkeypatch.setattr(partitions, "LOCK_PATIENCE", "100ms")
    reading, done = threading.Event(), threading.Event()

    def read() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE audit_event_default IN ACCESS SHARE MODE")
            reading.set()
            done.wait(10)
        connections.close_all()

    reader = threading.Thread(target=read)
    reader.start()
    reading.wait(10)
    try:
        held_back = ensure_partitions(month)
    finally:
        done.set()
        reader.join()

    assert held_back == 3  # those of the seals, which nobody reads
    assert ensure_partitions(month) == 3
    with connection.cursor() as cursor:
        for ahead in range(3):
            for table in partitions.PARTITIONED:
                cursor.execute(f"DROP TABLE {partitions.partition_name(table, add_months(month, ahead))}")
