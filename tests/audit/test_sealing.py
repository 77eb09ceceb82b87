import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connections, transaction
from pytest_django import Settings

from oneclick.audit.errors import WrongAuditKey
from oneclick.audit.models import AuditQueueEntry, AuditSeal
from oneclick.audit.sealing import seal, seal_all
from oneclick.audit.services import record
from oneclick.audit.verification import verify
from oneclick.core.ids import new_id
from oneclick.core.secrets import SecretText
from tests.audit.conftest import Write

WRITERS = 800


def links(organisation_id: UUID) -> list[AuditSeal]:
    return list(AuditSeal.objects.filter(chain=organisation_id).order_by("seq"))


@pytest.mark.django_db
def test_it_chains_the_events_of_each_organisation_apart(write: Write, organisation_id: UUID) -> None:
    other = new_id()
    mine = [write(1), write(2)]
    theirs = [write(1, organisation=other)]
    mine.append(write(3))

    seal_all()

    assert [(link.seq, link.event_id) for link in links(organisation_id)] == [
        (number, event.id) for number, event in enumerate(mine, start=1)
    ]
    assert [link.event_id for link in links(other)] == [event.id for event in theirs]
    first, second, third = links(organisation_id)
    assert bytes(first.previous_mac) == bytes(32)
    assert (bytes(second.previous_mac), bytes(third.previous_mac)) == (bytes(first.mac), bytes(second.mac))


@pytest.mark.django_db
def test_a_later_pass_continues_the_chain_and_an_idle_one_does_nothing(write: Write, organisation_id: UUID) -> None:
    write(1)
    seal_all()
    assert seal_all() == 0
    write(2)

    assert seal_all() == 1

    assert [link.seq for link in links(organisation_id)] == [1, 2]


@pytest.mark.django_db
def test_it_seals_in_batches(write: Write, organisation_id: UUID) -> None:
    seal_all()
    for number in range(5):
        write(number)

    assert [seal(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert [link.seq for link in links(organisation_id)] == [1, 2, 3, 4, 5]


@pytest.mark.django_db
def test_another_key_does_not_continue_the_chain(write: Write, settings: Settings, organisation_id: UUID) -> None:
    write(1)
    seal_all()
    write(2)
    settings.ONECLICK_AUDIT_KEY = SecretText(b64encode(b"x" * 32).decode())

    with pytest.raises(WrongAuditKey) as caught:
        seal_all()
    with pytest.raises(WrongAuditKey):
        verify()

    assert caught.value.code == "wrong_audit_key"
    assert len(links(organisation_id)) == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_whose_transaction_commits_late_is_sealed_then(write: Write, organisation_id: UUID) -> None:
    started, go_on = threading.Event(), threading.Event()

    def late() -> None:
        with transaction.atomic():
            record(organisation_id=organisation_id, actor="user:late", action="thing.made")
            started.set()
            go_on.wait(10)
        connections.close_all()

    writer = threading.Thread(target=late)
    writer.start()
    started.wait(10)
    after = write(2)
    seal_all()
    assert [link.event_id for link in links(organisation_id)] == [after.id]
    go_on.set()
    writer.join()

    assert seal_all() == 1

    assert len(links(organisation_id)) == 2
    assert verify().is_whole


@pytest.mark.django_db(transaction=True)
def test_800_concurrent_writers_make_no_fork(organisation_id: UUID) -> None:
    done = threading.Event()

    def write(number: int) -> None:
        with transaction.atomic():
            record(organisation_id=organisation_id, actor=f"user:{number}", action="thing.made")
        connections.close_all()

    def keep_sealing() -> None:
        while not done.is_set():
            seal()
        connections.close_all()

    sealers = [threading.Thread(target=keep_sealing) for _ in range(4)]
    for sealer in sealers:
        sealer.start()
    try:
        with ThreadPoolExecutor(WRITERS) as writers:
            list(writers.map(write, range(WRITERS)))
    finally:
        done.set()
        for sealer in sealers:
            sealer.join()
    seal_all()

    assert [link.seq for link in links(organisation_id)] == list(range(1, WRITERS + 1))
    assert len({link.event_id for link in links(organisation_id)}) == WRITERS
    assert not AuditQueueEntry.objects.exists()
    assert verify().is_whole
