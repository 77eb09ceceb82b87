"""Jobs in numbers, computed from their rows and events."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

BUCKETS_S = (0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)

_DURATIONS = """
    SELECT w.provider, j.kind, sum(s.seconds)::float8, count(*),
           {buckets}
    FROM provisioning_provisioningjob j
    JOIN warehouses_warehouse w ON w.id = j.warehouse_id
    CROSS JOIN LATERAL (SELECT extract(epoch FROM j.finished_at - j.created_at) AS seconds) s
    WHERE j.state = 'success'
    GROUP BY w.provider, j.kind
"""
_JOBS = """
    SELECT w.provider, j.kind, j.state, count(*)
    FROM provisioning_provisioningjob j JOIN warehouses_warehouse w ON w.id = j.warehouse_id
    GROUP BY w.provider, j.kind, j.state
"""
_FAILURES = """
    SELECT w.provider, j.kind, coalesce(e.detail ->> 'error_code', 'unknown'), count(*)
    FROM provisioning_jobevent e
    JOIN provisioning_provisioningjob j ON j.id = e.job_id
    JOIN warehouses_warehouse w ON w.id = j.warehouse_id
    WHERE e.state = 'failed' AND e.kind = 'state'
    GROUP BY 1, 2, 3
"""
_RETRIES = """
    SELECT w.provider, j.kind, coalesce(e.detail ->> 'code', 'unknown'), count(*)
    FROM provisioning_jobevent e
    JOIN provisioning_provisioningjob j ON j.id = e.job_id
    JOIN warehouses_warehouse w ON w.id = j.warehouse_id
    WHERE e.state = 'waiting' AND e.kind = 'state' AND e.detail ? 'retry'
    GROUP BY 1, 2, 3
"""


class JobMetrics:
    """Durations, states, failures and retries of jobs, by provider and kind."""

    def collect(self) -> Iterable[Metric]:
        """The metrics as they are now."""
        yield _durations()
        yield _counted(
            GaugeMetricFamily("oneclick_jobs", "Jobs by state.", labels=["provider", "kind", "state"]), _JOBS
        )
        yield _counted(
            CounterMetricFamily(
                "oneclick_job_failures", "Jobs that failed, by error code.", labels=["provider", "kind", "code"]
            ),
            _FAILURES,
        )
        yield _counted(
            CounterMetricFamily(
                "oneclick_job_retries",
                "Further attempts after a transient error, by error code.",
                labels=["provider", "kind", "code"],
            ),
            _RETRIES,
        )


def _durations() -> Metric:
    family = HistogramMetricFamily(
        "oneclick_job_duration_seconds",
        "From the click to success, waiting in the queue included.",
        labels=["provider", "kind"],
    )
    columns = ", ".join(f"count(*) FILTER (WHERE s.seconds <= {bound})" for bound in BUCKETS_S)
    for provider, kind, seconds, count, *within in _rows(_DURATIONS.format(buckets=columns)):
        buckets = [(str(float(bound)), number) for bound, number in zip(BUCKETS_S, within, strict=True)]
        family.add_metric([provider, kind], buckets=[*buckets, ("+Inf", count)], sum_value=seconds)
    return family


def _counted(family: GaugeMetricFamily | CounterMetricFamily, query: str) -> Metric:
    for *labels, count in _rows(query):
        family.add_metric(labels, count)
    return family


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
