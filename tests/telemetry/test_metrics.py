"""Metrics are computed from the database, so that every process answers the same."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from oneclick.job_queue.wake import wake
from oneclick.provisioning.models import JobEvent, JobKind, JobState, ProvisioningJob
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
    job = make_job(JobState.SUCCESS, JobKind.CREATE)
    job.finished_at = job.created_at + timedelta(seconds=seconds)
    job.save()
    return job


def test_durations_are_a_histogram_by_provider_and_kind(client: Client, make_job: MakeJob) -> None:  # noqa: F811 - the fixture's name
    for seconds in (0.3, 0.4, 7.0):
        ended(make_job, seconds)
    name = "oneclick_job_duration_seconds"

    assert sample(client, f"{name}_count", provider="local", kind="create") == 3
    assert sample(client, f"{name}_sum", provider="local", kind="create") == pytest.approx(7.7)
    assert sample(client, f"{name}_bucket", le="0.25") == 0
    assert sample(client, f"{name}_bucket", le="0.5") == 2
    assert sample(client, f"{name}_bucket", le="10.0") == 3
    assert sample(client, f"{name}_bucket", le="+Inf") == 3


def test_each_failure_counts_even_after_a_retry_worked(client: Client, make_job: MakeJob) -> None:  # noqa: F811 - the fixture's name
    job = ended(make_job, 1)
    for number, code in enumerate(("throttled", "throttled", "permission_denied"), start=1):
        JobEvent.objects.create(job=job, sequence=number, kind="state", state="failed", detail={"error_code": code})

    assert sample(client, "oneclick_job_failures_total", code="throttled") == 2
    assert sample(client, "oneclick_job_failures_total", code="permission_denied") == 1


def test_retries_are_told_from_plain_waiting(client: Client, make_job: MakeJob) -> None:  # noqa: F811 - the fixture's name
    job = make_job(JobState.WAITING)
    JobEvent.objects.create(
        job=job, sequence=1, kind="state", state="waiting", detail={"retry": 1, "code": "throttled"}
    )
    JobEvent.objects.create(job=job, sequence=2, kind="state", state="waiting", detail={"resource_kind": "table"})

    assert sample(client, "oneclick_job_retries_total", code="throttled") == 1
    assert sample(client, "oneclick_job_retries_total", code="unknown") is None


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
