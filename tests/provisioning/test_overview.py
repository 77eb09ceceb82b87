"""The page where people arrive: what needs somebody, and what happened last."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from oneclick.accounts.roles import Permission
from oneclick.core.registry import Registry
from oneclick.onboarding import services as onboarding
from oneclick.onboarding.models import Setup
from oneclick.provisioning import cards, engine, services
from oneclick.provisioning.cards import OverviewCard
from oneclick.provisioning.models import JobState, ProvisioningJob
from oneclick.provisioning.queries import inventory
from oneclick.warehouses.contract.instance import Spec
from tests.accounts.conftest import signed_in
from tests.cast import Cast
from tests.project.conftest import operator_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(cast: Cast) -> Client:
    return signed_in(cast.admin)


@pytest.fixture
def made(cast: Cast) -> ProvisioningJob:
    """A warehouse that is ready, and the job that made it."""
    job = services.request_create(operator_of(cast), provider="local", spec=Spec(name="sales"))
    engine.drive(job.id)
    return ProvisioningJob.objects.select_related("warehouse").get(id=job.id)


def text_of(client: Client) -> str:
    answer = client.get("/overview")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_it_begins_with_the_first_warehouse(cast: Cast, admin: Client) -> None:
    assert 'href="/start"' in text_of(admin)
    assert 'href="/start"' not in text_of(signed_in(cast.reader))


def test_all_is_well_where_nothing_is_open(admin: Client, made: ProvisioningJob) -> None:
    page = text_of(admin)

    assert "All is well" in page
    assert f"/warehouses/{made.warehouse_id}" in page
    assert f"/changes/{made.id}" in page


def test_admins_see_who_did_what_last(cast: Cast, admin: Client, made: ProvisioningJob) -> None:
    assert "A warehouse is ready<" in text_of(admin)
    assert "A warehouse is ready<" not in text_of(signed_in(cast.member))
    assert "A warehouse is ready<" not in text_of(signed_in(cast.outsider))


def test_rooms_add_cards_in_their_order(cast: Cast, admin: Client, monkeypatch: Any) -> None:
    other: Registry[OverviewCard] = Registry("Card of a test")
    monkeypatch.setattr(cards, "CARDS", other)
    template = "provisioning/cards/warehouses.html"
    wanted = {"order": 2, "template": template}
    cards.register(OverviewCard(key="late", content=lambda _: {"has_more": "late"}, **{**wanted, "order": 9}))
    cards.register(OverviewCard(key="soon", content=lambda _: {"has_more": "soon"}, **wanted))
    cards.register(OverviewCard(key="none", content=lambda _: None, **wanted))
    cards.register(OverviewCard(key="secret", content=lambda _: {}, permission=Permission.VIEW_AUDIT, **wanted))

    assert [content.get("has_more") for _, content in cards.cards_for(cast.reader)] == ["soon", "late"]
    assert len(cards.cards_for(cast.admin)) == 3


def test_a_failed_change_is_there_until_it_is_tried_again(cast: Cast, admin: Client, made: ProvisioningJob) -> None:
    failed = services.request_check(cast.admin, made.warehouse_id)
    ProvisioningJob.objects.filter(id=failed.id).update(state=JobState.FAILED, error_code="x")
    assert "Check sales: it failed" in text_of(admin)
    assert "it failed" not in text_of(signed_in(cast.outsider))

    services.retry(cast.admin, failed.id)
    assert "it failed" not in text_of(admin)


def test_what_was_changed_outside_is_there_until_it_is_repaired(
    cast: Cast, admin: Client, made: ProvisioningJob, settings: Any
) -> None:
    (folder,) = [each for each in inventory(made.warehouse) if "folder" in each.kind]
    shutil.rmtree(Path(folder.name))
    engine.drive(services.request_check(cast.admin, made.warehouse_id).id)
    assert "sales was changed outside of One-Click" in text_of(admin)

    engine.drive(services.request_repair(cast.admin, made.warehouse_id).id)
    assert "sales was changed outside" not in text_of(admin)


def test_a_warehouse_that_was_begun_waits_for_whoever_may_go_on(cast: Cast, admin: Client) -> None:
    setup = onboarding.answer_tier(cast.admin, Setup(organisation_id=cast.organisation.id), "basic")

    assert "was begun and not finished" in text_of(admin)
    assert "was begun" not in text_of(signed_in(cast.member))

    onboarding.give_up(cast.admin, setup.id)
    assert "was begun" not in text_of(admin)
