"""From the first click to a job, as an admin and a colleague go it."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from psycopg.conninfo import conninfo_to_dict

from oneclick.accounts.models import Organisation
from oneclick.core.clock import utcnow
from oneclick.onboarding import services
from oneclick.onboarding.models import Setup
from oneclick.provisioning import engine
from oneclick.provisioning.models import ProvisioningJob
from oneclick.stack.postgres import EmbeddedPostgres
from oneclick.warehouses.models import AccountLink, Warehouse
from tests.accounts.conftest import signed_in
from tests.browser import Look, assert_presentable, browser, look
from tests.cast import Cast

__all__ = ["browser", "look"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(cast: Cast) -> Client:
    return signed_in(cast.admin)


@pytest.fixture
def server() -> dict[str, str]:
    """An account for the provider that needs one: the test run's own server."""
    found = conninfo_to_dict(EmbeddedPostgres(django_settings.HOME).superuser_url())
    return {name: str(found[name]) for name in ("host", "port", "user", "password")}


def answered(client: Client, path: str, form: dict[str, str]) -> str:
    """Where an answer leads."""
    answer = client.post(path, form)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def begun(client: Client, provider: str = "local") -> str:
    """A setup with plan and provider answered; its address."""
    there = answered(client, "/start", {"tier": "basic"})
    answered(client, there, {"provider": provider})
    return there.rsplit("/", 1)[0]


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("Location"))
    return re.sub(r"\s+", " ", answer.content.decode())


def test_three_answers_and_one_click_make_a_warehouse(cast: Cast, admin: Client) -> None:
    assert "Which plan?" in shown(admin, "/start")
    assert not Setup.objects.exists()
    where = answered(admin, "/start", {"tier": "basic"})
    assert "no account needed" in shown(admin, where)
    name = answered(admin, where, {"provider": "local"})
    assert name.endswith("/shape")
    review = answered(admin, name, {"name": "sales"})
    assert "Create warehouse" in shown(admin, review)
    progress = answered(admin, review, {})

    job = ProvisioningJob.objects.get()
    assert f'data-live="/events/jobs/{job.id}"' in shown(admin, progress)
    engine.drive(job.id)
    assert "sales is ready" in shown(admin, progress)
    assert Warehouse.objects.get().name == "sales"
    assert Organisation.objects.get(id=cast.organisation.id).tier == "basic"
    assert admin.get(review)["Location"] == progress
    assert "Which plan?" in shown(admin, "/start")


def test_a_colleague_goes_on_on_another_day(cast: Cast, admin: Client) -> None:
    here = begun(admin)
    colleague = signed_in(cast.admin)

    page = shown(colleague, "/start")
    assert "Go on where you were?" in page
    assert here in page
    assert colleague.get(here)["Location"] == f"{here}/shape"
    assert signed_in(cast.member).get(here).status_code == 403
    assert signed_in(cast.outsider).get(here).status_code == 404

    assert answered(colleague, f"{here}/give-up", {}) == "/start"
    assert "Which plan?" in shown(admin, "/start")
    assert admin.get(here).status_code == 404


def test_going_back_loses_nothing(admin: Client) -> None:
    here = begun(admin)
    assert answered(admin, f"{here}/shape", {"name": "Not Valid!", "back": "yes"}) == f"{here}/provider"
    assert 'value="Not Valid!"' in shown(admin, f"{here}/shape")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "This field is required"),
        ("Sales", "characters that Local lake"),
        ("9lives", "characters that Local lake"),
        ("x" * 64, "1 to 63"),
        ("<script>", "characters"),
        ("taken", "exists already"),
    ],
)
def test_a_name_that_won_t_do_says_why_beside_its_field(cast: Cast, admin: Client, name: str, words: str) -> None:
    Warehouse.objects.create(organisation=cast.organisation, provider="local", name="taken", spec={"name": "taken"})
    here = begun(admin)

    answer = admin.post(f"{here}/shape", {"name": name})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert re.search(rf'id="id_name_error">.*{words}', page, re.DOTALL), page
    assert "<script>alert" not in page


def test_a_name_taken_meanwhile_is_said_at_the_last_click(cast: Cast, admin: Client) -> None:
    here = begun(admin)
    answered(admin, f"{here}/shape", {"name": "sales"})
    Warehouse.objects.create(organisation=cast.organisation, provider="local", name="sales", spec={"name": "sales"})

    answer = admin.post(f"{here}/review", {})

    assert answer.status_code == 422
    assert "exists already" in answer.content.decode()
    assert not ProvisioningJob.objects.exists()


def test_no_step_can_be_skipped(admin: Client) -> None:
    here = answered(admin, "/start", {"tier": "basic"}).rsplit("/", 1)[0]
    assert admin.get(f"{here}/review")["Location"] == f"{here}/provider"
    assert admin.get(f"{here}/nonsense")["Location"] == f"{here}/provider"
    assert admin.get(f"{here}/progress")["Location"] == here
    for path, form in (("/start", {"tier": "gold"}), (f"{here}/provider", {"provider": "nowhere"})):
        assert admin.post(path, form).status_code == 422


