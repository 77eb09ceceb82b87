"""What people choose, and what operators see of the mail server."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from oneclick.accounts import operators
from oneclick.audit.models import AuditEvent
from oneclick.notifications.models import NotificationSetting
from oneclick.stack.ports import free_port
from tests.accounts.conftest import an_operator, signed_in, signed_in_as, with_token
from tests.browser import NARROW, WIDE, Look, assert_presentable, browser, look
from tests.cast import Cast, user
from tests.notifications.post_office import PASSWORD, PostOffice, open_post_office
from tests.notifications.test_smtp import a_server

__all__ = ["browser", "look"]
pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def with_login(settings: Any) -> Iterator[PostOffice]:
    """A mail server with a login, which the settings name."""
    with open_post_office(wants_login=True) as office:
        settings.ONECLICK_MAIL_SERVER = office.server
        yield office


@pytest.fixture
def operator() -> Client:
    return signed_in_as(an_operator())


@pytest.fixture
def admin_client(cast: Cast) -> Client:
    """An admin who is an operator besides."""
    operators.grant(user(cast.admin), actor="system:test")
    return signed_in(cast.admin)


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_people_choose_what_they_are_told_of(cast: Cast, with_login: PostOffice) -> None:
    admin = signed_in(cast.admin)
    page = text_of(admin, "/account/notifications")
    assert page.count("checked") == 5
    assert "admin@example.com" in page
    assert "No mail server" not in page

    assert admin.post("/account/notifications", {"drift_found": "on"}).status_code == 302

    assert text_of(admin, "/account/notifications").count("checked") == 1
    assert dict(NotificationSetting.objects.values_list("kind", "by_email")) == {
        "change_ended": False, "change_failed": False, "drift_found": True, "flow_failed": False,
        "flow_quiet": False,
    }  # fmt: skip


def test_what_is_for_admins_is_offered_to_admins(cast: Cast) -> None:
    page = text_of(signed_in(cast.reader), "/account/notifications")

    assert "A change that I asked for" in page
    assert "somebody else" not in page
    assert "change_failed" not in page


def test_without_a_mail_server_the_pages_say_so(cast: Cast, operator: Client) -> None:
    assert "No mail server is set up" in text_of(signed_in(cast.reader), "/account/notifications")
    page = text_of(operator, "/operator/mail")
    assert "ONECLICK_SMTP_HOST" in page
    assert "Send a test mail" not in page


def test_who_belongs_nowhere_has_nothing_to_choose(operator: Client) -> None:
    assert "Nothing to be told of" in text_of(operator, "/account/notifications")


def test_the_same_over_rest(cast: Cast, with_login: PostOffice) -> None:
    as_admin = with_token(cast.admin)

    changed = as_admin("PATCH", "/api/notifications/settings", {"by_email": {"change_failed": False}})
    assert changed.status_code == 200
    found = as_admin("GET", "/api/notifications/settings").json()
    assert found["is_sent"] is True
    assert {each["kind"]: each["by_email"] for each in found["choices"]} == {
        "change_ended": True, "change_failed": False, "drift_found": True, "flow_failed": True,
            "flow_quiet": True,
    }  # fmt: skip
    refused = as_admin("PATCH", "/api/notifications/settings", {"by_email": {"rain": True}})
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "unknown_notification_kind"


def test_an_operator_tries_the_mail_server(operator: Client, with_login: PostOffice) -> None:
    page = text_of(operator, "/operator/mail")
    assert str(with_login.server) in page
    assert PASSWORD not in page

    sent = operator.post("/operator/mail", {"to": "ada@acme.example"}, follow=True)
    over_rest = operator.post("/api/operator/mail/try", {"to": "ben@acme.example"}, JSON)

    assert "took the mail to ada@acme.example" in sent.content.decode()
    assert over_rest.status_code == 204
    assert with_login.recipients == ["ada@acme.example", "ben@acme.example"]
    assert list(AuditEvent.objects.filter(action="mail.tried").values_list("detail", flat=True)) == [{}, {}]


def test_what_goes_wrong_is_said(operator: Client, settings: Any) -> None:
    settings.ONECLICK_MAIL_SERVER = a_server(free_port())

    page = operator.post("/operator/mail", {"to": "ada@acme.example"})
    over_rest = operator.post("/api/operator/mail/try", {"to": "ada@acme.example"}, JSON)

    assert page.status_code == 422
    assert "can&#x27;t be reached" in page.content.decode()
    assert "ONECLICK_SMTP_PORT" in page.content.decode()
    assert over_rest.status_code == 503
    assert over_rest.json()["error"]["code"] == "mail_server_unreachable"
    assert operator.post("/operator/mail", {"to": "nobody"}).status_code == 422
    settings.ONECLICK_MAIL_SERVER = None
    refused = operator.post("/api/operator/mail/try", {"to": "ada@acme.example"}, JSON)
    assert refused.json()["error"]["code"] == "no_mail_server"


def test_only_operators_try_it(cast: Cast, with_login: PostOffice) -> None:
    for somebody in (signed_in(cast.admin), Client(raise_request_exception=False)):
        page = somebody.post("/operator/mail", {"to": "ada@acme.example"})
        over_rest = somebody.post("/api/operator/mail/try", {"to": "ada@acme.example"}, JSON)
        assert page.status_code in (302, 403)
        assert over_rest.status_code in (401, 403)
    assert with_token(cast.admin)("POST", "/api/operator/mail/try", {"to": "a@acme.example"}).status_code == 403
    assert with_login.received == []
    assert not AuditEvent.objects.filter(action="mail.tried").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.usefixtures("with_login")
def test_the_pages_are_presentable(
    look: Look, live_server: Any, settings: Any, admin_client: Client, width: int
) -> None:
    settings.ONECLICK_ORIGIN = live_server.url
    page = look(f"{live_server.url}/account/notifications", client=admin_client, width=width)
    assert_presentable(page, "-with-server")
    page = look(f"{live_server.url}/operator/mail", client=admin_client, width=width, tolerated=422)
    assert_presentable(page, "-with-server")
    settings.ONECLICK_MAIL_SERVER = a_server(free_port())
    page.get_by_role("button", name="Send a test mail").click()
    page.get_by_role("alert").wait_for()
    assert_presentable(page, "-failed")
