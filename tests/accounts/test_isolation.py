"""Tenant isolation: nobody gets further than they may, at any address. The walk itself is in `isolation.py`."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from psycopg.conninfo import conninfo_to_dict

from oneclick.accounts import invitations, members, roles
from oneclick.accounts.models import Membership, Organisation
from oneclick.accounts.roles import Permission, Role
from oneclick.accounts.services import add_user, create_organisation
from oneclick.accounts.sign_in.models import IdentityProvider, Session
from oneclick.accounts.tokens import create_service_account, issue_token
from oneclick.core.clock import utcnow
from oneclick.core.ids import new_id
from oneclick.core.secrets import SecretText
from oneclick.onboarding import services as onboarding
from oneclick.onboarding.models import Setup
from oneclick.outbound import services as outbound
from oneclick.pipelines import services as data_services
from oneclick.pipelines import uploads
from oneclick.pipelines.contract.sources import Wanted
from oneclick.pipelines.contract.templates import TEMPLATES
from oneclick.pipelines.models import Upload, UploadState
from oneclick.provisioning import engine, services
from oneclick.provisioning.models import JobState, ProvisioningJob
from oneclick.queries.models import QueryHistory
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses import registry
from oneclick.warehouses.contract.instance import AccessLevel, Spec
from oneclick.warehouses.models import Warehouse
from oneclick.warehouses.services import connect_account
from tests.accounts.conftest import an_operator, signed_in
from tests.accounts.isolation import Case, World, routes, undone, walk
from tests.accounts.isolation_cases import API, ELSEWHERE, PAGES, PUBLIC
from tests.accounts.sign_in.conftest import idp, origin, provider  # noqa: F401 - fixtures, asked for by name
from tests.cast import Cast
from tests.lake import Lake
from tests.pipelines.numbers import Numbers
from tests.project.conftest import operator_of
from tests.queries.conftest import load_orders

pytestmark = pytest.mark.django_db
CASES = API + PAGES


@pytest.fixture(scope="module")
def one_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake()
    load_orders(made.adapter.data_plane(made.access(AccessLevel.WRITE)), tmp_path_factory.mktemp("orders"))
    return made


@pytest.fixture
def folders_at_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The provider `folders`, in the home that the lake is in, too."""
    monkeypatch.setitem(registry.BUILT_IN, "folders", "tests.provisioning.folders:FolderAdapter")
    registry._locations.cache_clear()
    yield
    registry._locations.cache_clear()


