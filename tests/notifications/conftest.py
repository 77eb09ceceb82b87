"""A mail server, and jobs that end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from oneclick.accounts.roles import Principal
from oneclick.provisioning import states
from oneclick.provisioning.models import JobKind, JobState, ProvisioningJob
from oneclick.warehouses.models import Warehouse
from tests.cast import Cast
from tests.notifications.post_office import PostOffice, open_post_office

End = Callable[..., ProvisioningJob]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as opened:
        yield opened


@pytest.fixture
def warehouse(cast: Cast) -> Warehouse:
    return Warehouse.objects.create(
        organisation=cast.organisation, provider="local", name="sales", spec={"name": "sales"}
    )


@pytest.fixture
def end(cast: Cast, warehouse: Warehouse) -> End:
    """Lets a job of somebody's end so."""

    def come_to_an_end(
        asker: Principal | str,
        kind: JobKind = JobKind.CREATE,
        state: JobState = JobState.SUCCESS,
        *,
        result: dict[str, Any] | None = None,
        **changes: str,
    ) -> ProvisioningJob:
        job = ProvisioningJob.objects.create(
            organisation=cast.organisation, warehouse=warehouse, kind=kind, state=JobState.RUNNING,
            asked_by=asker if isinstance(asker, str) else asker.label, asked_role="admin",
            correlation_id="0123456789abcdef", result=result or {},
        )  # fmt: skip
        assert states.move(job, state, **changes)
        return job

    return come_to_an_end
