"""Write the schema of this version, with rows in it, for the tests of later ones:

    python -m tests.migrations.release 0.1.0

Run it when a version is released, and never again for that version.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

RELEASED = Path(__file__).with_name("released")


def main(version: str) -> None:
    from oneclick.stack.postgres import EmbeddedPostgres
    from tests.migrations.databases import AUDIT_KEY, MASTER_KEY

    home = Path(tempfile.mkdtemp(prefix="oneclick-release-", dir="/tmp"))
    home.chmod(0o755)
    server = EmbeddedPostgres(home)
    try:
        server.start()
        os.environ |= {
            "ONECLICK_HOME": str(home),
            "ONECLICK_MASTER_KEY": MASTER_KEY,
            "ONECLICK_AUDIT_KEY": AUDIT_KEY,
            "DJANGO_SETTINGS_MODULE": "oneclick.project.settings",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        write_rows()
        (RELEASED / f"{version}.sql").write_text(_dump(server.url()), encoding="utf-8")
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def write_rows() -> None:
    """At least one row in every table of ours, through the services where there are any."""
    from django.db import transaction

    from oneclick.accounts.models import Organisation
    from oneclick.accounts.services import installation_id, issue_token, operator_principal
    from oneclick.audit.chain import audit_key
    from oneclick.audit.models import AuditAnchor
    from oneclick.audit.sealing import seal_all
    from oneclick.audit.services import record
    from oneclick.core.clock import utcnow
    from oneclick.core.secrets import SecretText
    from oneclick.demo.seed import sow
    from oneclick.secret_store import services as secret_store

    sow(actor="operator:release")
    installation_id()
    organisation = Organisation.objects.order_by("id")[0]
    from oneclick.accounts.roles import Role

    issue_token(operator_principal(organisation), name="release", role=Role.READER, days=1)
    secret_store.store().put_if_absent(
        SecretText("kept"), organisation_id=organisation.id, owner="warehouse:release", name="login-read-1"
    )
    with transaction.atomic():
        _write_jobs(organisation, utcnow() + timedelta(days=1))
    seal_all()
    AuditAnchor.objects.create(
        **_anchor(organisation.id, audit_key()),
        key_id=audit_key().id,
    )
    record(organisation_id=organisation.id, actor="operator:release", action="release.waiting")


def _anchor(chain: Any, key: Any) -> dict[str, Any]:
    """One that drops nothing, as if a month without events had been dropped."""
    from datetime import UTC, datetime

    from oneclick.audit.chain import Anchor

    return vars(key.sign(Anchor(chain=chain, events_from=datetime(2020, 1, 1, tzinfo=UTC))))


def _write_jobs(organisation: Any, later: Any) -> None:
    from oneclick.core.clock import utcnow
    from oneclick.pipelines.models import (
        ConnectorInstallation,
        DataFlow,
        FileLoad,
        FlowRun,
        LoadedTable,
        RunState,
        StreamRun,
        StreamState,
        Upload,
    )
    from oneclick.provisioning.models import (
        IdempotencyKey,
        JobEvent,
        JobKind,
        JobState,
        ProvisioningJob,
        ResourceRecord,
        ResourceState,
    )
    from oneclick.queries.models import QueryHistory
    from oneclick.warehouses.models import Warehouse, WarehouseState

    warehouse = Warehouse.objects.create(
        organisation=organisation,
        provider="local",
        name="sales",
        state=WarehouseState.ACTIVE,
        spec={"name": "sales"},
        logins=[["write", 1], ["read", 1]],
        current_logins={"write": 1, "read": 1},
        ready_at=utcnow(),
    )
    job = ProvisioningJob.objects.create(
        organisation=organisation,
        warehouse=warehouse,
        kind=JobKind.CREATE,
        state=JobState.SUCCESS,
        asked_by="operator:release",
        asked_role="admin",
        correlation_id="0" * 32,
        last_sequence=1,
        finished_at=utcnow(),
    )
    JobEvent.objects.create(job=job, sequence=1, kind="state", state=JobState.SUCCESS)
    ResourceRecord.objects.create(
        warehouse=warehouse,
        job=job,
        kind="database",
        name="x",
        state=ResourceState.PRESENT,
        fence=1,
        intent_at=utcnow(),
    )
    IdempotencyKey.objects.create(
        organisation=organisation, asked_by="operator:release", route="r", key="k", body_digest="0", job=job,
        expires_at=later,
    )  # fmt: skip
    QueryHistory.objects.create(
        organisation=organisation, warehouse=warehouse, asked_by="operator:release", sql="SELECT 1", must_end_by=later
    )
    of_sales = {"organisation": organisation, "warehouse": warehouse, "schema": "raw", "name": "orders"}
    LoadedTable.objects.create(**of_sales, rows=3)
    flow = DataFlow.objects.create(
        organisation=organisation, warehouse=warehouse, template="database_clone", name="shop", is_draft=False,
        config={"host": "db.example"}, streams=[{"stream": "public.orders", "table": "orders"}],
        made_by="operator:release",
    )  # fmt: skip
    ConnectorInstallation.objects.create(
        organisation=organisation, name="faker", version="7.2.1", asked_by="operator:release"
    )
    StreamState.objects.create(flow=flow, stream="public.orders", rows=3, changed_at=utcnow())
    run = FlowRun.objects.create(
        organisation=organisation, flow=flow, state=RunState.DONE, asked_by="operator:release", trigger="hand"
    )
    StreamRun.objects.create(run=run, stream="public.orders", table="raw.orders", rows=3)
    FileLoad.objects.create(
        **of_sales, mode="replace", file_name="orders.csv", digest="0" * 64, asked_by="operator:release"
    )
    Upload.objects.create(
        organisation=organisation, warehouse=warehouse, file_name="orders.csv", size_bytes=9,
        asked_by="operator:release",
    )  # fmt: skip


def _dump(conninfo: str) -> str:
    from django.conf import settings

    from oneclick.stack.binaries import binaries

    said = subprocess.run(
        [binaries(settings.HOME, None) / "pg_dump", "--inserts", "--no-owner", "--no-privileges", "--dbname", conninfo],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return re.sub(r"^(\\(un)?restrict|-- Dumped) .*\n", "", said, flags=re.MULTILINE)


if __name__ == "__main__":
    main(sys.argv[1])
