"""From rows to mails: each once, as far as mail servers allow it."""

import threading
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection
from structlog.testing import capture_logs

from oneclick.accounts import members
from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Role
from oneclick.accounts.services import operator_principal
from oneclick.accounts.users.models import User
from oneclick.core.clock import utcnow
from oneclick.notifications import audience, outbox, tasks
from oneclick.notifications.models import Notification
from oneclick.notifications.outbox import MOST_ATTEMPTS, TAKEN_FOR, deliver_due, forget_old, take
from oneclick.provisioning.models import JobState
from oneclick.stack.ports import free_port
from oneclick.warehouses.models import Warehouse
from tests.cast import Cast, user
from tests.notifications.conftest import End
from tests.notifications.post_office import PostOffice, open_post_office
from tests.notifications.test_smtp import a_server

pytestmark = pytest.mark.django_db
ADMIN = "admin@example.com"


class Time:
    """A clock that is moved on."""

    def __init__(self) -> None:
        self.now = utcnow() + timedelta(minutes=1)

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def time() -> Time:
    return Time()


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_it_is_sent_once(cast: Cast, end: End, office: PostOffice, time: Time) -> None:
    end(cast.admin)

    assert deliver_due(office.server, clock=time) == 1
    assert deliver_due(office.server, clock=time) == 0
    assert office.recipients == [ADMIN]
    row = Notification.objects.get()
    assert row.sent_at == time.now
    assert row.next_attempt_at is None


def test_it_says_what_happened_and_where_to_look(cast: Cast, end: End, office: PostOffice, settings: Any) -> None:
    settings.ONECLICK_ORIGIN = "https://dwh.acme.example"
    somebody = user(cast.admin)
    somebody.time_zone = "Asia/Tokyo"
    somebody.save()
    job = end(
        cast.admin, state=JobState.FAILED, error_code="x", error_message="Role <ONECLICK> & co.", error_hint="Grant it."
    )

    assert deliver_due(office.server) == 1

    (mail,) = office.received
    plain, html = text_of(mail), text_of(mail, "html")
    assert mail["Subject"] == "Set up sales: it failed (Acme)"
    for text in (plain, html):
        assert f"https://dwh.acme.example/changes/{job.id}" in text
        assert "https://dwh.acme.example/account/notifications" in text
        assert "Grant it." in text
        assert "JST" in text
        assert Notification.objects.get().correlation_id in text
    assert "Role <ONECLICK> & co." in plain
    assert "Role &lt;ONECLICK&gt; &amp; co." in html


def test_what_people_named_can_add_no_header(cast: Cast, warehouse: Warehouse, end: End, office: PostOffice) -> None:
    Organisation.objects.filter(id=cast.organisation.id).update(name="Acme\r\nBcc: all@acme.example" + "ü" * 60)
    Warehouse.objects.filter(id=warehouse.id).update(name="a\nX-Evil: yes\u2028" + "ü" * 40)
    end(cast.admin)

    assert deliver_due(office.server) == 1

    (mail,) = office.received
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    assert office.recipients == [ADMIN]
    assert "X-Evil: yes" in mail["Subject"]
    assert len(mail["Subject"]) <= 150


def test_an_address_that_is_none_harms_nobody_else(cast: Cast, end: End, office: PostOffice) -> None:
    User.objects.filter(id=cast.member.id).update(email="a@b.example\r\nRCPT TO:<c@d.example>")
    end(cast.member, state=JobState.FAILED, error_message="x")

    deliver_due(office.server)

    assert office.recipients == [ADMIN]
    given_up = Notification.objects.get(user_id=cast.member.id)
    assert given_up.sent_at is None
    assert given_up.next_attempt_at is None
    assert "isn't an address" in given_up.problem


def test_a_refusal_for_now_is_tried_again_later_and_one_for_good_is_not(
    cast: Cast, end: End, office: PostOffice, time: Time
) -> None:
    office.says = ["451 Later", "421 Later still"]
    end(cast.admin)

    for expected in (0, 0, 1):
        assert deliver_due(office.server, clock=time) == expected
        assert deliver_due(office.server, clock=time) == 0
        time.go_on(minutes=10)
    office.says = ["550 Never"]
    end(cast.admin)
    time.go_on(minutes=1)
    assert deliver_due(office.server, clock=time) == 0
    time.go_on(days=3)
    assert deliver_due(office.server, clock=time) == 0

    assert len(office.received) == 1
    assert "550" in Notification.objects.get(sent_at=None).problem


def test_it_is_given_up_after_a_while(cast: Cast, end: End, time: Time) -> None:
    nobody = a_server(free_port())
    end(cast.admin)

    for _ in range(MOST_ATTEMPTS + 3):
        assert deliver_due(nobody, clock=time) == 0
        time.go_on(hours=7)

    row = Notification.objects.get()
    assert row.attempts == MOST_ATTEMPTS
    assert row.next_attempt_at is None
    assert "can't be reached" in row.problem


