"""What the API says of itself, and that other tenants' warehouses, jobs and queries aren't there. Every address with
every role is walked in `tests/accounts/test_isolation.py`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from oneclick.accounts.sign_in.models import IdentityProvider
from oneclick.core.clock import utcnow
from oneclick.core.ids import new_id
from oneclick.pipelines.contract.templates import TEMPLATES
from oneclick.pipelines.models import DataFlow, FlowRun
from oneclick.project.api import api
from oneclick.provisioning.models import ProvisioningJob
from oneclick.queries.models import QueryHistory
from oneclick.warehouses.models import Warehouse
from tests.cast import Cast
from tests.pipelines.numbers import Numbers
from tests.project.conftest import Caller, Upload

pytestmark = pytest.mark.django_db

SCHEMA: Mapping[str, Any] = api.get_openapi_schema(path_prefix="/api/")
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in SCHEMA["paths"].items()
    for method, operation in methods.items()
}
OF_NOBODY = {"listSetupSteps"}
"""Operations that name something which is the same for everybody."""
OWN_SCOPE = {name for name, (_, path, _) in OPERATIONS.items() if "{" not in path} | OF_NOBODY
"""Operations that name no object: what they show and make belongs to the caller's organisation."""
BODIES: Mapping[str, object] = {
    "rotateCredentials": {},
    "runQuery": {"sql": "SELECT 1"},
    "changeRole": {"role": "reader"},
    "changeIdentityProvider": {"client_id": "c"},
    "reconnectFlow": {"config": {}},
    "chooseTables": {"streams": []},
    "scheduleFlow": {"kind": "manual"},
    "runFlow": {},
    "loadFile": Upload(content=b"day,amount\n2024-07-01,10.5\n"),
    "previewFile": Upload(content=b"day,amount\n2024-07-01,10.5\n"),
}

OF_A_TABLE = {"getTable", "listRows"}
"""The warehouse here has no table; tests/queries/test_api.py and the walk look at one."""

OPERATORS_OWN = {name for name, (_, path, _) in OPERATIONS.items() if path.startswith("/api/operator/")}
"""Operations that no token reaches: `tests/accounts/test_isolation.py` walks them as everybody."""
NAMING = sorted(OPERATIONS.keys() - OWN_SCOPE - OPERATORS_OWN)


@pytest.fixture(autouse=True)
def numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The template `numbers`, whose source needs no server."""
    monkeypatch.setitem(TEMPLATES._entries, Numbers.key, Numbers())


def address(name: str, warehouse: str, job: ProvisioningJob) -> str:
    """The address at which an operation finds what belongs to the job's organisation."""
    path = OPERATIONS[name][1]
    path += {"getTable": "?schema=raw&name=t", "listRows": "?schema=raw&name=t"}.get(name, "")
    filled = path.replace("{warehouse}", warehouse).replace("{job}", str(job.id))
    if "{query}" in filled:
        filled = filled.replace("{query}", str(_query_of(job).id))
    if "{flow}" in filled or "{run}" in filled:
        run = _run_of(job)
        filled = filled.replace("{flow}", str(run.flow_id)).replace("{run}", str(run.id))
    if "{provider}" in filled:
        filled = filled.replace("{provider}", str(_provider_of(job).id))
    for what in (
        "member",
        "invitation",
        "token",
        "service_account",
        "tenant",
        "user",
        "connection",
        "link",
        "connector",
        "version",
    ):
        filled = filled.replace(f"{{{what}}}", str(new_id()))
    assert "{" not in filled, f"say here what fills {filled}"
    return filled


def _query_of(job: ProvisioningJob) -> QueryHistory:
    return QueryHistory.objects.create(
        organisation_id=job.organisation_id,
        warehouse_id=job.warehouse_id,
        asked_by="user:somebody",
        sql="SELECT 1",
        must_end_by=utcnow() + timedelta(minutes=1),
    )


