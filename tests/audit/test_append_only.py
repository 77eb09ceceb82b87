import pytest
from django.db import ProgrammingError, connection, transaction

from oneclick.audit.models import AuditEvent
from oneclick.audit.sealing import seal_all
from oneclick.audit.services import record
from oneclick.core.correlation import correlation
from tests.audit.conftest import Write

pytestmark = pytest.mark.django_db


def refused(sql: str) -> None:
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("table", ["audit_event", "audit_seal"])
def test_the_database_refuses_to_change_the_log(write: Write, table: str) -> None:
    write()
    seal_all()

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text FROM {table}")
        partitions = {row[0] for row in cursor.fetchall()}
    assert partitions
    for each in (table, f"{table}_default", *partitions):
        refused(f"TRUNCATE {each}")
    for each in (table, *partitions):
        refused(f"DELETE FROM {each}")
        refused(f"UPDATE {each} SET {'actor' if table == 'audit_event' else 'seq'} = DEFAULT")


def test_a_truncate_of_everything_at_once_is_refused() -> None:
    refused("TRUNCATE audit_anchor CASCADE")
    refused("TRUNCATE accounts_organisation, audit_event CASCADE")


def test_partitions_made_later_are_guarded_too(write: Write) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CALL audit_make_partition('audit_event', '2091-03-01')")
        cursor.execute(
            "INSERT INTO audit_event VALUES (gen_random_uuid(), '2091-03-05', NULL, 'a', 'b', '', '', '{}', '')"
        )

    for sql in ("TRUNCATE audit_event_2091_03", "DELETE FROM audit_event_2091_03", "UPDATE audit_event SET actor = ''"):
        refused(sql)


def test_an_event_carries_the_correlation_id_in_force() -> None:
    with correlation() as correlation_id:
        event = record(organisation_id=None, actor="system:test", action="thing.made")

    assert event.correlation_id == correlation_id


def test_an_event_is_rolled_back_with_its_transaction(write: Write) -> None:
    with transaction.atomic():
        event = write()
        transaction.set_rollback(True)

    assert not AuditEvent.objects.filter(id=event.id).exists()
