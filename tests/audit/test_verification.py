from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from oneclick.audit import witness
from oneclick.audit.models import AuditEvent, AuditHead, AuditSeal
from oneclick.audit.sealing import seal_all
from oneclick.audit.verification import Break, Damage, accept_ends, verify
from oneclick.core.ids import new_id
from tests.audit.conftest import Write

pytestmark = pytest.mark.django_db
Tamper = Callable[..., int]


@pytest.fixture
def log(write: Write) -> list[AuditEvent]:
    events = [write(number) for number in range(1, 6)]
    seal_all()
    return events


def the_break(organisation_id: UUID) -> Break:
    found = [each for each in verify().breaks if each.chain == organisation_id]
    assert len(found) == 1
    return found[0]


def test_an_untouched_log_is_whole(log: list[AuditEvent], organisation_id: UUID) -> None:
    found = verify()

    assert found.is_whole
    assert found.links >= 5
    assert (found.waiting, found.waiting_since) == (0, None)


def test_events_that_wait_are_counted(log: list[AuditEvent], write: Write) -> None:
    event = write(6)

    found = verify()

    assert found.is_whole
    assert (found.waiting, found.waiting_since) == (1, event.at)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "user:2"),
        ("action", "thing.left"),
        ("target_id", "4"),
        ("detail", '{"number": 3, "price": 1.10000000000000000001, "text": "ü"}'),
        ("correlation_id", "forged"),
        ("address", "192.0.2.1"),
    ],
)
def test_it_names_a_changed_event(
    log: list[AuditEvent], organisation_id: UUID, tamper: Tamper, column: str, value: str
) -> None:
    tamper("audit_event", f"UPDATE audit_event SET {column} = %s WHERE id = %s", value, log[2].id)

    found = the_break(organisation_id)

    assert (found.damage, found.seq, found.event_id) == (Damage.EVENT_CHANGED, 3, log[2].id)
    assert str(log[2].id) in str(found)
    assert "Link 3" in str(found)


def test_it_names_an_event_given_to_another_organisation(
    log: list[AuditEvent], organisation_id: UUID, tamper: Tamper
) -> None:
    tamper("audit_event", "UPDATE audit_event SET organisation_id = %s WHERE id = %s", new_id(), log[1].id)

    assert (the_break(organisation_id).damage, the_break(organisation_id).seq) == (Damage.EVENT_CHANGED, 2)


def test_it_names_an_event_moved_in_time(log: list[AuditEvent], organisation_id: UUID, tamper: Tamper) -> None:
    tamper("audit_event", "UPDATE audit_event SET at = at - interval '1 second' WHERE id = %s", log[1].id)

    assert (the_break(organisation_id).damage, the_break(organisation_id).seq) == (Damage.EVENT_REMOVED, 2)


def test_it_names_a_removed_event(log: list[AuditEvent], organisation_id: UUID, tamper: Tamper) -> None:
    tamper("audit_event", "DELETE FROM audit_event WHERE id IN (%s, %s)", log[3].id, log[4].id)

    found = the_break(organisation_id)

    assert (found.damage, found.seq, found.event_id) == (Damage.EVENT_REMOVED, 4, log[3].id)


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_it_names_a_removed_seal(log: list[AuditEvent], organisation_id: UUID, tamper: Tamper, seq: int) -> None:
    tamper("audit_seal", "DELETE FROM audit_seal WHERE chain = %s AND seq = %s", organisation_id, seq)

    assert (the_break(organisation_id).damage, the_break(organisation_id).seq) == (Damage.SEAL_REMOVED, seq)


def test_it_names_a_seal_whose_digest_was_fitted_to_a_changed_event(
    log: list[AuditEvent], organisation_id: UUID, tamper: Tamper
) -> None:
    from oneclick.audit.stored import links

    tamper("audit_event", "UPDATE audit_event SET actor = 'user:9' WHERE id = %s", log[2].id)
    key_id = AuditSeal.objects.filter(chain=organisation_id).first().key_id  # type: ignore[union-attr]  # the log has seals
    changed = next(event for _, event in links(organisation_id, after=2, key_id=key_id) if event)
    tamper("audit_seal", "UPDATE audit_seal SET digest = %s WHERE event_id = %s", changed.digest, log[2].id)

    assert (the_break(organisation_id).damage, the_break(organisation_id).seq) == (Damage.SEAL_FORGED, 3)


def test_it_names_swapped_seals(log: list[AuditEvent], organisation_id: UUID, tamper: Tamper) -> None:
    tamper(
        "audit_seal",
        "UPDATE audit_seal a SET event_id = b.event_id, event_at = b.event_at, digest = b.digest "
        "FROM audit_seal b WHERE a.chain = %s AND b.chain = a.chain AND a.seq IN (2, 3) AND b.seq = 5 - a.seq",
        organisation_id,
    )

    assert (the_break(organisation_id).damage, the_break(organisation_id).seq) == (Damage.SEAL_FORGED, 2)


def test_it_names_a_second_link_of_the_same_number(log: list[AuditEvent], organisation_id: UUID) -> None:
    twin = AuditSeal.objects.get(chain=organisation_id, seq=4)
    twin.sealed_at += timedelta(microseconds=1)
    AuditSeal.objects.bulk_create([twin])

    assert (the_break(organisation_id).damage, the_break(organisation_id).seq) == (Damage.SEAL_FORGED, 4)


