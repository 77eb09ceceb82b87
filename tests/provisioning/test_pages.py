"""Warehouses and their changes, as people see them."""

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import Client
from django.utils import timezone

from oneclick.provisioning import engine, services
from oneclick.provisioning.models import JobState, ProvisioningJob
from oneclick.warehouses.contract.data_plane import BulkLoad, TableName
from oneclick.warehouses.contract.instance import AccessLevel, Spec
from oneclick.warehouses.models import Warehouse
from oneclick.warehouses.services import data_plane
from tests.accounts.conftest import signed_in
from tests.browser import Look, assert_presentable, browser, look
from tests.cast import Cast
from tests.lake import Lake
from tests.project.conftest import operator_of

__all__ = ["browser", "look"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(cast: Cast) -> Client:
    return signed_in(cast.admin)


@pytest.fixture
def lake(cast: Cast, tmp_path: Path) -> Warehouse:
    """A real one with a table of two rows that nobody could load again."""
    made = Lake().as_warehouse_of(cast.organisation, "lake")
    file = tmp_path / "notes.parquet"
    duckdb.sql(f"COPY (SELECT * FROM range(2)) TO '{file}'")
    load = BulkLoad(files=[file], table=TableName(schema="raw", name="notes"), load_id="1", fence=10)
    assert data_plane(made, AccessLevel.WRITE).bulk_load(load).rows == 2
    return made


@pytest.fixture
def waiting(cast: Cast) -> ProvisioningJob:
    return services.request_create(operator_of(cast), provider="local", spec=Spec(name="sales"))


def text_of(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content
    return re.sub(r"\s+", " ", answer.content.decode())


def test_without_a_warehouse_the_list_says_what_one_is(cast: Cast, admin: Client) -> None:
    assert "No warehouse yet" in text_of(admin, "/warehouses")
    assert "An admin of your organisation can create one" in text_of(signed_in(cast.reader), "/warehouses")
    assert "Nothing was changed yet" in text_of(admin, "/changes")


def test_a_change_is_watched_step_by_step(admin: Client, waiting: ProvisioningJob) -> None:
    page = text_of(admin, f"/changes/{waiting.id}")
    assert "Setting up sales" in page
    assert f'data-live="/events/jobs/{waiting.id}"' in page
    assert "The steps are being planned" in page
    assert '<noscript><meta http-equiv="refresh"' in page

    engine.drive(waiting.id)

    page = text_of(admin, f"/changes/{waiting.id}")
    assert "sales is ready" in page
    assert "data-live" not in page
    steps = re.findall(r"resource resource-(\w+)", page)
    assert len(steps) > 3
    assert set(steps) == {"ok"}
    assert f"{len(steps)} of {len(steps)} done" in page


def test_a_failure_says_why_and_can_be_tried_again(cast: Cast, admin: Client, waiting: ProvisioningJob) -> None:
    ProvisioningJob.objects.filter(id=waiting.id).update(
        state=JobState.FAILED, error_code="disk_full", error_message="The disk is full.", error_hint="Make room.",
        finished_at=timezone.now(),
    )  # fmt: skip

    page = text_of(admin, f"/changes/{waiting.id}")
    assert "The disk is full." in page
    assert "Make room." in page
    assert "Try again from here" not in text_of(signed_in(cast.member), f"/changes/{waiting.id}")

    again = admin.post(f"/changes/{waiting.id}/retry", follow=True)
    assert "It goes on from where it stopped." in again.content.decode()
    waiting.refresh_from_db()
    assert waiting.state == JobState.PENDING


def test_stopping_what_has_ended_meanwhile_says_so(admin: Client, waiting: ProvisioningJob) -> None:
    engine.drive(waiting.id)

    answer = admin.post(f"/changes/{waiting.id}/cancel", follow=True)

    assert answer.status_code == 200
    assert "has ended already" in answer.content.decode()


def test_the_lists_narrow_by_state_and_have_pages(cast: Cast, admin: Client, waiting: ProvisioningJob) -> None:
    for _ in range(60):
        services.request_check(cast.admin, waiting.warehouse_id)

    page = text_of(admin, "/changes?state=pending")
    assert "before=" in page
    assert "No change in this state" in text_of(admin, "/changes?state=failed")
    assert "Check sales" in text_of(admin, "/changes?state=nonsense")
    assert "Check sales" in text_of(admin, f"/warehouses/{waiting.warehouse_id}/activity")


def test_a_warehouse_shows_its_parts_to_those_who_may(cast: Cast, admin: Client, lake: Warehouse) -> None:
    page = text_of(admin, f"/warehouses/{lake.id}")
    assert "Local lake" in page
    for tab in ("resources", "credentials", "activity", "settings"):
        assert f"/warehouses/{lake.id}/{tab}" in page
        assert text_of(admin, f"/warehouses/{lake.id}/{tab}")

    readers = text_of(signed_in(cast.reader), f"/warehouses/{lake.id}")
    assert "/credentials" not in readers
    assert "/settings" not in readers


def test_credentials_are_shown_to_whoever_asks_and_that_is_written_down(admin: Client, lake: Warehouse) -> None:
    from oneclick.audit.models import AuditEvent

    path = f"/warehouses/{lake.id}/credentials"
    assert "Copy password" not in text_of(admin, path)
    shown = admin.post(path, {"level": "read"})

    page = shown.content.decode()
    assert "Copy password" in page
    assert "{secret}" not in page
    assert shown["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    viewed = AuditEvent.objects.filter(action="credentials.viewed", target_id=str(lake.id))
    assert viewed.filter(detail__level="read").count() == 1


def test_old_sign_ins_are_renewed_before_secrets_and_deletion(cast: Cast, lake: Warehouse) -> None:
    stale = signed_in(cast.admin, is_fresh=False)
    for part in ("credentials", "rotate?level=read", "delete"):
        assert stale.get(f"/warehouses/{lake.id}/{part}")["Location"].startswith("/sign-in/again")


def test_a_form_that_is_sent_twice_makes_one_change(admin: Client, lake: Warehouse) -> None:
    for path, form in (("check", {"once": "a"}), ("rotate", {"once": "b", "level": "read"})):
        answers = [admin.post(f"/warehouses/{lake.id}/{path}", form)["Location"] for _ in range(2)]
        assert answers[0] == answers[1]

    assert ProvisioningJob.objects.exclude(kind="create").count() == 2


def test_drift_is_shown_and_its_repair_planned(admin: Client, waiting: ProvisioningJob) -> None:
    engine.drive(waiting.id)
    path = f"/warehouses/{waiting.warehouse_id}"
    checked = admin.post(f"{path}/check")["Location"]
    engine.drive(checked.rsplit("/", 1)[1])  # type: ignore[arg-type]

    assert "Everything is there, as we made it." in text_of(admin, f"{path}/resources")
    plan = text_of(admin, f"{path}/repair")
    assert "nothing: it is there" in plan
    assert admin.post(f"{path}/repair", {"once": "r"})["Location"].startswith("/changes/")


def test_deleting_tells_what_is_lost_and_asks_for_the_name(admin: Client, lake: Warehouse) -> None:
    path = f"/warehouses/{lake.id}/delete"
    assert "You lose 1 table with 2 rows" in text_of(admin, path)

    for typed in ("", "lak", "LAKE "):
        refused = admin.post(path, {"confirmed_name": typed, "once": typed})
        assert refused.status_code == 422
        assert "Nothing was deleted" in refused.content.decode()
    assert not ProvisioningJob.objects.filter(kind="destroy").exists()

    done = admin.post(path, {"confirmed_name": "lake", "once": "x"})
    assert done["Location"].startswith("/changes/")
    assert ProvisioningJob.objects.get(kind="destroy").warehouse_id == lake.id


def test_what_is_not_ready_says_so_instead_of_failing(admin: Client, waiting: ProvisioningJob) -> None:
    path = f"/warehouses/{waiting.warehouse_id}"
    assert "ready yet" in text_of(admin, f"{path}/credentials")
    for part, form in (("credentials", {"level": "read"}), ("rotate", {"level": "read", "once": "z"})):
        answer = admin.post(f"{path}/{part}", form, follow=True)
        assert answer.status_code == 200
        assert "ready" in answer.content.decode()
    assert admin.get(f"{path}/repair")["Location"] == f"{path}/resources"
    assert admin.post(f"{path}/credentials", {"level": "nonsense"}).status_code == 200


def test_odd_names_break_no_page(cast: Cast, admin: Client) -> None:
    for name in ("<script>alert(1)</script>", "שלום עולם", "🚀" * 20, "x" * 63):
        found = Warehouse.objects.create(
            organisation=cast.organisation, provider="gone", name=name[:63], spec={"name": name}, state="failed"
        )
        page = text_of(admin, f"/warehouses/{found.id}")
        assert "<script>alert" not in page
    assert "<script>alert" not in text_of(admin, "/warehouses")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.timeout(300)
def test_the_pages_are_presentable(look: Look, cast: Cast, settings: Any, live_server: Any, width: int) -> None:
    settings.ONECLICK_ORIGIN = live_server.url
    lake = Lake().as_warehouse_of(cast.organisation, "lake")
    made = services.request_create(operator_of(cast), provider="local", spec=Spec(name="sales"))
    engine.drive(made.id)
    failed = services.request_check(cast.admin, lake.id)
    ProvisioningJob.objects.filter(id=failed.id).update(
        state=JobState.FAILED, error_message="Nobody answers there.", error_hint="Start it again.", error_code="x"
    )
    page = look(f"{live_server.url}/warehouses", width=width, client=signed_in(cast.admin))
    parts = ("", "/resources", "/credentials", "/rotate?level=read", "/activity", "/settings", "/delete")
    for path in ("/overview", "/warehouses", "/changes", f"/changes/{made.id}", f"/changes/{failed.id}"):
        page.goto(live_server.url + path)
        assert_presentable(page)
    for part in (*parts, "/repair"):
        page.goto(f"{live_server.url}/warehouses/{made.warehouse_id}{part}")
        assert_presentable(page)
