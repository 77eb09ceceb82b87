from uuid import UUID

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client, RequestFactory

from oneclick.accounts.errors import Unauthenticated
from oneclick.accounts.members import admit, change_role, remove_member
from oneclick.accounts.membership import CHOSEN, principal_of_request
from oneclick.accounts.operators import grant
from oneclick.accounts.roles import Role
from oneclick.accounts.users.models import User
from tests.accounts.conftest import Api, signed_in
from tests.cast import Cast, user

pytestmark = pytest.mark.django_db


def choose(client: Client, organisation_id: object) -> None:
    session: SessionBase = client.session
    session[CHOSEN] = str(organisation_id)
    session.save()


def whose(client: Client) -> tuple[int, str]:
    answer = client.get("/api/organisation")
    found = answer.json()
    return answer.status_code, found.get("name") or found["error"]["code"]


def test_a_session_speaks_for_the_only_organisation_with_the_members_role(cast: Cast) -> None:
    answer = signed_in(cast.reader).get("/api/organisation").json()

    assert (answer["name"], answer["role"]) == ("Acme", "reader")
    assert answer["permissions"] == ["make_tokens", "query_data", "view_members", "view_warehouses"]


def test_who_belongs_to_several_chooses_one(cast: Cast) -> None:
    admit(user(cast.admin), organisation=cast.elsewhere, role=Role.READER, actor="operator:test")
    client = signed_in(cast.admin)

    assert whose(client) == (409, "organisation_not_chosen")
    choose(client, cast.elsewhere.id)
    assert whose(client) == (200, "Elsewhere")
    choose(client, cast.organisation.id)
    assert whose(client) == (200, "Acme")


def test_a_choice_of_somebody_elses_organisation_means_nothing(cast: Cast) -> None:
    client = signed_in(cast.admin)
    for chosen in (cast.elsewhere.id, "nonsense"):
        choose(client, chosen)
        assert whose(client) == (200, "Acme")


def test_a_demoted_admin_loses_the_right_with_the_session_open(cast: Cast) -> None:
    admit(user(cast.member), organisation=cast.organisation, role=Role.ADMIN, actor="operator:test")
    client = signed_in(cast.member)
    assert client.get("/api/audit").status_code == 200

    change_role(cast.admin, UUID(cast.member.id), Role.MEMBER)

    assert client.get("/api/audit").status_code == 403


def test_a_removed_member_loses_everything_with_the_session_open(cast: Cast) -> None:
    client = signed_in(cast.reader)
    assert client.get("/api/warehouses").status_code == 200

    remove_member(cast.admin, UUID(cast.reader.id))

    assert whose(client) == (403, "no_organisation")


def test_a_change_by_session_needs_the_csrf_token(cast: Cast) -> None:
    client = signed_in(cast.admin, checks_csrf=True)

    refused = client.patch("/api/organisation", {"name": "Taken"}, content_type="application/json")

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "csrf_refused")
    cast.organisation.refresh_from_db()
    assert cast.organisation.name == "Acme"


def test_a_bad_token_is_not_made_good_by_a_session(cast: Cast) -> None:
    client = signed_in(cast.admin)

    answer = client.get("/api/organisation", headers={"Authorization": "Bearer ocd_wrong"})

    assert answer.status_code == 401


def test_nobody_is_signed_in_without_a_session(cast: Cast, as_admin: Api) -> None:
    assert Client().get("/api/organisation").status_code == 401
    assert as_admin("GET", "/api/organisation").json()["name"] == "Acme"


def test_being_an_operator_gives_no_right_in_an_organisation(cast: Cast) -> None:
    grant(user(cast.reader), actor="operator:test")

    assert signed_in(cast.reader).get("/api/audit").status_code == 403


def test_who_is_turned_off_while_asking_is_nobody(cast: Cast) -> None:
    request = RequestFactory().get("/")
    request.session = SessionBase()
    request.user = User.objects.get(id=cast.reader.id)
    User.objects.filter(id=cast.reader.id).update(is_active=False)

    with pytest.raises(Unauthenticated):
        principal_of_request(request)