def test_a_server_that_is_away_is_asked_once_not_for_each_mail(cast: Cast, end: End, time: Time) -> None:
    for _ in range(5):
        end(cast.admin)

    deliver_due(a_server(free_port()), clock=time)

    assert sorted(Notification.objects.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]


def test_a_line_cut_after_the_mail_doubles_it_with_one_message_id(
    cast: Cast, end: End, office: PostOffice, time: Time
) -> None:
    office.says = [""]
    end(cast.admin)

    assert deliver_due(office.server, clock=time) == 0
    time.go_on(minutes=2)
    assert deliver_due(office.server, clock=time) == 1

    first, second = office.received
    assert first["Message-ID"] == second["Message-ID"] == f"<{Notification.objects.get().id}@acme.example>"
    assert first["Date"] == second["Date"]


def test_whoever_was_killed_while_sending_is_followed_by_another(
    cast: Cast, end: End, office: PostOffice, time: Time
) -> None:
    end(cast.admin)
    assert take(Notification.objects.get(), time)

    assert deliver_due(office.server, clock=time) == 0
    time.now += TAKEN_FOR
    assert deliver_due(office.server, clock=time) == 1


def test_one_that_kills_its_sender_is_not_tried_for_ever(cast: Cast, end: End, office: PostOffice, time: Time) -> None:
    end(cast.admin)
    for _ in range(MOST_ATTEMPTS):
        assert take(Notification.objects.get(), time)
        time.now += TAKEN_FOR

    assert deliver_due(office.server, clock=time) == 0
    assert Notification.objects.get().next_attempt_at is None


def test_of_two_who_want_it_one_gets_it(cast: Cast, end: End, time: Time) -> None:
    end(cast.admin)
    mine, yours = Notification.objects.get(), Notification.objects.get()

    assert [take(mine, time), take(yours, time)] == [True, False]


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_mail_once(cast: Cast, end: End, office: PostOffice, monkeypatch: Any) -> None:
    for _ in range(12):
        end(cast.admin)
    monkeypatch.setattr(outbox, "_turn", _NoTurn())

    def work() -> None:
        deliver_due(office.server)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len({mail["Message-ID"] for mail in office.received}) == len(office.received) == 12


class _NoTurn:
    """Stands for many processes: each has a turn of its own."""

    def acquire(self, *, blocking: bool) -> bool:
        return True

    def release(self) -> None:
        pass


def test_who_was_removed_meanwhile_gets_nothing(cast: Cast, end: End, office: PostOffice) -> None:
    end(cast.member)
    members.remove_member(cast.admin, user(cast.member).id)

    assert deliver_due(office.server) == 0
    assert office.received == []


def test_who_was_demoted_meanwhile_gets_nothing_that_is_for_admins(cast: Cast, end: End, office: PostOffice) -> None:
    end(cast.member, state=JobState.FAILED, error_message="x")
    members.change_role(cast.admin, user(cast.member).id, Role.ADMIN)
    members.change_role(operator_principal(cast.organisation), user(cast.admin).id, Role.READER)

    assert deliver_due(office.server) == 1
    assert office.recipients == ["member@example.com"]


def test_who_was_switched_off_or_said_no_meanwhile_gets_nothing(cast: Cast, end: End, office: PostOffice) -> None:
    end(cast.member)
    end(cast.admin)
    User.objects.filter(id=cast.member.id).update(is_active=False)
    audience.choose(user(cast.admin), {"change_ended": False})

    assert deliver_due(office.server) == 0
    assert {row.next_attempt_at for row in Notification.objects.all()} == {None}


def test_without_a_server_it_is_written_into_the_log(cast: Cast, end: End) -> None:
    end(cast.admin)

    with capture_logs() as logs:
        assert deliver_due(None) == 1
    said = str(logs)
    assert "sales is ready" in said
    assert ADMIN not in said


def test_the_worker_sends_by_the_servers_settings(cast: Cast, end: End, office: PostOffice, settings: Any) -> None:
    settings.ONECLICK_MAIL_SERVER = office.server
    end(cast.admin)
    tasks.deliver()
    end(cast.admin)
    tasks.deliver_due(timestamp=0)

    assert len(office.received) == 2


def test_a_slow_server_takes_one_thread_of_a_worker(cast: Cast, end: End, time: Time) -> None:
    with open_post_office() as office:
        end(cast.admin)
        assert outbox._turn.acquire(blocking=False)
        try:
            assert deliver_due(office.server, clock=time) == 0
        finally:
            outbox._turn.release()
        assert deliver_due(office.server, clock=time) == 1


def test_rows_go_after_a_month(cast: Cast, end: End, time: Time) -> None:
    end(cast.admin)
    assert forget_old(time) == 0
    time.go_on(days=31)

    assert forget_old(time) == 1
