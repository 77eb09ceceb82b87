"""The demo's data flows: a shop cloned, a spreadsheet imported, a helpdesk read; then a day passes, and what changed
arrives.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from oneclick.accounts.roles import Principal
from oneclick.core.secrets import SecretText
from oneclick.demo import budget
from oneclick.demo.errors import DemoFailed
from oneclick.demo.sources import Sources
from oneclick.demo.summary import Stage, Summary
from oneclick.outbound.services import From, allow
from oneclick.pipelines import queries, services
from oneclick.pipelines.contract.errors import FlowNotFound
from oneclick.pipelines.models import DataFlow, FlowRun, RunState
from oneclick.pipelines.templates.file_import.services import load_file
from oneclick.queries.services import run
from oneclick.warehouses.contract.data_plane import DELETED_AT
from oneclick.warehouses.models import Warehouse

BUDGET_SCHEMA = "finance"
WAIT_S = 120.0
Tell = Callable[[Stage], None]


@dataclass(frozen=True, kw_only=True)
class _Source:
    """A source that goes on living, and the flow that it is read by."""

    stage: str
    name: str
    template: str
    schema: str
    destination: str
    config: Mapping[str, str]
    counts: Callable[[], Mapping[str, int]]
    given: Mapping[str, SecretText] = field(default_factory=dict)


def run_flows(principal: Principal, warehouse: Warehouse, sources: Sources, summary: Summary, tell: Tell) -> None:
    """Bring each source in by queue and worker, compare the counts, let a day pass, and bring what changed."""
    brought = []
    for source in _living(sources):
        with summary.stage(source.stage, tell):
            flow = _flow(principal, warehouse, source)
            _bring(principal, warehouse, source, flow, summary)
        brought.append((source, flow))
    with summary.stage("Import a spreadsheet", tell):
        _import(principal, warehouse, sources, summary)
    with summary.stage("Bring what changed there since", tell):
        sources.shop.live_on()
        sources.helpdesk.live_on()
        for source, flow in brought:
            _bring(principal, warehouse, source, flow, summary)


def _living(sources: Sources) -> tuple[_Source, _Source]:
    return (
        _Source(
            stage="Clone an application's database",
            name="Our shop", template="database_clone", schema="shop", destination=f"127.0.0.1:{sources.shop.port}",
            config=sources.shop.config, given={"password": sources.shop.password}, counts=sources.shop.counts,
        ),
        _Source(
            stage="Read an HTTP API",
            name="Our helpdesk", template="api_ingestion", schema="helpdesk",
            destination=f"127.0.0.1:{sources.helpdesk.port}",
            config=sources.helpdesk.config, counts=sources.helpdesk.counts,
        ),
    )  # fmt: skip


def _bring(principal: Principal, warehouse: Warehouse, source: _Source, flow: DataFlow, summary: Summary) -> None:
    summary.flows.append(_described(flow, _update(principal, flow)))
    _compare(principal, warehouse, source)


def _flow(principal: Principal, warehouse: Warehouse, source: _Source) -> DataFlow:
    """The data flow of last time, where its source is now; else a new one."""
    allow(source.destination, actor=principal.label, reason="the demo's source", sitting=From.COMMAND_LINE)
    try:
        flow = queries.flow(principal.organisation_id, source.name)
        services.reconnect(principal, flow.id, config=source.config, given=source.given)
    except FlowNotFound:
        flow = services.connect(
            principal, template_key=source.template, warehouse=warehouse.id, config=source.config, name=source.name,
            given=source.given,
        )  # fmt: skip
    if flow.is_draft:
        found = services.suggest(services.discover(principal, flow.id))
        services.choose(principal, flow.id, found, schema=source.schema)
        flow = services.schedule(principal, flow.id, kind="manual")
    return queries.flow(principal.organisation_id, flow.id)


def _update(principal: Principal, flow: DataFlow) -> FlowRun:
    """One update by a worker; one of a demo that was stopped half-way goes on."""
    newest = queries.runs(principal.organisation_id, flow_id=flow.id, limit=1)
    asked = newest[0] if newest and not newest[0].finished_at else services.run_now(principal, flow.id)
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        found = queries.run(principal.organisation_id, asked.id)
        if found.state == RunState.DONE:
            return found
        if found.finished_at:
            raise DemoFailed(f"{flow.name} could not be brought in: {found.error_message}", hint=found.error_hint)
        time.sleep(0.02)
    raise DemoFailed(
        f"The update wasn't done after {WAIT_S:g} s.", hint=f'Look at it: oneclick flow runs "{flow.name}"'
    )


def _import(principal: Principal, warehouse: Warehouse, sources: Sources, summary: Summary) -> None:
    report = load_file(principal, warehouse.id, sources.budget, schema=BUDGET_SCHEMA, mode="replace")
    if report.rows != budget.ROWS:
        raise DemoFailed(f"{sources.budget.name} has {budget.ROWS:,} rows, and {report.rows:,} arrived.")
    summary.flows.append(
        {
            "name": sources.budget.name,
            "template": "file_import",
            "mode": "replace",
            "rows": report.rows,
            "deleted": 0,
            "rejected": report.rejected,
            "seconds": round(report.seconds, 3),
            "state": RunState.DONE.value,
        }
    )


def _compare(principal: Principal, warehouse: Warehouse, source: _Source) -> None:
    """The rows that are there at the source are those that are there in the warehouse."""
    marked = _marked(principal, warehouse, source.schema)
    expected = source.counts()
    counted = " UNION ALL ".join(
        f"SELECT '{table}', count(*) FROM {source.schema}.{table}"
        + (f" WHERE {DELETED_AT} IS NULL" if table in marked else "")
        for table in expected
    )
    found = dict(run(principal, warehouse.id, counted, limit=len(expected)).rows())
    for table, rows in expected.items():
        if found[table] != rows:
            raise DemoFailed(f"{table} has {rows:,} rows at its source, and {found[table]:,} here.")


def _marked(principal: Principal, warehouse: Warehouse, schema: str) -> set[str]:
    """The tables where rows that are gone are marked: from the first one on that is."""
    columns = "SELECT table_name FROM information_schema.columns"
    query = f"{columns} WHERE table_schema = '{schema}' AND column_name = '{DELETED_AT}'"
    return {row[0] for row in run(principal, warehouse.id, query, limit=1000).rows()}


def _described(flow: DataFlow, update: FlowRun) -> dict[str, Any]:
    tables = queries.stream_runs(update)
    span = update.finished_at - update.started_at if update.finished_at and update.started_at else timedelta()
    return {
        "name": flow.name,
        "template": flow.template,
        "mode": ", ".join(sorted({str(each["mode"]) for each in flow.streams})),
        "rows": update.rows,
        "deleted": sum(each.deleted or 0 for each in tables),
        "rejected": update.rejected,
        "seconds": round(span.total_seconds(), 3),
        "state": update.state,
    }
