"""The one module that changes a job's state.

::

    PENDING ──► RUNNING ⇄ WAITING
       │           ├──► SUCCESS
       │           ├──► FAILED ────► PENDING   (try again)
       └──────────►└──► CANCELLED ─► PENDING   (go on)

Each change is a compare-and-swap, with its event, the notification of it and its count in one transaction.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from oneclick.core.clock import utcnow
from oneclick.provisioning import tallies
from oneclick.provisioning.errors import IllegalTransition
from oneclick.provisioning.models import ENDED, JobState, ProvisioningJob
from oneclick.provisioning.signals import JobEnded, job_ended

LEGAL: Mapping[JobState, frozenset[JobState]] = {
    JobState.PENDING: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.WAITING, JobState.SUCCESS, JobState.FAILED, JobState.CANCELLED}),
    JobState.WAITING: frozenset({JobState.RUNNING}),
    JobState.SUCCESS: frozenset(),
    JobState.FAILED: frozenset({JobState.PENDING}),
    JobState.CANCELLED: frozenset({JobState.PENDING}),
}
CHANNEL = "oneclick_job_events"


def move(job: ProvisioningJob, to: JobState, *, detail: Mapping[str, Any] | None = None, **changes: Any) -> bool:
    """Bring a job from the state it was read in to another one, with other fields if given.

    Returns False when somebody else was faster; raises `IllegalTransition` for what is never possible.
    """
    origin = JobState(job.state)
    if to not in LEGAL[origin]:
        raise IllegalTransition(f"A job that is {origin.label.lower()!r} can't become {to.label.lower()!r}.")
    if to in ENDED:
        changes.setdefault("finished_at", utcnow())
        changes.setdefault("wake_at", None)
    with transaction.atomic():
        moved = ProvisioningJob.objects.filter(id=job.id, state=origin).update(state=to, **changes)
        if not moved:
            return False
        for name, value in {"state": to, **changes}.items():
            setattr(job, name, value)
        append_event(job, "state", state=to, detail=detail or {})
        tallies.count(job, origin, to, detail or {})
        if to in ENDED:
            job_ended.send(
                JobEnded(
                    job_id=job.id,
                    organisation_id=job.organisation_id,
                    warehouse_id=job.warehouse_id,
                    kind=job.kind,
                    state=to,
                )
            )
    return True


def append_event(job: ProvisioningJob, kind: str, *, state: str = "", detail: Mapping[str, Any] | None = None) -> None:
    """Write what happened, numbered within the job, and tell those who listen. Call it inside a transaction."""
    values: dict[str, Any] = {
        "job": job.id,
        "organisation": str(job.organisation_id),
        "kind": kind,
        "state": state,
        "detail": json.dumps(detail or {}, cls=DjangoJSONEncoder),
        "now": utcnow(),
        "channel": CHANNEL,
    }
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, values)


# One statement, because a job writes several events and each round trip is time that somebody waits.
_APPEND = """
WITH job AS (
    UPDATE provisioning_provisioningjob SET last_sequence = last_sequence + 1 WHERE id = %(job)s
    RETURNING id, last_sequence
), event AS (
    INSERT INTO provisioning_jobevent
        (job_id, sequence, kind, state, resource_kind, resource_name, action, detail, created_at)
    SELECT id, last_sequence, %(kind)s, %(state)s, '', '', '', %(detail)s, %(now)s FROM job
    RETURNING job_id, sequence
)
SELECT pg_notify(
    %(channel)s,
    json_build_object('organisation', %(organisation)s::text, 'job', job_id, 'sequence', sequence)::text
) FROM event
"""
