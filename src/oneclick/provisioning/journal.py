"""The journal of one job: each step written down before it is taken and after it."""

from django.db import transaction

from oneclick.core.clock import utcnow
from oneclick.core.errors import OneClickError
from oneclick.provisioning.lease import Lease
from oneclick.provisioning.models import ProvisioningJob, ResourceRecord, ResourceState
from oneclick.provisioning.states import append_event
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


class CancelAsked(OneClickError):
    """The job was asked to stop."""

    code = "cancelled"


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
        with transaction.atomic():
            self.lease.assert_held()
            if ProvisioningJob.objects.filter(id=self.job.id, cancel_asked_at__isnull=False).exists():
                raise CancelAsked(f"Stopped before {address}.")

    def is_settled(self, address: Address, action: Action) -> bool:
        """Whether this job's present run brought it there before it was interrupted."""
        return (address.kind, address.name, _OUTCOME[action]) in self._settled

    def intent(self, address: Address, action: Action) -> None:
        """Write down what is about to be done."""
        with transaction.atomic():
            self.lease.assert_held()
            self._record(address, _INTENT[action], intent_at=utcnow(), outcome_at=None)
            self._event(address, action, "running")

    def outcome(self, address: Address, action: Action) -> None:
        """Write down what came of it; progress also forgives earlier transient errors."""
        with transaction.atomic():
            self.lease.assert_held()
            now = utcnow()
            fields = {"outcome_at": now} if action in _INTENT else {"outcome_at": now, "intent_at": now}
            self._record(address, _OUTCOME[action], **fields)
            self._event(address, action, "blocked" if action is Action.BLOCKED else "done")
            if self.job.attempt:
                self.job.attempt = 0
                ProvisioningJob.objects.filter(id=self.job.id).update(attempt=0)

    def _record(self, address: Address, state: ResourceState, **fields: object) -> None:
        defaults = {"job": self.job, "state": state, "fence": self.lease.fence, **fields}
        ResourceRecord.objects.update_or_create(
            warehouse_id=self.job.warehouse_id,
            kind=address.kind,
            name=address.name,
            defaults=defaults,
            create_defaults={"intent_at": utcnow(), **defaults},
        )

    def _event(self, address: Address, action: Action, state: str) -> None:
        append_event(
            self.job,
            "resource",
            state=state,
            resource_kind=address.kind,
            resource_name=address.name,
            action=action.value,
        )