def test_an_empty_answer_is_asked_for_again(admin: Client) -> None:
    assert admin.post("/start", {}).status_code == 422
    here = begun(admin)
    for step in ("tier", "provider", "shape"):
        assert admin.post(f"{here}/{step}", {}).status_code == 422


def test_a_tier_in_preparation_can_t_be_chosen(admin: Client) -> None:
    page = shown(admin, "/start")
    assert "in preparation" in page
    assert "Go on with Premium" not in page
    assert admin.post("/start", {"tier": "premium"}).status_code == 422


def test_an_account_is_connected_and_checked_and_nothing_secret_is_kept(
    cast: Cast, admin: Client, server: dict[str, str]
) -> None:
    here = begun(admin, "postgresql")
    page = shown(admin, f"{here}/connect")
    assert "How to take it back" in page

    wrong = admin.post(f"{here}/connect", {**server, "port": "not a port"})
    assert wrong.status_code == 422
    assert server["password"] not in wrong.content.decode()
    assert answered(admin, f"{here}/connect", server) == f"{here}/check"
    assert server["password"] not in str(Setup.objects.get().answers)
    assert "hx-trigger" in shown(admin, f"{here}/check")
    assert "All is well" in shown(admin, f"{here}/check?now=1")

    answered(admin, f"{here}/shape", {"name": "sales"})
    assert "Create warehouse" in shown(admin, f"{here}/review")
    link = AccountLink.objects.get()
    assert f"Use {link.name}" in shown(admin, f"{here}/connect")


def test_a_check_that_fails_names_the_cure(admin: Client, server: dict[str, str]) -> None:
    here = begun(admin, "postgresql")
    answered(admin, f"{here}/connect", {**server, "password": "wrong"})

    page = shown(admin, f"{here}/check?now=1")

    assert "Check again" in page
    assert "every 20s" in page
    assert admin.get(f"{here}/review")["Location"] == f"{here}/check"


def test_another_organisations_connection_can_t_be_used(cast: Cast, admin: Client, server: dict[str, str]) -> None:
    outsider = signed_in(cast.outsider)
    theirs = begun(outsider, "postgresql")
    answered(outsider, f"{theirs}/connect", server)
    here = begun(admin, "postgresql")

    answer = admin.post(f"{here}/connect", {"link": str(AccountLink.objects.get().id)})

    assert answer.status_code == 404
    assert Setup.objects.get(id=here.rsplit("/", 1)[1]).account_link is None


def test_whoever_runs_the_account_sees_the_steps_and_no_more(admin: Client, server: dict[str, str]) -> None:
    here = begun(admin, "postgresql")
    answered(admin, f"{here}/connect", {**server, "password": "wrong"})
    sent = admin.post(f"{here}/hand-over").content.decode()
    link = re.search(r"/handover\?token=[\w-]+", sent)
    assert link

    page = Client().get(link[0])
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "no-referrer"
    text = page.content.decode()
    assert "Acme" in text
    assert "wrong" not in text
    assert "CREATE ROLE" in text

    Setup.objects.update(handover_until=utcnow() - timedelta(seconds=1))
    assert Client().get(link[0]).status_code == 404
    assert Client().get("/handover?token=nonsense").status_code == 404
    assert Client().get("/handover").status_code == 404


def test_there_is_nothing_to_send_where_no_account_is_needed(admin: Client) -> None:
    here = begun(admin)
    assert answered(admin, f"{here}/hand-over", {}) == here
    assert Setup.objects.get().handover_digest is None


@pytest.mark.django_db(transaction=True)
def test_two_who_click_at_once_make_one_warehouse(cast: Cast) -> None:
    here = begun(signed_in(cast.admin))
    answered(signed_in(cast.admin), f"{here}/shape", {"name": "sales"})
    setup = Setup.objects.get()
    made: list[object] = []

    def click() -> None:
        try:
            made.append(services.create(cast.admin, setup).id)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 4
    assert len(set(made)) == 1
    assert ProvisioningJob.objects.count() == 1


@pytest.fixture
def steps(cast: Cast, server: dict[str, str], live_server: Any, settings: Any) -> list[str]:
    settings.ONECLICK_ORIGIN = live_server.url
    admin = signed_in(cast.admin)
    account = begun(admin, "postgresql")
    answered(admin, f"{account}/connect", server)
    lake = begun(admin)
    answered(admin, f"{lake}/shape", {"name": "sales"})
    link = re.search(r"/handover\?token=[\w-]+", admin.post(f"{account}/hand-over").content.decode())
    assert link
    pages = [f"{account}/connect", f"{account}/check?now=1", link[0], "/start"]
    return pages + [f"{lake}/{step}" for step in ("tier", "provider", "shape", "review")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.timeout(300)
def test_every_question_is_presentable(look: Look, cast: Cast, steps: list[str], live_server: Any, width: int) -> None:
    page = look(f"{live_server.url}/start", width=width, client=signed_in(cast.admin))
    for path in steps:
        page.goto(live_server.url + path)
        assert_presentable(page)
