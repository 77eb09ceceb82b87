"""The queue in numbers: how deep it is, and how long the oldest wake-up has been due."""

from collections.abc import Iterable

from django.db import connection
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from oneclick.job_queue.wake import QUEUE

_DEPTH = """
    SELECT queue_name,
           count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),
           count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now()),
           count(*) FILTER (WHERE status = 'doing')
    FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
    GROUP BY queue_name
"""
_AGE = """
    SELECT j.queue_name, max(extract(epoch FROM now() - coalesce(j.scheduled_at, e.at)))::float8
    FROM procrastinate_jobs j
    CROSS JOIN LATERAL (SELECT min(at) AS at FROM procrastinate_events WHERE job_id = j.id AND type = 'deferred') e
    WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now()
    GROUP BY j.queue_name
"""


class QueueMetrics:
    """Depth and age of the queue of wake-ups."""

    def collect(self) -> Iterable[Metric]:
        """The metrics as they are now."""
        depth = GaugeMetricFamily("oneclick_queue_depth", "Wake-ups by state.", labels=["queue", "state"])
        age = GaugeMetricFamily(
            "oneclick_queue_oldest_due_seconds", "How long the oldest due wake-up has waited.", labels=["queue"]
        )
        with connection.cursor() as cursor:
            cursor.execute(_DEPTH)
            depths = {QUEUE: (0, 0, 0)} | {queue: numbers for queue, *numbers in cursor.fetchall()}
            for queue, (due, later, running) in depths.items():
                for state, count in (("due", due), ("later", later), ("running", running)):
                    depth.add_metric([queue, state], count)
            cursor.execute(_AGE)
            for queue, seconds in ({QUEUE: 0.0} | dict(cursor.fetchall())).items():
                age.add_metric([queue], seconds or 0.0)
        return [depth, age]
