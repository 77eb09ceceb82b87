"""Jobs and warehouses to try transitions on."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oneclick.accounts.models import Organisation
from oneclick.provisioning.models import JobKind, JobState, ProvisioningJob
from oneclick.warehouses import registry
from oneclick.warehouses.models import Warehouse
from tests.provisioning.folders import root_of


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


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> Iterator[Path]:
    """The provider `folders` with an empty account, whose folder this is."""
    monkeypatch.setitem(registry.BUILT_IN, "folders", "tests.provisioning.folders:FolderAdapter")
    registry._locations.cache_clear()
    settings.HOME = tmp_path
    yield root_of(tmp_path)
    registry._locations.cache_clear()
