"""Updates that nobody will wake: their wake-up or their worker was lost."""

import shutil
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from oneclick.job_queue.wake import wake
from oneclick.pipelines.models import UNFINISHED_RUNS, FlowRun
from oneclick.pipelines.scheduling import DRIVE

OVERDUE_S = 5.0

_OVERDUE = """
SELECT run.id FROM pipelines_flowrun run JOIN pipelines_dataflow flow ON flow.id = run.flow_id
WHERE run.state IN ('pending', 'running', 'waiting')
  AND (run.wake_at IS NULL OR run.wake_at < clock_timestamp() - make_interval(secs => %s))
  AND (flow.lease_holder = '' OR flow.lease_until < clock_timestamp())
  AND NOT EXISTS (
    SELECT 1 FROM procrastinate_jobs queued
    WHERE queued.task_name = %s AND queued.status = 'todo' AND queued.args ->> 'run_id' = run.id::text
      AND (queued.scheduled_at IS NULL OR queued.scheduled_at <= now() + interval '1 second'))
ORDER BY run.id LIMIT 500
"""


def sweep() -> int:
    """Wake each unfinished update that is due, that nobody drives and that no wake-up is queued for."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_OVERDUE, [OVERDUE_S, DRIVE])
            overdue = [row[0] for row in cursor.fetchall()]
        for run_id in overdue:
            wake(DRIVE, run_id=str(run_id))
    return len(overdue)


def remove_folders() -> int:
    """Remove the folders of updates that have ended: a worker that was killed at the end left them."""
    root = Path(settings.HOME) / "runs"
    folders = {folder.name: folder for folder in root.iterdir()} if root.is_dir() else {}
    ids = [name for name in folders if _is_id(name)]
    unfinished = set(
        map(str, FlowRun.objects.filter(id__in=ids, state__in=UNFINISHED_RUNS).values_list("id", flat=True))
    )
    gone = set(ids) - unfinished
    for name in gone:
        shutil.rmtree(folders[name], ignore_errors=True)
    return len(gone)


def _is_id(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True
