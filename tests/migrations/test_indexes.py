"""An index for every listed query: none reads a whole table, and an index bounds each read."""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import oneclick
from oneclick.accounts import queries as accounts
from oneclick.accounts.errors import AccountsError
from oneclick.accounts.models import Organisation
from oneclick.accounts.services import operator_principal, principal_for_token
from oneclick.accounts.standing import principal_now
from oneclick.audit import queries as audit
from oneclick.core.clock import utcnow
from oneclick.core.ids import new_id
from oneclick.core.secrets import SecretText
from oneclick.outbound import queries as outbound
from oneclick.pipelines import queries as data_flows
from oneclick.pipelines import quiet, uploads
from oneclick.pipelines.models import DataFlow, FlowRun, Upload
from oneclick.project.schema.tables import tables
from oneclick.provisioning import queries as provisioning
from oneclick.provisioning.idempotency import Idempotency, already
from oneclick.provisioning.models import JobKind, ProvisioningJob
from oneclick.queries import history
from oneclick.queries.models import QueryHistory, QueryPurpose
from oneclick.secret_store import services as secret_store
from oneclick.warehouses import queries as warehouses
from oneclick.warehouses.models import AccountLink, Warehouse
from tests.migrations.release import write_rows

pytestmark = pytest.mark.django_db
Query = Callable[[], object]
BOUNDED = ("Index Cond", "Recheck Cond")
ONE_ROW_EACH = {
    "accounts.queries.organisations",
    "accounts.queries.the_only_organisation",
    "outbound.queries.allowed",
    "outbound.queries.allowed_destinations",
}
"""These list organisations themselves, or what is allowed for all of them: an installation has few."""
ROWLESS = {"provisioning.queries.fold"}
"""These read nothing."""


@pytest.fixture
def listed(settings: Any, tmp_path: Any) -> dict[str, Query]:
    """Every query that pages, commands and API make, by the function that makes it."""
    settings.HOME = tmp_path
    _empty_all_tables()
    write_rows()
    organisation = Organisation.objects.order_by("id")[0]
    here = organisation.id
    warehouse = Warehouse.objects.get(organisation=organisation)
    job = ProvisioningJob.objects.get(warehouse=warehouse)
    link = AccountLink.objects.get(organisation=organisation)
    flow = DataFlow.objects.get(organisation=organisation)
    return {
        "accounts.queries.organisations": accounts.organisations,
        "accounts.queries.the_only_organisation": accounts.organisations,
        "accounts.queries.organisation": lambda: accounts.organisation(organisation.name),
        "accounts.queries.organisation of an id": lambda: accounts.organisation(str(here)),
        "accounts.queries.members": lambda: accounts.members(here),
        "accounts.queries.removed_members": lambda: accounts.removed_members(here, before=new_id()),
        "accounts.queries.tokens": lambda: accounts.tokens(operator_principal(organisation)),
        "accounts.queries.organisation_of": lambda: accounts.organisation_of(here),
        "accounts.queries.members by name": lambda: accounts.members(here, "a"),
        "accounts.queries.service_account": lambda: refused(accounts.service_account, here),
        "accounts.queries.service_accounts": lambda: accounts.service_accounts(here),
        "accounts.queries.invitations": lambda: accounts.invitations(here, before=new_id()),
        "accounts.queries.memberships": lambda: accounts.memberships(new_id()),
        "accounts.queries.names_of": lambda: accounts.names_of(here, [f"user:{new_id()}", f"token:{new_id()}"]),
        "accounts.queries.member_named": lambda: refused(accounts.member_named, here),
        "accounts.queries.member": lambda: refused(accounts.member, here),
        "accounts.services.principal_for_token": lambda: principal_for_token(SecretText("ocd_x")),
        "accounts.standing.principal_now of a user": lambda: principal_now(f"user:{new_id()}", here),
        "accounts.standing.principal_now of a token": lambda: principal_now(f"token:{new_id()}", here),
        "audit.queries.events": lambda: audit.events(here, before=new_id()),
        "audit.queries.events of an action": lambda: audit.events(here, audit.Wanted(action="token", actor="user:x")),
        "outbound.queries.allowed": outbound.allowed,
        "outbound.queries.allowed_destinations": outbound.allowed_destinations,
        "secret_store.services.get_named": lambda: secret_store.get_named("warehouse:release", "login-read-1"),
        "warehouses.queries.warehouses": lambda: warehouses.warehouses(here, before=new_id(), limit=10),
        "warehouses.queries.warehouse of a name": lambda: warehouses.warehouse(here, "sales"),
        "warehouses.queries.warehouse": lambda: warehouses.warehouse(here, warehouse.id),
        "warehouses.queries.only_warehouse": lambda: warehouses.only_warehouse(here),
        "warehouses.queries.account_links": lambda: warehouses.account_links(here, before=new_id()),
        "warehouses.queries.account_link": lambda: warehouses.account_link(here, link.id),
        "warehouses.queries.living_in": lambda: warehouses.living_in([link]),
        "pipelines.queries.flows": lambda: data_flows.flows(here, before=new_id()),
        "pipelines.queries.flows of a warehouse": lambda: data_flows.flows(here, warehouse_id=warehouse.id),
        "pipelines.queries.flow": lambda: data_flows.flow(here, flow.id),
        "pipelines.queries.flow of a name": lambda: data_flows.flow(here, flow.name),
        "pipelines.queries.runs": lambda: data_flows.runs(here, before=new_id()),
        "pipelines.queries.runs of a flow": lambda: data_flows.runs(here, flow_id=flow.id),
        "pipelines.queries.run": lambda: data_flows.run(here, FlowRun.objects.get(flow=flow).id),
        "pipelines.queries.newest_runs": lambda: data_flows.newest_runs(here, [flow]),
        "pipelines.queries.failing": lambda: data_flows.failing(here),
        "pipelines.quiet.quiet_flows": lambda: quiet.quiet_flows(here, utcnow()),
        "pipelines.queries.stream_runs": lambda: data_flows.stream_runs(FlowRun.objects.get(flow=flow)),
        "pipelines.queries.states": lambda: data_flows.states(flow),
        "provisioning.queries.jobs": lambda: provisioning.jobs(here, before=new_id()),
        "provisioning.queries.jobs of a state": lambda: provisioning.jobs(here, state="running"),
        "provisioning.queries.jobs of a warehouse": lambda: provisioning.jobs(here, warehouse_id=warehouse.id),
        "provisioning.queries.newest_done": lambda: provisioning.newest_done(warehouse, JobKind.CHECK),
        "provisioning.queries.newest_per_warehouse": lambda: provisioning.newest_per_warehouse(here),
        "provisioning.queries.drifted": lambda: provisioning.drifted(here),
        "provisioning.queries.job": lambda: provisioning.job(here, job.id),
        "provisioning.queries.job_ending": lambda: provisioning.job_ending(here, str(job.id)[-8:]),
        "provisioning.queries.events": lambda: provisioning.events(job, after=1),
        "provisioning.queries.progress": lambda: provisioning.progress(job),
        "provisioning.queries.inventory": lambda: provisioning.inventory(warehouse),
        "provisioning.idempotency.already": lambda: already(
            operator_principal(organisation), Idempotency(key="k", route="r", body={})
        ),
        "pipelines.uploads.upload_of": lambda: uploads.upload_of(
            operator_principal(organisation), warehouse.id, Upload.objects.get(organisation=organisation).id
        ),
        "queries.history.history": lambda: history.history(here, before=new_id()),
        "queries.history.history of a purpose": lambda: history.history(here, purpose=QueryPurpose.ASKED),
        "queries.history.query": lambda: history.query(here, QueryHistory.objects.get(organisation=organisation).id),
        "queries.history.history of a warehouse": lambda: history.history(here, warehouse_id=warehouse.id),
    }


