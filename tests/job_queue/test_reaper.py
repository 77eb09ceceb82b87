"""Wake-ups that a dead worker left behind go back into the queue."""

import asyncio

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from oneclick.job_queue.reaper import STALLED_AFTER_S, revive_stalled
from oneclick.job_queue.wake import wake

pytestmark = pytest.mark.django_db(transaction=True)

TASK = "provisioning.drive"


def worker(silent_for_s: float) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))"
            " RETURNING id",
            [silent_for_s],
        )
        return int(cursor.fetchone()[0])


def take(job_id: str, worker_id: int, *, queueing_lock: str | None = None) -> None:
    """As a worker does that has begun with it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, queueing_lock = %s"
            " WHERE args ->> 'job_id' = %s",
            [worker_id, queueing_lock, job_id],
        )


def statuses() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args ->> 'job_id', status::text FROM procrastinate_jobs")
        return dict(cursor.fetchall())


def revive() -> int:
    async def act() -> int:
        of_a_worker = app.with_connector(app.connector.get_worker_connector())
        async with of_a_worker.open_async():
            return await revive_stalled(of_a_worker.job_manager)

    return asyncio.run(act())


@pytest.fixture(autouse=True)
def _empty_queue(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs; DELETE FROM procrastinate_workers")


def test_what_a_dead_worker_held_is_given_back_and_a_living_ones_is_not() -> None:
    for name in ("of-the-dead", "of-the-living", "waiting"):
        wake(TASK, job_id=name)
    take("of-the-dead", worker(STALLED_AFTER_S + 5))
    take("of-the-living", worker(STALLED_AFTER_S - 5))

    assert revive() == 1
    assert statuses() == {"of-the-dead": "todo", "of-the-living": "doing", "waiting": "todo"}


def test_what_a_forgotten_worker_held_is_given_back_too() -> None:
    wake(TASK, job_id="orphan")
    gone = worker(STALLED_AFTER_S + 5)
    take("orphan", gone)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers WHERE id = %s", [gone])

    assert revive() == 1
    assert statuses() == {"orphan": "todo"}


def test_one_whose_twin_waits_is_ended_and_the_others_are_still_revived() -> None:
    dead = worker(STALLED_AFTER_S + 5)
    for name in ("first", "second"):
        wake(TASK, job_id=name)
    take("first", dead, queueing_lock="once")
    take("second", dead)
    app.configure_task(TASK, queueing_lock="once").defer(job_id="twin")

    assert revive() == 2
    assert statuses() == {"twin": "todo", "second": "todo"}
