"""The demo's data flow: the shop cloned, then the shop lives on, and what changed arrives."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from oneclick.accounts.roles import Principal
from oneclick.demo.errors import DemoFailed
from oneclick.demo.shop import TABLES, Shop
from oneclick.demo.summary import Stage, Summary
from oneclick.outbound.services import From, allow
from oneclick.pipelines import queries, services
from oneclick.pipelines.contract.errors import FlowNotFound
from oneclick.pipelines.models import DataFlow, FlowRun, RunState
from oneclick.queries.services import run
from oneclick.warehouses.models import Warehouse

NAME = "Our shop"
SCHEMA = "shop"
TEMPLATE = "database_clone"
WAIT_S = 120.0
Tell = Callable[[Stage], None]


def run_flows(principal: Principal, warehouse: Warehouse, shop: Shop, summary: Summary, tell: Tell) -> None:
    """Clone the shop by queue and worker, compare the counts, change the shop, and bring what changed."""
    with summary.stage("Clone an application's database", tell):
        flow = _flow(principal, warehouse, shop)
        summary.flows.append(_described(flow, _update(principal, flow)))
        _compare(principal, warehouse, shop)
    with summary.stage("Bring what changed there since", tell):
        shop.live_on()
        summary.flows.append(_described(flow, _update(principal, flow)))
        _compare(principal, warehouse, shop)


def _flow(principal: Principal, warehouse: Warehouse, shop: Shop) -> DataFlow:
    """The data flow of last time, where the shop is now; else a new one."""
    allow(f"127.0.0.1:{shop.port}", actor=principal.label, reason="the demo's shop", sitting=From.COMMAND_LINE)
    try:
        flow = queries.flow(principal.organisation_id, NAME)
        services.reconnect(principal, flow.id, config=shop.config, given={"password": shop.password})
    except FlowNotFound:
        flow = services.connect(
            principal, template_key=TEMPLATE, warehouse=warehouse.id, config=shop.config, name=NAME,
            given={"password": shop.password},
        )  # fmt: skip
    if flow.is_draft:
        services.choose(principal, flow.id, services.suggest(services.discover(principal, flow.id)), schema=SCHEMA)
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
            raise DemoFailed(f"The shop could not be cloned: {found.error_message}", hint=found.error_hint)
        time.sleep(0.02)
    raise DemoFailed(f"The update wasn't done after {WAIT_S:g} s.", hint=f'Look at it: oneclick flow runs "{NAME}"')


def _compare(principal: Principal, warehouse: Warehouse, shop: Shop) -> None:
    """The rows that are there at the source are those that are there in the warehouse."""
    for table in TABLES:
        condition = "WHERE _deleted_at IS NULL" if _has_mark(principal, warehouse, table) else ""
        result = run(principal, warehouse.id, f"SELECT count(*) FROM {SCHEMA}.{table} {condition}", limit=1)
        ((found,),) = result.rows()
        if found != shop.count(table):
            raise DemoFailed(f"{table} has {shop.count(table):,} rows in the shop, and {found:,} here.")


def _has_mark(principal: Principal, warehouse: Warehouse, table: str) -> bool:
    columns = run(principal, warehouse.id, f"SELECT * FROM {SCHEMA}.{table} LIMIT 0", limit=1).columns
    return "_deleted_at" in columns


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
