import pytest

from oneclick.accounts import operators
from oneclick.accounts.errors import UserNotFound
from oneclick.accounts.models import OperatorGrant
from oneclick.accounts.roles import NotAllowed
from oneclick.accounts.services import operator_principal
from oneclick.accounts.users.models import User
from oneclick.audit.models import AuditEvent
from tests.cast import Cast, user

pytestmark = pytest.mark.django_db


def test_no_role_makes_somebody_an_operator(cast: Cast) -> None:
    for principal in (cast.admin, cast.member, cast.reader, cast.outsider):
        with pytest.raises(NotAllowed) as caught:
            principal.demand_operator()
    assert "oneclick operator grant" in caught.value.hint
    operator_principal(cast.organisation).demand_operator()


def test_the_right_is_given_and_taken_back_and_written_down_once(cast: Cast) -> None:
    reader = user(cast.reader)
    for _ in range(2):
        operators.grant(reader, actor="operator:root")
    assert [each.user for each in operators.operators()] == [reader]
    for _ in range(2):
        operators.take_back(reader, actor="operator:root")

    assert not OperatorGrant.objects.exists()
    logged = AuditEvent.objects.filter(organisation_id=None, target_id=cast.reader.id).order_by("id")
    assert [event.action for event in logged] == ["operator.granted", "operator.taken_back"]


def test_a_user_is_named_by_address_or_id(cast: Cast) -> None:
    reader = user(cast.reader)

    assert operators.user_named("READER@example.com") == reader
    assert operators.user_named(str(reader.id)) == reader
    with pytest.raises(UserNotFound):
        operators.user_named("nobody@example.com")


def test_an_address_that_two_have_names_nobody(cast: Cast) -> None:
    User.objects.create(issuer="https://other.example", subject="x", email="reader@example.com")

    with pytest.raises(UserNotFound, match="Several") as caught:
        operators.user_named("reader@example.com")

    assert "https://other.example" in caught.value.message
