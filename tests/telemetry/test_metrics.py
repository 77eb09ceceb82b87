"""Metrics come from the database, so that every process answers the same."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from oneclick.job_queue.wake import wake
from oneclick.provisioning import states
from oneclick.provisioning.models import JobKind, JobState, ProvisioningJob
from oneclick.telemetry.metrics import SOURCES
from tests.provisioning.conftest import make_job  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db

MakeJob = Callable[..., ProvisioningJob]


@pytest.fixture(autouse=True)
def _empty_queue(db: None) -> None:
    """Tests that commit leave wake-ups behind: the queue's tables aren't Django's to empty."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def sample(client: Client, name: str, **labels: str) -> float | None:
    text = client.get("/metrics").content.decode()
    for family in text_string_to_metric_families(text):
        for found in family.samples:
            if found.name == name and labels.items() <= found.labels.items():
                return found.value
    return None


def ended(make_job: MakeJob, seconds: float) -> ProvisioningJob:  # noqa: F811 - the fixture's name
    job = make_job(JobState.RUNNING, JobKind.CREATE)
    states.move(job, JobState.SUCCESS, finished_at=job.created_at + timedelta(seconds=seconds))
    return job


def fail(job: ProvisioningJob, code: str) -> None:
    states.move(job, JobState.FAILED, detail={"error_code": code})


def test_durations_are_a_histogram_by_provider_and_kind(client: Client, make_job: MakeJob) -> None:  # noqa: F811 - the fixture's name
    for seconds in (0.3, 0.5, 7.0, 4000.0):
        ended(make_job, seconds)
    name = "oneclick_job_duration_seconds"

    assert sample(client, f"{name}_count", provider="local", kind="create") == 4
    assert sample(client, f"{name}_sum", provider="local", kind="create") == pytest.approx(4007.8)
    assert sample(client, f"{name}_bucket", le="0.25") == 0
    assert sample(client, f"{name}_bucket", le="0.5") == 2
    assert sample(client, f"{name}_bucket", le="10.0") == 3
    assert sample(client, f"{name}_bucket", le="3600.0") == 3
    assert sample(client, f"{name}_bucket", le="+Inf") == 4


def test_each_failure_counts_even_after_a_retry_worked(client: Client, make_job: MakeJob) -> None:  # noqa: F811 - the fixture's name
    job = make_job(JobState.RUNNING)
    for code in ("throttled", "throttled", "permission_denied"):
        fail(job, code)
        states.move(job, JobState.PENDING)
        states.move(job, JobState.RUNNING)

    assert sample(client, "oneclick_job_failures_total", code="throttled") == 2
    assert sample(client, "oneclick_job_failures_total", code="permission_denied") == 1
    assert sample(client, "oneclick_jobs", state="failed") is None
    assert sample(client, "oneclick_jobs", state="running") == 1


def test_jobs_are_counted_where_they_stand(client: Client, make_job: MakeJob) -> None:  # noqa: F811 - the fixture's name
    ended(make_job, 1)
    for _ in range(2):
        fail(make_job(JobState.RUNNING), "throttled")
    make_job(JobState.WAITING)

    assert sample(client, "oneclick_jobs", state="success", provider="local", kind="create") == 1
    assert sample(client, "oneclick_jobs", state="failed") == 2
    assert sample(client, "oneclick_jobs", state="waiting") == 1


def test_who_loses_the_race_for_a_state_counts_nothing(client: Client, make_job: MakeJob) -> None:  # noqa: F811 - the fixture's name
    job = make_job(JobState.RUNNING)
    twin = ProvisioningJob.objects.get(id=job.id)

    assert states.move(job, JobState.SUCCESS)
    assert not states.move(twin, JobState.SUCCESS)

    assert sample(client, "oneclick_jobs", state="success") == 1


def test_retries_are_told_from_plain_waiting(client: Client, make_job: MakeJob) -> None:  # noqa: F811 - the fixture's name
    states.move(make_job(JobState.RUNNING), JobState.WAITING, detail={"retry": 1, "code": "throttled"})
    states.move(make_job(JobState.RUNNING), JobState.WAITING, detail={"resource_kind": "table"})

    assert sample(client, "oneclick_job_retries_total", code="throttled") == 1
    assert sample(client, "oneclick_job_retries_total", code="unknown") is None


def test_a_scrape_reads_neither_events_nor_ended_jobs(client: Client, make_job: MakeJob) -> None:  # noqa: F811 - the fixture's name
    ended(make_job, 1)
    with CaptureQueriesContext(connection) as captured:
        client.get("/metrics")

    asked = [query["sql"] for query in captured.captured_queries]
    assert any("provisioning_jobtally" in sql for sql in asked)
    assert not any("provisioning_jobevent" in sql for sql in asked)
    of_jobs = [sql for sql in asked if 'FROM "provisioning_provisioningjob"' in sql]
    assert of_jobs
    assert all("IN ('pending', 'running', 'waiting')" in sql for sql in of_jobs)


def test_the_queue_tells_its_depth_and_the_age_of_its_oldest(client: Client) -> None:
    wake("provisioning.drive", job_id="x")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = at - interval '90 seconds'")

    assert sample(client, "oneclick_queue_depth", queue="default", state="due") == 1
    assert sample(client, "oneclick_queue_oldest_due_seconds", queue="default") == pytest.approx(90, abs=5)


def test_an_empty_queue_says_nought(client: Client) -> None:
    assert sample(client, "oneclick_queue_depth", queue="default", state="due") == 0
    assert sample(client, "oneclick_queue_oldest_due_seconds", queue="default") == 0


def test_no_tenant_is_named(client: Client, make_job: MakeJob) -> None:  # noqa: F811 - the fixture's name
    job = ended(make_job, 1)

    text = client.get("/metrics").content.decode()

    assert "local" in text
    for private in (job.organisation.name, job.warehouse.name, str(job.organisation_id), str(job.id), job.asked_by):
        assert f'"{private}"' not in text


def test_a_source_that_fails_is_left_out_and_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def collect(self) -> Iterable[object]:
            raise RuntimeError("broken on purpose")

    monkeypatch.setitem(SOURCES._entries, "broken", Broken())

    assert sample(client, "oneclick_metrics_source_up", source="broken") == 0
    assert sample(client, "oneclick_metrics_source_up", source="provisioning") == 1