@pytest.fixture
def numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The template `numbers`."""
    monkeypatch.setitem(TEMPLATES._entries, Numbers.key, Numbers())


@pytest.fixture
def world(cast: Cast, folders_at_home: None, numbers: None, one_lake: Lake, provider: IdentityProvider) -> World:  # noqa: F811 - the fixture
    job = services.request_create(operator_of(cast), provider="folders", spec=Spec(name="sales"))
    engine.drive(job.id)
    provider.proved_at = utcnow()
    provider.save()
    query = QueryHistory.objects.create(
        organisation=cast.organisation,
        warehouse_id=job.warehouse_id,
        asked_by=cast.admin.label,
        sql="SELECT 1",
        must_end_by=utcnow() + timedelta(minutes=1),
    )
    invited = invitations.invite(cast.admin, email="invited@acme.example", role=Role.READER)
    account = create_service_account(cast.admin, name="acme robot", role=Role.READER)
    token, _ = issue_token(cast.admin, name="acme token", role=Role.READER, days=9)
    waiting = services.request_create(operator_of(cast), provider="folders", spec=Spec(name="waiting"))
    failed = services.request_create(operator_of(cast), provider="folders", spec=Spec(name="failed"))
    ProvisioningJob.objects.filter(id=failed.id).update(state=JobState.FAILED, error_code="x")
    ids = {
        "warehouse": str(job.warehouse_id),
        "lake": str(one_lake.as_warehouse_of(cast.organisation, "lake").id),
        "waiting_job": str(waiting.id),
        "failed_job": str(failed.id),
        "job": str(job.id),
        "query": str(query.id),
        "member": cast.member.id,
        "removed_member": removed(cast),
        "user_id": cast.member.id,
        "invitation": str(invited.invitation.id),
        "token": str(token.id),
        "service_account": str(account.id),
        "provider": str(provider.id),
        "provider_id": str(provider.id),
        "kind": "generic",
    }
    ids |= {"invitation_id": ids["invitation"], "token_id": ids["token"], "account_id": ids["service_account"]}
    ids |= {"tenant": str(cast.organisation.id), "organisation_id": str(cast.organisation.id)}
    ids |= {"empty_tenant": str(create_organisation("Empty", actor="system:test").id)}
    ids |= {"user": str(an_operator("another").id)}
    ids |= {"connection": str(outbound.allow("10.8.0.0/16", actor="system:test").id)}
    ids |= {"entry_id": ids["connection"]}
    ids |= {"link": connected_account(cast), "account_provider": "postgresql"}
    ids |= {"link_id": ids["link"], "connector": "faker", "version": "7.2.1"}
    ids |= {"setup_id": begun_setup(cast, "local"), "account_setup": begun_setup(cast, "postgresql"), "key": "shape"}
    ids |= {"warehouse_id": ids["warehouse"], "job_id": ids["job"], "query_id": ids["query"]}
    ids |= {"upload_id": sent_file(cast, ids["lake"])}
    ids |= {"session_id": str(new_id()), "slug": provider.slug} | data_flows(cast, ids["lake"])
    # A plan that no version knows counts as Basic; choosing Basic is then a change.
    Organisation.objects.update(tier="of old")
    kinds = (
        "flow",
        "idle_flow",
        "run",
        "warehouse",
        "lake",
        "job",
        "waiting_job",
        "failed_job",
        "query",
        "invitation",
        "token",
        "service_account",
    )
    people = [getattr(cast, name).id for name in ("admin", "member", "reader")]
    words = [
        str(cast.organisation.id),
        *people,
        *(ids[kind] for kind in kinds),
        ids["provider_id"],
        ids["setup_id"],
        ids["link"],
        ids["upload_id"],
    ]
    words += ["Acme", "acme", "member@example.com"]
    return World(cast=cast, ids=ids, secret_words=words)


def connected_account(cast: Cast) -> str:
    """A connection of the admin's organisation to the server of the test run."""
    server = conninfo_to_dict(EmbeddedPostgres(settings.HOME).superuser_url())
    config = {name: str(server[name]) for name in ("host", "port", "user")}
    secrets = {"password": SecretText(str(server["password"]))}
    link = connect_account(cast.admin, provider="postgresql", name="acme server", config=config, secrets=secrets)
    return str(link.id)


def data_flows(cast: Cast, lake: str) -> dict[str, str]:
    """One that is being brought up to date, and one that isn't."""
    ids = {"flow_template": Numbers.key}
    for name, key in (("acme flow", "flow"), ("acme idle flow", "idle_flow")):
        flow = data_services.connect(
            cast.member, template_key=Numbers.key, warehouse=lake, config={}, name=name,
            given={"password": SecretText("p")},
        )  # fmt: skip
        data_services.choose(cast.member, flow.id, [Wanted(stream="numbers", table=key)])
        data_services.schedule(cast.member, flow.id, kind="manual")
        ids[key] = str(flow.id)
    run = data_services.run_now(cast.member, UUID(ids["flow"]))
    return ids | {"flow_id": ids["flow"], "run": str(run.id), "run_id": str(run.id)}


def sent_file(cast: Cast, warehouse_id: str) -> str:
    """A file that somebody of the admin's organisation sent, and that couldn't be read."""
    upload = uploads.receive(cast.admin, UUID(warehouse_id), SimpleUploadedFile("acme.csv", b"x"))
    Upload.objects.filter(id=upload.id).update(state=UploadState.FAILED)
    return str(upload.id)


def begun_setup(cast: Cast, where: str) -> str:
    """Somebody of the admin's organisation began to set up a warehouse."""
    setup = onboarding.answer_tier(cast.admin, Setup(organisation_id=cast.organisation.id), "basic")
    onboarding.answer_provider(setup, where)
    return str(setup.id)