def test_it_names_a_link_forged_onto_the_end(log: list[AuditEvent], organisation_id: UUID, write: Write) -> None:
    last = AuditSeal.objects.get(chain=organisation_id, seq=5)
    AuditSeal.objects.bulk_create([AuditSeal(**{**_columns(last), "seq": 6, "previous_mac": last.mac})])
    AuditHead.objects.filter(chain=organisation_id).update(seq=6)

    assert (the_break(organisation_id).damage, the_break(organisation_id).seq) == (Damage.SEAL_FORGED, 6)


def test_an_event_kept_from_its_seal_is_named(log: list[AuditEvent], organisation_id: UUID, write: Write) -> None:
    event = write(6)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_unsealed WHERE event_id = %s", [event.id])

    found = the_break(organisation_id)

    assert (found.damage, found.event_id) == (Damage.EVENT_UNSEALED, event.id)


def test_an_event_removed_before_its_seal_is_named(log: list[AuditEvent], write: Write, tamper: Tamper) -> None:
    event = write(6)
    tamper("audit_event", "DELETE FROM audit_event WHERE id = %s", event.id)

    assert (Damage.EVENT_REMOVED, event.id) in [(found.damage, found.event_id) for found in verify().breaks]


def test_a_head_set_back_is_named(log: list[AuditEvent], organisation_id: UUID) -> None:
    AuditHead.objects.filter(chain=organisation_id).update(seq=4)

    assert the_break(organisation_id).damage is Damage.HEAD_CHANGED


def test_a_chain_cut_off_at_its_end_is_named_by_the_witness(
    log: list[AuditEvent], organisation_id: UUID, tamper: Tamper
) -> None:
    last = AuditSeal.objects.get(chain=organisation_id, seq=5)
    fourth = AuditSeal.objects.get(chain=organisation_id, seq=4)
    witness.remember([witness.Head(chain=organisation_id, seq=5, mac=bytes(last.mac))])
    tamper("audit_event", "DELETE FROM audit_event WHERE id = %s", log[4].id)
    tamper("audit_seal", "DELETE FROM audit_seal WHERE chain = %s AND seq = 5", organisation_id)
    AuditHead.objects.filter(chain=organisation_id).update(seq=4, mac=fourth.mac)

    try:
        assert (the_break(organisation_id).damage, the_break(organisation_id).seq) == (Damage.CUT_OFF, 5)
    finally:
        witness.forget(organisation_id)
    assert verify().is_whole  # without the witness nobody could know


def test_a_cut_off_chain_stays_named_when_it_grows_again(
    log: list[AuditEvent], organisation_id: UUID, write: Write
) -> None:
    lost = witness.Head(chain=organisation_id, seq=6, mac=b"the sixth link, cut off since   ", continues=5)
    witness.remember([lost])
    for number in (6, 7):
        write(number)
        seal_all()
    seventh = AuditSeal.objects.get(chain=organisation_id, seq=7)
    witness.remember([witness.Head(chain=organisation_id, seq=7, mac=bytes(seventh.mac), continues=5)])

    try:
        assert (the_break(organisation_id).damage, the_break(organisation_id).seq) == (Damage.CUT_OFF, 6)
    finally:
        witness.forget(organisation_id)
    assert verify().is_whole


def test_the_witness_follows_a_chain_that_grows(log: list[AuditEvent], organisation_id: UUID) -> None:
    for seq in (5, 9):
        witness.remember([witness.Head(chain=organisation_id, seq=seq, mac=bytes(32), continues=seq - 1)])

    try:
        assert witness.recall()[organisation_id].seq == 9
    finally:
        witness.forget(organisation_id)


def test_after_a_restored_backup_the_ends_can_be_accepted_and_that_is_written_down(
    log: list[AuditEvent], organisation_id: UUID, tamper: Tamper
) -> None:
    witness.remember([witness.Head(chain=organisation_id, seq=8, mac=bytes(32), continues=7)])
    tamper("audit_event", "UPDATE audit_event SET actor = 'user:2' WHERE id = %s", log[0].id)
    assert the_break(organisation_id).damage is Damage.EVENT_CHANGED
    assert accept_ends(actor="operator:test") == 0
    tamper("audit_event", "UPDATE audit_event SET actor = 'user:1' WHERE id = %s", log[0].id)

    assert accept_ends(actor="operator:test") == 1

    assert verify().is_whole
    assert AuditEvent.objects.get(organisation_id=organisation_id, action="audit.end_accepted").actor == "operator:test"
    assert accept_ends(actor="operator:test") == 0


def test_a_chain_of_which_nothing_is_left_is_named_by_the_witness() -> None:
    gone = new_id()
    witness.remember([witness.Head(chain=gone, seq=7, mac=bytes(32))])

    try:
        assert (the_break(gone).damage, the_break(gone).seq) == (Damage.CUT_OFF, 1)
    finally:
        witness.forget(gone)


def _columns(seal: AuditSeal) -> dict[str, object]:
    return {field.name: getattr(seal, field.name) for field in AuditSeal._meta.fields if field.name != "pk"}
