"""The journal of one job: each step written down before it is taken and after it."""

from typing import Any

from django.db import connection

from oneclick.core.clock import utcnow
from oneclick.core.ids import new_id
from oneclick.job_queue.leases import Lease, LeaseLost
from oneclick.provisioning.models import ProvisioningJob, ResourceRecord, ResourceState
from oneclick.provisioning.states import CHANNEL
from oneclick.warehouses.contract.descriptions import Action
from oneclick.warehouses.contract.resources import Address

_INTENT = {
    Action.CREATE: ResourceState.CREATING,
    Action.UPDATE: ResourceState.UPDATING,
    Action.DELETE: ResourceState.DELETING,
}
_OUTCOME = {
    Action.CREATE: ResourceState.PRESENT,
    Action.UPDATE: ResourceState.PRESENT,
    Action.KEEP: ResourceState.PRESENT,
    Action.DELETE: ResourceState.GONE,
    Action.BLOCKED: ResourceState.FOREIGN,
}


class CancelAsked(Exception):
    """The job was asked to stop: it does so here, between two resources."""


class JobJournal:
    """Writes intents and outcomes under the job's lease; a lost lease or an asked cancel stops the job at a border."""

    def __init__(self, job: ProvisioningJob, lease: Lease) -> None:
        self.job = job
        self.lease = lease
        self._settled = {
            (record.kind, record.name, record.state)
            for record in ResourceRecord.objects.filter(job=job, outcome_at__gte=job.started_at)
        }

    def border(self, address: Address) -> None:
        """Stop here if the lease is lost or somebody asked to cancel."""
        with connection.cursor() as cursor:
            cursor.execute(_BORDER, [self.job.id, self.lease.fence, self.lease.holder])
            row = cursor.fetchone()
        if row is None:
            raise LeaseLost
        if row[0] is not None:
            raise CancelAsked(f"Stopped before {address}.")

    def is_settled(self, address: Address, action: Action) -> bool:
        """Whether this job's present run brought it there before it was interrupted."""
        return (address.kind, address.name, _OUTCOME[action]) in self._settled

    def intent(self, address: Address, action: Action) -> None:
        """Write down what is about to be done."""
        self._write(address, action, _INTENT[action], shown="running", is_intent=True, is_outcome=False)

    def outcome(self, address: Address, action: Action) -> None:
        """Write down what came of it; progress also forgives earlier transient errors."""
        shown = "blocked" if action is Action.BLOCKED else "done"
        self._write(address, action, _OUTCOME[action], shown=shown, is_intent=action not in _INTENT, is_outcome=True)
        self.job.attempt = 0

    def _write(
        self, address: Address, action: Action, state: ResourceState, *, shown: str, is_intent: bool, is_outcome: bool
    ) -> None:
        values: dict[str, Any] = {
            "warehouse": self.job.warehouse_id,
            "job": self.job.id,
            "organisation": str(self.job.organisation_id),
            "fence": self.lease.fence,
            "holder": self.lease.holder,
            "record": new_id(),
            "kind": address.kind,
            "name": address.name,
            "state": state.value,
            "shown": shown,
            "action": action.value,
            "now": utcnow(),
            "is_intent": is_intent,
            "is_outcome": is_outcome,
            "channel": CHANNEL,
        }
        with connection.cursor() as cursor:
            cursor.execute(_STEP, values)
            if cursor.fetchone() is None:
                raise LeaseLost


_BORDER = """
SELECT job.cancel_asked_at FROM provisioning_provisioningjob job
JOIN warehouses_warehouse warehouse ON warehouse.id = job.warehouse_id
WHERE job.id = %s AND warehouse.fence = %s AND warehouse.lease_holder = %s
"""

# One statement, so that a step costs one round trip and one flush: the lease checked and held until the commit, the
# inventory written, the event numbered, the listeners told. No row comes back when the lease is lost.
_STEP = """
WITH held AS (
    SELECT id FROM warehouses_warehouse
    WHERE id = %(warehouse)s AND fence = %(fence)s AND lease_holder = %(holder)s FOR NO KEY UPDATE
), job AS (
    UPDATE provisioning_provisioningjob
    SET last_sequence = last_sequence + 1, attempt = CASE WHEN %(is_outcome)s THEN 0 ELSE attempt END
    WHERE id = %(job)s AND EXISTS (SELECT FROM held)
    RETURNING id, last_sequence
), record AS (
    INSERT INTO provisioning_resourcerecord AS known
        (id, warehouse_id, job_id, kind, name, state, fence, intent_at, outcome_at)
    SELECT %(record)s, held.id, %(job)s, %(kind)s, %(name)s, %(state)s, %(fence)s, %(now)s,
        CASE WHEN %(is_outcome)s THEN %(now)s::timestamptz END
    FROM held
    ON CONFLICT (warehouse_id, kind, name) DO UPDATE
    SET job_id = excluded.job_id, state = excluded.state, fence = excluded.fence,
        intent_at = CASE WHEN %(is_intent)s THEN excluded.intent_at ELSE known.intent_at END,
        outcome_at = excluded.outcome_at
), event AS (
    INSERT INTO provisioning_jobevent
        (job_id, sequence, kind, state, resource_kind, resource_name, action, detail, created_at)
    SELECT id, last_sequence, 'resource', %(shown)s, %(kind)s, %(name)s, %(action)s, '{}', %(now)s FROM job
    RETURNING job_id, sequence
)
SELECT pg_notify(
    %(channel)s,
    json_build_object('organisation', %(organisation)s::text, 'job', job_id, 'sequence', sequence)::text
) FROM event
"""
