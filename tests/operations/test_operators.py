"""Operators make operators, and somebody is always left who can."""

import threading

import pytest
from django.db import connection
from django.test import Client

from oneclick.accounts import operators
from oneclick.accounts.errors import LastOperator
from oneclick.accounts.models import OperatorGrant
from oneclick.accounts.users.models import User
from tests.accounts.conftest import an_operator, signed_in, with_token
from tests.cast import Cast, user

pytestmark = pytest.mark.django_db


def test_the_right_is_given_and_taken_back_on_the_page(cast: Cast, operator: Client) -> None:
    granted = operator.post("/operator/operators", {"user": "reader@example.com"}, follow=True)
    assert "reader" in granted.content.decode()
    assert signed_in(cast.reader).get("/operator/organisations").status_code == 200

    confirmation = operator.get(f"/operator/operators/{cast.reader.id}/take-back").content.decode()
    assert "Take the right back from reader" in confirmation
    operator.post(f"/operator/operators/{cast.reader.id}/take-back")

    assert signed_in(cast.reader).get("/operator/organisations").status_code == 403


def test_who_was_never_here_is_named(operator: Client) -> None:
    page = operator.post("/operator/operators", {"user": "nobody@example.com"})

    assert page.status_code == 422
    assert "nobody@example.com" in page.content.decode()


def test_the_last_one_stays(operator: Client) -> None:
    last = OperatorGrant.objects.get().user

    page = operator.post(f"/operator/operators/{last.id}/take-back")

    assert page.status_code == 409
    assert operator.delete(f"/api/operator/operators/{last.id}").status_code == 409
    assert operators.is_operator(last)
    assert "oneclick operator take-back" in page.content.decode()


def test_no_token_carries_the_right(cast: Cast) -> None:
    operators.grant(user(cast.admin), actor="system:test")

    answer = with_token(cast.admin)("GET", "/api/operator/organisations")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_an_operator")
    assert signed_in(cast.admin).get("/api/operator/organisations").status_code == 200


def test_a_change_over_rest_needs_the_csrf_token(cast: Cast) -> None:
    operators.grant(user(cast.admin), actor="system:test")
    browser = signed_in(cast.admin, checks_csrf=True)

    answer = browser.post("/api/operator/connections", {"destination": "10.0.0.0/8"}, "application/json")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "csrf_refused")


@pytest.mark.django_db(transaction=True)
def test_two_who_take_it_from_each_other_leave_one() -> None:
    pair = [an_operator("one"), an_operator("two")]
    refused: list[User] = []

    def take(found: User) -> None:
        try:
            operators.take_back(found, actor="system:test", leave_one=True)
        except LastOperator:
            refused.append(found)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[each]) for each in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert OperatorGrant.objects.count() == 1
    assert len(refused) == 1
