"""The page of connectors, and what a worker does for it."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models import QuerySet
from django.test import Client

from oneclick.accounts.roles import NotAllowed
from oneclick.audit.models import AuditEvent
from oneclick.pipelines import connectors
from oneclick.pipelines.contract.errors import BadFlow
from oneclick.pipelines.models import ConnectorInstallation, DataFlow, InstallationState
from oneclick.pipelines.templates.airbyte import installing
from oneclick.pipelines.templates.airbyte.errors import ConnectorInstallFailed
from oneclick.pipelines.templates.airbyte.known import connector
from oneclick.warehouses.models import Warehouse
from tests.accounts.conftest import an_operator, signed_in, signed_in_as
from tests.browser import NARROW, WIDE, Look, assert_presentable, browser, look
from tests.cast import Cast
from tests.pipelines.templates.airbyte.conftest import NAME, VERSION, put

__all__ = ["browser", "look"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(cast: Cast, settings: Any, tmp_path: Path) -> Client:
    settings.HOME = tmp_path
    return signed_in(cast.member)


def test_connectors_are_searched_and_say_whether_they_were_tried(page: Client) -> None:
    shown = page.get("/flows/connectors").content.decode()
    assert "Tried here" in shown
    assert "more. Search" in shown
    found = page.get("/flows/connectors?q=stripe").content.decode()
    assert "Install Stripe" in found
    assert "No connector with that name" in page.get("/flows/connectors?q=nonsense").content.decode()


def test_one_is_asked_for_once_and_used_when_it_is_there(
    page: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        assert page.post("/flows/connectors/install", {"connector": NAME}).status_code == 302
    wish = ConnectorInstallation.objects.get()
    shown = page.get(f"/flows/connectors?q={NAME.split('-')[0]}").content.decode()
    assert "Waiting to start" in shown
    assert "every 2s" in shown

    def install(home: Path, name: str, version: str, *, on_step: Any) -> installing.Installed:
        on_step("Installing it")
        assert ConnectorInstallation.objects.get().said == "Installing it"
        return dataclasses.replace(put(home), version=version)

    monkeypatch.setattr(installing, "install", install)
    connectors.install(wish.id)
    wish.refresh_from_db()
    assert wish.state == InstallationState.DONE
    shown = page.get(f"/flows/connectors?q={NAME.split('-')[0]}").content.decode()
    assert f"/flows/new/airbyte?connector={NAME}&amp;version={VERSION}" in shown


def test_what_is_chosen_is_in_the_form(page: Client, warehouse: Warehouse, cast: Cast) -> None:
    put(Path(settings.HOME))
    shown = page.get(f"/flows/new/airbyte?connector={NAME}&version={VERSION}").content.decode()
    assert f'value="{NAME}" selected' in shown
    assert 'name="config.' in shown


def test_a_failure_is_told_and_tried_again(page: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    wish = connectors.ask(cast.member, NAME)

    def fail(*_: Any, **__: Any) -> None:
        raise ConnectorInstallFailed("PyPI doesn't answer.")

    monkeypatch.setattr(installing, "install", fail)
    connectors.install(wish.id)
    assert "PyPI doesn" in page.get(f"/flows/connectors?q={NAME.split('-')[0]}").content.decode()
    assert connectors.ask(cast.member, NAME).state == InstallationState.RUNNING


def test_who_may_not_bring_in_data_installs_nothing(page: Client, cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        connectors.ask(cast.reader, NAME)
    with pytest.raises(BadFlow):
        connectors.ask(cast.member, "not-a-connector")


@pytest.fixture
def operator(page: Client) -> Client:
    return signed_in_as(an_operator())


def removals() -> QuerySet[AuditEvent]:
    """Those of earlier tests, too: nobody empties the log."""
    return AuditEvent.objects.filter(action="connector.removed")


def a_flow(cast: Cast, warehouse: Warehouse) -> DataFlow:
    return DataFlow.objects.create(
        organisation=cast.organisation, warehouse=warehouse, template="airbyte", name="people", made_by="x",
        config={"connector": NAME, "version": VERSION},
    )  # fmt: skip


def test_operators_remove_what_nobody_needs_and_the_audit_log_tells(operator: Client) -> None:
    made = put(Path(settings.HOME))
    assert f"Remove {connector(NAME).title} {VERSION}" in operator.get("/operator/connectors").content.decode()

    answer = operator.post("/operator/connectors/remove", {"connector": NAME, "version": VERSION}, follow=True)

    assert "is removed" in answer.content.decode()
    assert not made.folder.exists()
    event = removals().latest("id")
    assert (event.target_id, event.detail, event.organisation_id) == (NAME, {"version": VERSION}, None)
    assert "No connector is installed" in operator.get("/operator/connectors").content.decode()


def test_one_that_a_data_flow_needs_stays(operator: Client, cast: Cast, warehouse: Warehouse) -> None:
    made, before = put(Path(settings.HOME)), removals().count()
    a_flow(cast, warehouse)

    assert "in use" in operator.get("/operator/connectors").content.decode()
    answer = operator.post("/operator/connectors/remove", {"connector": NAME, "version": VERSION}, follow=True)
    assert "is used by 1 data flow of this installation" in answer.content.decode()
    assert operator.delete(f"/api/operator/connectors/{NAME}/{VERSION}").status_code == 409

    assert made.folder.exists()
    assert removals().count() == before


def test_rest_searches_asks_and_removes(page: Client, operator: Client) -> None:
    put(Path(settings.HOME))
    found = page.get(f"/api/connectors?q={NAME.split('-')[0]}&limit=1").json()
    assert [(each["name"], each["version"], each["is_installed"]) for each in found] == [(NAME, VERSION, True)]

    asked = page.post("/api/connectors", {"name": "stripe"}, content_type="application/json")
    assert (asked.status_code, asked.json()["state"]) == (202, "running")
    assert page.post("/api/connectors", {"name": "no-such"}, content_type="application/json").status_code == 422

    assert [each["name"] for each in operator.get("/api/operator/connectors").json()] == [NAME]
    assert operator.delete(f"/api/operator/connectors/{NAME}/{VERSION}").status_code == 204
    assert operator.get("/api/operator/connectors").json() == []
    assert operator.delete(f"/api/operator/connectors/no-such/{VERSION}").status_code == 404


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_operators_list_is_presentable(
    look: Look, live_server: Any, settings: Any, operator: Client, *, width: int
) -> None:
    settings.ONECLICK_ORIGIN = live_server.url
    put(Path(settings.HOME))

    assert_presentable(look(f"{live_server}/operator/connectors", client=operator, width=width))
