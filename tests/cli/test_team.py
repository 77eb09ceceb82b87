from collections.abc import Callable

import pytest

from oneclick.accounts.digests import digest_of
from oneclick.accounts.invitations import look_at
from oneclick.accounts.models import OperatorGrant
from oneclick.core.secrets import SecretText
from tests.cast import Cast
from tests.cli.conftest import Ran

Oneclick = Callable[..., Ran]
pytestmark = pytest.mark.django_db
ACME = ("--organisation", "Acme")


def test_members_are_listed_changed_and_removed(oneclick: Oneclick, cast: Cast) -> None:
    assert oneclick("member", "change", "READER@example.com", "member", *ACME).code == 0
    assert oneclick("member", "remove", cast.member.id, *ACME).code == 0

    listed = oneclick("member", "list", *ACME, "--json").json
    assert [(each["name"], each["role"]) for each in listed] == [("reader", "member"), ("admin", "admin")]
    assert "reader@example.com" in oneclick("member", "list", *ACME).out


def test_the_last_admin_and_strangers_are_refused(oneclick: Oneclick, cast: Cast) -> None:
    assert oneclick("member", "remove", "admin@example.com", *ACME).code == 5
    assert oneclick("member", "change", "outsider@example.com", "reader", *ACME).code == 3


def test_an_invitation_is_printed_as_a_link(oneclick: Oneclick, cast: Cast) -> None:
    ran = oneclick("member", "invite", "new@example.com", "--role", "member", *ACME)

    _, _, secret = ran.out.strip().partition("/join?invitation=")
    assert look_at(digest_of(SecretText(secret))).email == "new@example.com"
    assert oneclick("member", "invite", "admin@example.com", *ACME).code == 5


def test_operators_are_made_and_unmade(oneclick: Oneclick, cast: Cast) -> None:
    assert oneclick("operator", "grant", "reader@example.com").code == 0
    assert [each["name"] for each in oneclick("operator", "list", "--json").json] == ["reader"]
    assert "reader@example.com" in oneclick("operator", "list").out
    assert oneclick("operator", "take-back", cast.reader.id).code == 0

    assert not OperatorGrant.objects.exists()
    assert oneclick("operator", "grant", "nobody@example.com").code == 3


def test_who_was_removed_is_listed_and_let_in_again(oneclick: Oneclick, cast: Cast) -> None:
    assert oneclick("member", "remove", "reader@example.com", *ACME).code == 0

    (listed,) = oneclick("member", "removed", *ACME, "--json").json

    assert (listed["id"], listed["email"]) == (cast.reader.id, "reader@example.com")
    assert "reader@example.com" in oneclick("member", "removed", *ACME).out
    assert oneclick("member", "readmit", listed["id"], *ACME).code == 0
    assert oneclick("member", "readmit", listed["id"], *ACME).code == 3
