"""Jobs that nobody will wake: their wake-up or their worker was lost."""

from django.db import connection, transaction

from oneclick.job_queue.wake import wake
from oneclick.provisioning.engine import DRIVE

OVERDUE_S = 5.0

_OVERDUE = """
SELECT job.id FROM provisioning_provisioningjob job
JOIN warehouses_warehouse warehouse ON warehouse.id = job.warehouse_id
WHERE job.state IN ('pending', 'running', 'waiting')
  AND (job.wake_at IS NULL OR job.wake_at < clock_timestamp() - make_interval(secs => %s))
  AND (warehouse.lease_holder = '' OR warehouse.lease_until < clock_timestamp())
  AND NOT EXISTS (
    SELECT 1 FROM provisioning_provisioningjob older
    WHERE older.warehouse_id = job.warehouse_id AND older.id < job.id
      AND older.state IN ('pending', 'running', 'waiting'))
  AND NOT EXISTS (
    SELECT 1 FROM procrastinate_jobs queued
    WHERE queued.task_name = %s AND queued.status = 'todo' AND queued.args ->> 'job_id' = job.id::text
      AND (queued.scheduled_at IS NULL OR queued.scheduled_at <= now() + interval '1 second'))
ORDER BY job.id LIMIT 500
"""


def sweep() -> int:
    """Wake each unfinished job that is due, whose warehouse nobody holds and that no wake-up is queued for."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_OVERDUE, [OVERDUE_S, DRIVE])
            overdue = [row[0] for row in cursor.fetchall()]
        for job_id in overdue:
            wake(DRIVE, job_id=str(job_id))
    return len(overdue)
