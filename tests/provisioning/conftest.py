"""Jobs and warehouses to try transitions on."""

from collections.abc import Callable

import pytest

from oneclick.accounts.models import Organisation
from oneclick.provisioning.models import JobKind, JobState, ProvisioningJob
from oneclick.warehouses.models import Warehouse


@pytest.fixture
def make_job(db: None) -> Callable[..., ProvisioningJob]:
    """Makes a job of a new warehouse, in any state; nobody drives it."""
    organisation = Organisation.objects.create(name="Jobs Ltd")

    def make(state: JobState = JobState.PENDING, kind: JobKind = JobKind.CREATE) -> ProvisioningJob:
        number = Warehouse.objects.count()
        warehouse = Warehouse.objects.create(
            organisation=organisation, provider="local", name=f"w{number}", spec={"name": f"w{number}"}
        )
        return ProvisioningJob.objects.create(
            organisation=organisation,
            warehouse=warehouse,
            kind=kind,
            state=state,
            asked_by="operator:tester",
            asked_role="admin",
            correlation_id="0123456789abcdef",
        )

    return make