def _run_of(job: ProvisioningJob) -> FlowRun:
    flow = DataFlow.objects.create(
        organisation_id=job.organisation_id, warehouse_id=job.warehouse_id, template=Numbers.key,
        name=new_id().hex, made_by="user:somebody",
    )  # fmt: skip
    return FlowRun.objects.create(
        organisation_id=job.organisation_id, flow=flow, asked_by="user:somebody", trigger="hand"
    )


def _provider_of(job: ProvisioningJob) -> IdentityProvider:
    values = {"kind": "okta", "slug": new_id().hex[-10:], "client_id": "c"}
    return IdentityProvider.objects.create(
        organisation_id=job.organisation_id, issuer=f"https://{values['slug']}.okta.com", **values
    )


def test_every_route_is_in_the_documentation() -> None:
    routes = {
        (prefix + path, method)
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }

    assert len(routes) == len(OPERATIONS)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_nobody_gets_in_without_a_token(name: str, job: ProvisioningJob) -> None:
    method = OPERATIONS[name][0]
    client = Client(raise_request_exception=False)

    for headers in ({}, {"Authorization": "Bearer ocd_wrong"}, {"Authorization": "Basic eA=="}):
        answer = client.generic(method, address(name, "sales", job), headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthenticated")
        assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("name", NAMING)
def test_another_tenants_object_does_not_exist(
    name: str, as_outsider: Caller, as_admin: Caller, job: ProvisioningJob
) -> None:
    method, path, operation = OPERATIONS[name]
    assert "{" in path, f"{name} names no object: add it to OWN_SCOPE and test what it shows"
    jobs_before = ProvisioningJob.objects.count()

    for warehouse in (str(job.warehouse_id), "sales"):
        answer = as_outsider(method, address(name, warehouse, job), BODIES.get(name))
        assert answer.status_code == 404, answer.content
        assert "Acme" not in answer.content.decode()

    assert ProvisioningJob.objects.count() == jobs_before
    if method == "GET" and name not in OF_A_TABLE:
        assert as_admin(method, address(name, "sales", job)).status_code == 200
    assert "404" in {str(status) for status in operation["responses"]}


def test_lists_show_the_own_organisation_alone(as_outsider: Caller, job: ProvisioningJob) -> None:
    _query_of(job)
    for path in ("/api/warehouses", "/api/jobs", "/api/queries"):
        assert as_outsider("GET", path).json() == {"items": [], "next": None}
    assert as_outsider("GET", "/api/jobs?warehouse=sales").status_code == 404
    assert as_outsider("GET", f"/api/jobs?before={job.id}").json()["items"] == []


def test_a_name_of_another_tenant_is_free(as_outsider: Caller, warehouse: Warehouse, cast: Cast) -> None:
    answer = as_outsider("POST", "/api/warehouses", {"name": warehouse.name, "provider": "folders"})

    assert answer.status_code == 202
    made = Warehouse.objects.get(id=answer.json()["warehouse_id"])
    assert made.organisation_id == cast.elsewhere.id


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_documents_all_its_answers(name: str) -> None:
    _, path, operation = OPERATIONS[name]
    answers = {int(status): answer for status, answer in operation["responses"].items()}

    assert operation["description"].endswith((".", "?"))
    assert {401, 403, 422, 500, 503} <= answers.keys()
    assert 404 in answers or "{" not in path
    assert 409 in answers or 202 not in answers
    assert min(answers) in (200, 201, 202, 204)
    for status, answer in answers.items():
        if status == 204:
            assert "content" not in answer
            continue
        schema = answer["content"]["application/json"]["schema"]
        assert schema
        if status >= 400:
            assert schema["$ref"].endswith("/ErrorAnswer")


def test_the_revoked_token_is_worth_nothing(as_admin: Caller, cast: Cast) -> None:
    from oneclick.accounts.models import ApiToken
    from oneclick.accounts.services import revoke_token

    assert as_admin("GET", "/api/jobs").status_code == 200
    revoke_token(cast.admin, str(ApiToken.objects.get().id))

    assert as_admin("GET", "/api/jobs").status_code == 401
