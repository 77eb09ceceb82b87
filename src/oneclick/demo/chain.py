"""The chain that the demo shows: a warehouse, a real file in it, figures that agree, a question answered."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oneclick.accounts.roles import Principal
from oneclick.accounts.services import ensure_default_organisation, operator_label, operator_principal
from oneclick.demo.errors import DemoFailed
from oneclick.demo.flows import run_flows
from oneclick.demo.reader import Expectation, Reading
from oneclick.demo.sources import Sources
from oneclick.demo.summary import Stage, Summary
from oneclick.duck.quoting import identifier
from oneclick.pipelines.templates.file_import.services import LoadReport, load_file
from oneclick.provisioning import queries as jobs
from oneclick.provisioning import services as provisioning
from oneclick.provisioning.models import JobState, ProvisioningJob
from oneclick.queries.services import run
from oneclick.warehouses import queries as warehouses
from oneclick.warehouses import registry
from oneclick.warehouses.contract.errors import NotFound
from oneclick.warehouses.contract.instance import AccessLevel, Spec
from oneclick.warehouses.models import Warehouse, WarehouseState
from oneclick.warehouses.services import data_plane

NAME = "demo"
SCHEMA = "raw"
TOLERANCE = 1e-9
WAIT_S = 120.0


def run_chain(
    path: Path, reading: Reading, summary: Summary, tell: Callable[[Stage], None], *, sources: Sources | None
) -> Warehouse:
    """Provision through queue and worker, load `path`, compare with an independent reader, ask one question; bring
    the sample sources in where there are some.

    The reader has been at work beside all this; the stage that compares waits for what is left of it.

    A demo that was stopped half-way, or run before, is taken up: its warehouse is used again, its table replaced.
    """
    principal = operator_principal(ensure_default_organisation(actor=operator_label()))
    with summary.stage("Set up a warehouse", tell):
        warehouse = _ready_warehouse(principal)
    with summary.stage(f"Load {path.name}", tell):
        report = load_file(principal, warehouse.id, path, schema=SCHEMA, mode="replace")
    with summary.stage("Compare with an independent reader", tell):
        _compare(principal, warehouse, report, reading.result())
    with summary.stage("Answer a question", tell):
        summary.answer = _answer(principal, warehouse, report)
    if sources is not None:
        run_flows(principal, warehouse, sources, summary, tell)
    summary.warehouse = _described(warehouse)
    return warehouse


def _ready_warehouse(principal: Principal) -> Warehouse:
    try:
        warehouse = warehouses.warehouse(principal.organisation_id, NAME)
    except NotFound:
        job = provisioning.request_create(principal, provider=registry.DEFAULT, spec=Spec(name=NAME))
    else:
        if warehouse.state == WarehouseState.ACTIVE:
            return warehouse
        job = jobs.jobs(principal.organisation_id, warehouse_id=warehouse.id, limit=1)[0]
        if job.state in (JobState.FAILED, JobState.CANCELLED):
            job = provisioning.retry(principal, job.id)
    _wait_for(job)
    return warehouses.warehouse(principal.organisation_id, job.warehouse_id)


def _wait_for(job: ProvisioningJob) -> None:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        job.refresh_from_db()
        if job.state == JobState.SUCCESS:
            return
        if job.state in (JobState.FAILED, JobState.CANCELLED):
            raise DemoFailed(f"The warehouse could not be set up: {job.error_message}", hint=job.error_hint)
        time.sleep(0.01)
    raise DemoFailed(
        f"The warehouse wasn't ready after {WAIT_S:g} s.", hint=f"Look at the job: oneclick job show {job.id}"
    )


def _compare(principal: Principal, warehouse: Warehouse, report: LoadReport, expected: Expectation) -> None:
    found_rows = report.rows + report.rejected
    if found_rows != expected.rows:
        raise DemoFailed(f"The file has {expected.rows:,} rows, and {found_rows:,} arrived.")
    if report.rejected or not expected.sums:
        return
    sums = ", ".join(f"sum({identifier(column)})" for column in expected.sums)
    result = run(principal, warehouse.id, f"SELECT count(*), {sums} FROM {_table(report)}", limit=1)
    count, *found = next(iter(result.rows()))
    wrong = [
        f"{column}: {total} instead of {wanted}"
        for (column, wanted), total in zip(expected.sums.items(), found, strict=True)
        if abs(float(total or 0) - wanted) > TOLERANCE * max(1.0, abs(wanted))
    ]
    if count != report.rows or wrong:
        raise DemoFailed(f"The figures don't agree: {'; '.join(wrong) or f'{count:,} rows'}.")


def _answer(principal: Principal, warehouse: Warehouse, report: LoadReport) -> dict[str, Any]:
    question, query = _question(report)
    result = run(principal, warehouse.id, query, limit=5)
    return {
        "question": question,
        "sql": query,
        "columns": list(result.columns),
        "rows": [list(row) for row in result.rows()],
    }


def _question(report: LoadReport) -> tuple[str, str]:
    table = _table(report)
    if {"carrier", "dep_delay"} <= set(report.columns):
        return (
            "Which airlines leave latest?",
            (
                f"SELECT carrier, count(*) AS flights, round(avg(dep_delay), 1) AS average_delay_min"
                f" FROM {table} GROUP BY carrier ORDER BY average_delay_min DESC LIMIT 5"
            ),
        )
    return "What is in it?", f"SELECT * FROM {table} LIMIT 5"


def _table(report: LoadReport) -> str:
    return f"{identifier(report.table.schema)}.{identifier(report.table.name)}"


def _described(warehouse: Warehouse) -> dict[str, Any]:
    tables = data_plane(warehouse, AccessLevel.READ).list_tables()
    return {
        "id": str(warehouse.id),
        "name": warehouse.name,
        "provider": warehouse.provider,
        "state": warehouse.state,
        "tables": [{"schema": info.table.schema, "name": info.table.name, "rows": info.rows} for info in tables],
    }
