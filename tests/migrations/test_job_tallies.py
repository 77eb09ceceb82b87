"""The migration that counts the jobs of before says what the jobs and events say."""

import importlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from oneclick.provisioning import states, tallies
from oneclick.provisioning.models import JobState, JobTally, Measure, ProvisioningJob
from tests.provisioning.conftest import make_job  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
migration = importlib.import_module("oneclick.provisioning.migrations.0002_job_tallies")


def test_it_counts_what_the_tallies_would_have(make_job: Callable[..., ProvisioningJob]) -> None:  # noqa: F811 - the fixture's name
    for seconds in (0.25, 0.26, 3, 5000):
        job = make_job(JobState.RUNNING)
        states.move(job, JobState.SUCCESS, finished_at=job.created_at + timedelta(seconds=seconds))
    waiting = make_job(JobState.RUNNING)
    states.move(waiting, JobState.WAITING, detail={"retry": 1, "code": "throttled"})
    states.move(waiting, JobState.RUNNING)
    states.move(waiting, JobState.FAILED, detail={"error_code": "conflict"})
    states.move(waiting, JobState.PENDING)
    states.move(waiting, JobState.CANCELLED)
    kept = {measure: list(tallies.numbers(measure)) for measure in Measure}

    JobTally.objects.all().delete()
    with connection.cursor() as cursor:
        for statement in (
            migration.COUNT_ENDS, migration.COUNT_DURATIONS, migration.COUNT_FAILURES, migration.COUNT_RETRIES,
        ):  # fmt: skip
            cursor.execute(statement)

    kept[Measure.ENDED] = [row for row in kept[Measure.ENDED] if row[3]]
    assert {measure: list(tallies.numbers(measure)) for measure in Measure} == kept
    assert tuple(str(float(bound)) for bound in tallies.BUCKETS_S) == migration.BOUNDS
