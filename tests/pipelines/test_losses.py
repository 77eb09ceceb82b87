"""Deleting a warehouse that holds tables: what would be lost is told first, and the name must be typed."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import Client

from oneclick.accounts.roles import Principal, Role
from oneclick.accounts.services import issue_token
from oneclick.pipelines.templates.file_import.services import load_file
from oneclick.provisioning.losses import tables_at_stake
from oneclick.provisioning.models import ProvisioningJob
from oneclick.warehouses import services
from oneclick.warehouses.contract.data_plane import BulkLoad, TableName
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def filled(member: Principal, warehouse: Warehouse, write: Write, tmp_path: Path) -> Warehouse:
    """One table that we loaded and one, later in the alphabet, that somebody made."""
    load_file(member, warehouse.id, write("orders.csv", "a\n1\n2\n3\n"))
    file = tmp_path / "made.parquet"
    duckdb.sql("SELECT * FROM range(1200) t(a)").write_parquet(str(file))
    services.data_plane(warehouse, AccessLevel.WRITE).bulk_load(
        BulkLoad(files=[file], table=TableName(schema="staging", name="notes"), load_id="by hand", fence=1)
    )
    return warehouse


@pytest.fixture
def delete(admin: Principal, filled: Warehouse) -> Any:
    _, token = issue_token(admin, name="t", role=Role.ADMIN, days=1)

    def send(confirm: str = "") -> Any:
        query = f"?confirm={confirm}" if confirm else ""
        return Client(raise_request_exception=False).delete(
            f"/api/warehouses/{filled.id}{query}", headers={"Authorization": f"Bearer {token.reveal()}"}
        )

    return send


def test_tables_that_we_did_not_load_come_first_with_their_rows(filled: Warehouse) -> None:
    told = [(str(lost.table), lost.rows, lost.is_ours) for lost in tables_at_stake(filled)]
    assert told == [("staging.notes", 1200, False), ("raw.orders", 3, True)]


@pytest.mark.parametrize("confirm", ["", "someone-elses"])
def test_rest_asks_for_the_name_and_deletes_nothing(delete: Any, filled: Warehouse, confirm: str) -> None:
    answer = delete(confirm)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "confirmation_needed")
    if not confirm:
        assert "2 tables with 1,203 rows (not loaded by us: staging.notes, 1,200 rows)" in error["message"]
        assert filled.name in error["hint"]
    assert not ProvisioningJob.objects.filter(kind="destroy").exists()


def test_with_its_name_it_is_deleted(delete: Any, filled: Warehouse) -> None:
    assert delete(filled.name).status_code == 202
    assert ProvisioningJob.objects.get(kind="destroy").warehouse_id == filled.id
