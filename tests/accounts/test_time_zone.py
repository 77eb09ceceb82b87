"""In which zone people are told times."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from oneclick.accounts.models import ApiToken
from oneclick.accounts.roles import Permission, Role
from oneclick.accounts.services import issue_token
from oneclick.accounts.tokens import create_service_account
from tests.accounts.conftest import Api, signed_in, with_token
from tests.browser import Look, browser, look
from tests.cast import Cast, user

__all__ = ["browser", "look"]

IN_SUMMER = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
IN_TOKYO, IN_BERLIN, IN_UTC = "2 July 2026, 07:30:00 JST", "2 July 2026, 00:30:00 CEST", "1 July 2026, 22:30:00 UTC"


@pytest.fixture
def reader_client(cast: Cast) -> Client:
    made_in_summer(cast)
    return signed_in(cast.reader)


def made_in_summer(cast: Cast) -> None:
    issue_token(cast.reader, name="old", role=Role.READER, days=365)
    ApiToken.objects.update(last_used_at=IN_SUMMER)


def tokens(client: Client) -> str:
    return client.get("/tokens").content.decode()


@pytest.mark.django_db
def test_times_are_told_in_the_browsers_zone_until_one_is_chosen(reader_client: Client) -> None:
    assert IN_UTC in tokens(reader_client)
    reader_client.cookies["time_zone"] = "Europe/Berlin"
    assert IN_BERLIN in tokens(reader_client)

    answer = reader_client.post("/account/time-zone", {"time_zone": "Asia/Tokyo"})

    assert answer.status_code == 302
    page = tokens(reader_client)
    assert IN_TOKYO in page
    assert 'data-zone="Asia/Tokyo"' in page
    reader_client.post("/account/time-zone", {"time_zone": ""})
    assert IN_BERLIN in tokens(reader_client)


@pytest.mark.django_db
@pytest.mark.parametrize("said", ["Nowhere/Atlantis", "../../etc/passwd", "\x00", "x" * 5000, "Europe"])
def test_what_is_no_zone_is_not_believed(reader_client: Client, said: str) -> None:
    reader_client.cookies["time_zone"] = said

    assert IN_UTC in tokens(reader_client)
    refused = reader_client.post("/account/time-zone", {"time_zone": said})
    assert refused.status_code == 422


@pytest.mark.django_db
def test_a_zone_is_ones_own(cast: Cast, reader_client: Client) -> None:
    reader_client.post("/account/time-zone", {"time_zone": "Asia/Tokyo"})

    assert "data-zone" not in tokens(signed_in(cast.member))
    assert user(cast.reader).time_zone == "Asia/Tokyo"


@pytest.mark.django_db
def test_it_can_be_chosen_over_rest(cast: Cast) -> None:
    as_reader = with_token(cast.reader)

    assert as_reader("PATCH", "/api/account", {"time_zone": "America/New_York"}).json()["name"] == "reader"
    assert as_reader("GET", "/api/account").json()["time_zone"] == "America/New_York"
    refused = as_reader("PATCH", "/api/account", {"time_zone": "Mars"})
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "bad_account_input"


@pytest.mark.django_db
def test_programs_are_no_people(cast: Cast) -> None:
    account = create_service_account(cast.admin, name="robot", role=Role.READER)
    _, program = issue_token(cast.admin, name="p", role=Role.READER, days=1, service_account_id=account.id)
    _, narrowed = issue_token(cast.reader, name="n", role=Role.READER, days=1, scopes=[Permission.QUERY_DATA])

    for raw in (program, narrowed):
        refused = Api(headers={"Authorization": f"Bearer {raw.reveal()}"})("GET", "/api/account")
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "not_a_person"
    assert ApiToken.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_browser_says_its_zone_by_itself(look: Look, live_server: Any, settings: Any, cast: Cast) -> None:
    settings.ONECLICK_ORIGIN = live_server.url
    made_in_summer(cast)
    page = look(f"{live_server.url}/tokens", client=signed_in(cast.reader), timezone_id="Asia/Tokyo")
    title = page.locator("time").first.get_attribute("title")
    assert title is not None
    assert title.startswith("2 July 2026 at 07:30:00")

    page.reload()

    assert IN_TOKYO in page.request.get(page.url).text()
    page.goto(f"{live_server.url}/account/time-zone")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_role("button", name="Save").click()
    page.goto(f"{live_server.url}/tokens")
    title = page.locator("time").first.get_attribute("title")
    assert title is not None
    assert title.startswith("2 July 2026 at 00:30:00")