def refused(query: Callable[..., object], organisation_id: object) -> None:
    """A query for one thing that isn't there."""
    with pytest.raises(AccountsError):
        query(organisation_id, new_id() if query is not accounts.member_named else str(new_id()))


def _empty_all_tables() -> None:
    """Rows and dead space of other tests would decide which index the planner likes best."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid AND relkind = 'r'"
        )
        ours = [table.name for table in tables()] + [name for (name,) in cursor.fetchall()]
        for name in ours:
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        cursor.execute(f"TRUNCATE {', '.join(ours)} CASCADE")
        for name in ours:
            cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")


def test_no_listed_query_reads_a_whole_table(listed: dict[str, Query]) -> None:
    unbounded = [line for name, query in listed.items() if name not in ONE_ROW_EACH for line in _unbounded(name, query)]

    assert not unbounded, "\n".join(unbounded)


@pytest.mark.parametrize(
    ("index", "query"),
    [
        ("organisation_name", "accounts.queries.organisation"),
        ("secret_owner_name", "secret_store.services.get_named"),
        ("token_organisation_newest", "accounts.queries.tokens"),
    ],
)
def test_a_missing_index_would_be_noticed(listed: dict[str, Query], index: str, query: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {index}")

    assert _unbounded(query, listed[query])


def test_every_query_function_is_listed(listed: dict[str, Query]) -> None:
    known = {name.split(" ", maxsplit=1)[0] for name in listed}

    assert set(_query_functions()) - known - ROWLESS == set()


def _unbounded(name: str, query: Query) -> list[str]:
    ours = {table.name for table in tables()}
    return [
        f"{name}: {node['Node Type']} on {node['Relation Name']} in {sql}"
        for sql in _selects(query)
        for node in _nodes(_plan(sql))
        if _reads(node, ours) and not any(bound in node for bound in BOUNDED)
    ]


def _query_functions() -> Iterator[str]:
    for found in pkgutil.walk_packages(oneclick.__path__, "oneclick."):
        if found.name.endswith((".queries", ".history")) and found.name.count(".") > 1:
            module = importlib.import_module(found.name)
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == found.name and not name.startswith("_"):
                    yield f"{found.name.removeprefix('oneclick.')}.{name}"


def _selects(query: Query) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        query()
    return [each["sql"] for each in captured.captured_queries if each["sql"].startswith("SELECT")]


def _plan(sql: str) -> dict[str, Any]:
    """How PostgreSQL would do it if whole tables were as dear as they are when they are large."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql.replace('%', '%%')}")
        (plan,) = cursor.fetchone()
        return json.loads(plan)[0]["Plan"] if isinstance(plan, str) else plan[0]["Plan"]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _reads(node: dict[str, Any], ours: set[str]) -> bool:
    relation = node.get("Relation Name", "")
    return relation in ours or relation.startswith("audit_event_")
