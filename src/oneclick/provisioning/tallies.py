"""Counting jobs as they change, in the transaction of the change, and reading the numbers."""

import random
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from oneclick.core.clock import utcnow
from oneclick.provisioning.models import ENDED, UNFINISHED, JobState, JobTally, Measure, ProvisioningJob

BUCKETS_S = (0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
"""Upper bounds of durations in seconds. Stored numbers belong to them: changing one needs a migration."""

BEYOND = "+Inf"
STRIPES = 8

_COUNT = """
INSERT INTO provisioning_jobtally AS known (provider, kind, measure, label, stripe, count, seconds)
SELECT provider, %s, %s, %s, %s, %s, %s FROM warehouses_warehouse WHERE id = %s
ON CONFLICT (measure, provider, kind, label, stripe)
DO UPDATE SET count = known.count + excluded.count, seconds = known.seconds + excluded.seconds
"""


def count(job: ProvisioningJob, origin: JobState, to: JobState, detail: Mapping[str, Any]) -> None:
    """Count what a job's change of state says."""
    stripe = random.randrange(STRIPES)  # noqa: S311 - spreads load, guards nothing
    if origin in ENDED:
        _add(job, Measure.ENDED, origin, stripe, by=-1)
    if to in ENDED:
        _add(job, Measure.ENDED, to, stripe)
    if to == JobState.FAILED:
        _add(job, Measure.FAILURE, str(detail.get("error_code", "unknown")), stripe)
    if to == JobState.WAITING and "retry" in detail:
        _add(job, Measure.RETRY, str(detail.get("code", "unknown")), stripe)
    if to == JobState.SUCCESS:
        seconds = ((job.finished_at or utcnow()) - job.created_at).total_seconds()
        _add(job, Measure.DURATION, bucket_of(seconds), stripe, seconds=seconds)


def bucket_of(seconds: float) -> str:
    """The label of the smallest bound that the duration doesn't exceed."""
    at = bisect_left(BUCKETS_S, seconds)
    return str(float(BUCKETS_S[at])) if at < len(BUCKETS_S) else BEYOND


def numbers(measure: Measure) -> Sequence[tuple[str, str, str, int, float]]:
    """Provider, kind, label, count and seconds of everything that a measure counted."""
    rows = JobTally.objects.filter(measure=measure).values_list("provider", "kind", "label")
    return list(rows.annotate(Sum("count"), Sum("seconds")).order_by("provider", "kind", "label"))


def unfinished() -> Sequence[tuple[str, str, str, int]]:
    """Provider, kind, state and number of the jobs that go on: few, and found by an index of their own."""
    rows = ProvisioningJob.objects.filter(state__in=UNFINISHED).values_list("warehouse__provider", "kind", "state")
    return list(rows.annotate(Count("id")).order_by("warehouse__provider", "kind", "state"))


def _add(job: ProvisioningJob, measure: Measure, label: str, stripe: int, *, by: int = 1, seconds: float = 0.0) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [job.kind, measure.value, str(label), stripe, by, seconds, job.warehouse_id])