def removed(cast: Cast) -> str:
    """Somebody who was taken out of the admin's organisation."""
    gone = add_user(
        cast.organisation, issuer="i", subject="gone", role=Role.READER, actor="system:test", name="acme gone"
    )
    members.remove_member(cast.admin, gone.id)
    return str(gone.id)


@pytest.mark.timeout(400)  # each route by each of the cast
def test_nobody_gets_further_than_they_may_by_the_api(world: World) -> None:
    assert not (problems := walk(world, API)), "\n".join(problems)


@pytest.mark.timeout(400)  # each route by each of the cast
def test_nobody_gets_further_than_they_may_by_pages(world: World) -> None:
    assert not (problems := walk(world, PAGES)), "\n".join(problems)


def test_every_address_is_walked(world: World) -> None:
    """A new address, or a new method of one, needs a line in `isolation_cases.py`."""
    known = {case.name for case in CASES} | ELSEWHERE.keys()
    admin = signed_in(world.cast.admin)

    missing = [
        f"{method} {route}"
        for method, route in routes()
        if route not in PUBLIC and f"{method} {route}" not in known and takes(admin, world, method, route)
    ]

    assert not missing
    assert {case.name for case in CASES} <= {f"{method} {route}" for method, route in routes()}


def takes(client: Client, world: World, method: str, route: str) -> bool:
    """Whether an address answers anything but "not this method"."""
    if route.startswith("api/"):
        return True
    case = Case(method=method, route=route, allowed=frozenset())
    with undone():
        return client.generic(method, world.address(case)).status_code != 405


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("api/warehouses/<warehouse>/credentials", "reader with a token"),
        ("api/members/<member>", "member in a browser"),
        ("team/<uuid:user_id>/remove", "reader in a browser"),
    ],
)
def test_a_role_that_may_too_much_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch, route: str, expected: str
) -> None:
    for role in (Role.MEMBER, Role.READER):
        monkeypatch.setitem(roles.GRANTS, role, frozenset(Permission))

    problems = walk(world, [case for case in CASES if case.route == route])

    assert any(f"as {expected}: changed" in each or f"as {expected}: answers 200" in each for each in problems)


def test_a_query_that_is_not_kept_to_the_organisation_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warehouse_queries, "warehouse", lambda organisation_id, name: Warehouse.objects.get(id=name))

    problems = walk(world, [case for case in API if case.route == "api/warehouses/<warehouse>"])

    assert any("GET" in each and "outsider with a token: answers 200" in each for each in problems)
    assert any("DELETE" in each and "outsider in a browser: changed" in each for each in problems)


def test_a_page_without_a_check_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oneclick.accounts.pages.principal_of_request", lambda request: world.cast.admin)
    monkeypatch.setattr("oneclick.accounts.pages.is_signed_in", lambda request: True)

    problems = walk(world, [case for case in PAGES if case.route == "team"])

    assert any("as anonymous: " in each for each in problems)
    assert any("as outsider in a browser: shows" in each for each in problems)


def test_leaving_is_for_who_leaves(cast: Cast) -> None:
    for client in (Client(), signed_in(cast.outsider)):
        client.post("/team/leave")
        client.post("/api/organisation/leave")

    assert Membership.objects.filter(organisation=cast.organisation).count() == 3
    assert signed_in(cast.reader).post("/team/leave").status_code == 302
    assert signed_in(cast.member).post("/api/organisation/leave").status_code == 204
    assert [each.user_id for each in Membership.objects.filter(organisation=cast.organisation)] == [UUID(cast.admin.id)]


def test_devices_are_ones_own(cast: Cast) -> None:
    admin = signed_in(cast.admin)
    Session.objects.filter(user_id=None).update(user_id=cast.admin.id)
    device = Session.objects.get(user_id=cast.admin.id)

    for name in ("member", "reader", "outsider"):
        other = signed_in(getattr(cast, name))
        other.post(f"/account/devices/{device.id}/end")
        other.post("/account/devices/end")
    Client().post(f"/account/devices/{device.id}/end")

    assert admin.get("/team").status_code == 200
    admin.post(f"/account/devices/{device.id}/end")
    assert admin.get("/team").status_code == 302
