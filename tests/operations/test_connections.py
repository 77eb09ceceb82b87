"""Where the installation may connect to, as its operators say."""

from typing import Any

import pytest
from django.test import Client

from oneclick.core.environment import SettingError
from oneclick.outbound.guard import look
from oneclick.outbound.models import AllowedDestination
from oneclick.project.environment import read_environment

pytestmark = pytest.mark.django_db


def is_allowed(host: str, port: int) -> bool:
    return look(host, port, timeout_s=1).is_allowed


def test_a_new_installation_asks_for_the_companys_networks(operator: Client) -> None:
    page = operator.get("/operator/connections").content.decode()

    assert "Which networks are your company" in page
    chosen = operator.get("/operator/connections?destination=10.0.0.0/8").content.decode()
    assert 'value="10.0.0.0/8"' in chosen


def test_what_is_allowed_can_be_connected_to_until_it_is_taken_off(operator: Client) -> None:
    assert not is_allowed("10.7.0.9", 5432)
    operator.post("/operator/connections", {"destination": "10.7.0.0/16", "reason": "the office"})
    assert is_allowed("10.7.0.9", 5432)
    assert "the office" in operator.get("/operator/connections").content.decode()

    entry = AllowedDestination.objects.get()
    operator.post(f"/operator/connections/{entry.id}/forget")

    assert not is_allowed("10.7.0.9", 5432)
    assert operator.post(f"/operator/connections/{entry.id}/forget").status_code == 404


@pytest.mark.parametrize(
    ("destination", "words"),
    [
        ("127.0.0.1:5433", "oneclick outbound allow 127.0.0.1:5433"),
        ("169.254.169.254:80", "oneclick outbound allow 169.254.169.254:80"),
        ("metadata.google.internal:80", "keep their machines"),
        ("8.8.8.8:53", "is public"),
        ("nonsense", "names no port"),
    ],
)
def test_what_a_page_can_t_allow_says_what_can(operator: Client, destination: str, words: str) -> None:
    page = operator.post("/operator/connections", {"destination": destination})

    assert page.status_code == 422
    assert words in page.content.decode()
    assert not AllowedDestination.objects.exists()
    over_rest = operator.post("/api/operator/connections", {"destination": destination}, "application/json")
    assert over_rest.status_code == 422


def test_the_environment_allows_too(operator: Client, settings: Any) -> None:
    given = read_environment({"ONECLICK_OUTBOUND_ALLOW": "10.20.0.0/16, app.corp.example:5432"})
    settings.ONECLICK_OUTBOUND_ALLOW = given.outbound_allow

    assert is_allowed("10.20.3.4", 1433)
    assert not is_allowed("10.21.3.4", 1433)
    page = operator.get("/operator/connections").content.decode()
    assert "app.corp.example:5432" in page
    assert "Which networks are your company" not in page


def test_a_network_of_the_environment_never_covers_this_machine(settings: Any) -> None:
    settings.ONECLICK_OUTBOUND_ALLOW = read_environment({"ONECLICK_OUTBOUND_ALLOW": "127.0.0.0/8"}).outbound_allow

    assert not is_allowed("127.0.0.1", 5433)


def test_a_setting_that_is_no_destination_is_named() -> None:
    with pytest.raises(SettingError, match=r"ONECLICK_OUTBOUND_ALLOW.*names no port"):
        read_environment({"ONECLICK_OUTBOUND_ALLOW": "10.20.0.0/16,db.corp.example"})
