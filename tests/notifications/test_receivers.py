"""Who is told of what."""

from collections.abc import Mapping

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from oneclick.accounts.models import Membership
from oneclick.accounts.roles import Role
from oneclick.accounts.services import add_user, issue_token
from oneclick.accounts.tokens import create_service_account
from oneclick.notifications import audience
from oneclick.notifications.models import Notification
from oneclick.notifications.outbox import DELIVER
from oneclick.pipelines import runs
from oneclick.pipelines.models import DataFlow, FlowRun, RunState
from oneclick.provisioning.models import JobKind, JobState
from oneclick.warehouses.models import Warehouse
from tests.cast import Cast, user
from tests.notifications.conftest import End

pytestmark = pytest.mark.django_db
DRIFTED = {"state": "drifted", "differences": []}


@pytest.fixture
def second_admin(cast: Cast) -> str:
    made = add_user(
        cast.organisation, issuer="https://identity.example", subject="second", email="second@example.com",
        name="second", role=Role.ADMIN, actor="system:test",
    )  # fmt: skip
    return str(made.id)


def told() -> Mapping[str, str]:
    """Whom → of which kind."""
    return {str(row.user_id): row.kind for row in Notification.objects.all()}


def wake_ups() -> int:
    """How often it was asked to deliver; other rooms' tests may have left some."""
    return ProcrastinateJob.objects.filter(task_name=DELIVER).count()


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (JobKind.CREATE, "sales is ready"),
        (JobKind.UPDATE, "sales is as we made it again"),
        (JobKind.ROTATE, "sales has new credentials"),
        (JobKind.DESTROY, "sales is deleted"),
    ],
)
def test_who_asked_learns_of_the_end(cast: Cast, second_admin: str, end: End, kind: JobKind, title: str) -> None:
    before = wake_ups()
    job = end(cast.admin, kind)

    row = Notification.objects.get()
    assert told() == {cast.admin.id: "change_ended"}
    assert row.facts["title"] == title
    assert row.facts["path"] == f"/changes/{job.id}"
    assert wake_ups() == before + 1


def test_a_failure_is_told_to_who_asked_and_to_all_admins_once(cast: Cast, second_admin: str, end: End) -> None:
    end(cast.admin, state=JobState.FAILED, error_code="x", error_message="It broke.", error_hint="Mend it.")

    assert told() == {cast.admin.id: "change_ended", second_admin: "change_failed"}
    assert {(row.facts["title"], row.facts["words"], row.facts["cure"]) for row in Notification.objects.all()} == {
        ("Set up sales: it failed", "It broke.", "Mend it.")
    }


def test_what_differs_is_told_to_admins(cast: Cast, second_admin: str, end: End) -> None:
    end(cast.reader, JobKind.CHECK, result={"state": "ready"})
    assert told() == {}

    job = end(cast.reader, JobKind.CHECK, result=DRIFTED)

    assert told() == {cast.admin.id: "drift_found", second_admin: "drift_found"}
    assert Notification.objects.all()[0].facts["path"] == f"/warehouses/{job.warehouse_id}/resources"


def test_a_person_stands_behind_a_token_and_nobody_behind_a_program(cast: Cast, end: End) -> None:
    own, _ = issue_token(cast.member, name="own", role=Role.MEMBER, days=1)
    account = create_service_account(cast.admin, name="robot", role=Role.ADMIN)
    program, _ = issue_token(cast.admin, name="p", role=Role.ADMIN, days=1, service_account_id=account.id)

    for asker in (f"token:{program.id}", "operator:root", "system:sweeper"):
        end(asker)
    assert told() == {}
    end(f"token:{own.id}")
    assert told() == {cast.member.id: "change_ended"}


def test_who_said_no_left_or_has_no_address_is_not_told(cast: Cast, end: End) -> None:
    audience.choose(user(cast.admin), {"change_ended": False})
    end(cast.admin)
    audience.choose(user(cast.admin), {"change_ended": True})
    somebody = user(cast.member)
    somebody.email = ""
    somebody.save()
    end(cast.member)
    Membership.objects.filter(user_id=cast.reader.id).delete()
    end(cast.reader)
    end(cast.outsider)

    assert told() == {}
    end(cast.admin)
    assert told() == {cast.admin.id: "change_ended"}


def test_a_change_that_is_undone_is_not_told(cast: Cast, end: End) -> None:
    before = wake_ups()
    with transaction.atomic():
        end(cast.admin)
        transaction.set_rollback(True)

    assert told() == {}
    assert wake_ups() == before


def test_a_change_that_was_stopped_is_not_told(cast: Cast, end: End) -> None:
    end(cast.admin, state=JobState.CANCELLED)

    assert told() == {}


def test_a_data_flow_that_fails_is_told_once_until_it_went_well_again(cast: Cast, second_admin: str) -> None:
    warehouse = Warehouse.objects.create(organisation=cast.organisation, provider="local", name="sales")
    flow = DataFlow.objects.create(
        organisation=cast.organisation, warehouse=warehouse, template="t", name="Our shop", made_by=cast.member.label
    )
    counts = []
    for state in (RunState.FAILED, RunState.FAILED, RunState.DONE, RunState.STOPPED, RunState.FAILED):
        run = FlowRun.objects.create(
            organisation=cast.organisation, flow=flow, state=RunState.RUNNING, asked_by="system:schedule", trigger="x"
        )
        runs.move(run, state, error_message="It broke.", error_hint="Mend it.")
        counts.append(Notification.objects.count())
    assert counts == [3, 3, 3, 3, 6]
    assert set(told().values()) == {"flow_failed"}
    assert set(told()) == {cast.admin.id, second_admin, cast.member.id}
    row = Notification.objects.all()[0]
    assert (row.facts["title"], row.facts["path"]) == ("Our shop brings nothing new", f"/flows/{flow.id}")
