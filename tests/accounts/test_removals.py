"""Who was removed stays outside, whatever role a provider gives, until somebody lets them in again."""

from uuid import UUID

import pytest

from oneclick.accounts import invitations, members, queries
from oneclick.accounts.errors import MemberNotFound
from oneclick.accounts.models import Membership, Removal
from oneclick.accounts.roles import NotAllowed, Role
from oneclick.accounts.sign_in.models import IdentityProvider
from oneclick.accounts.users.models import User
from oneclick.audit.models import AuditEvent
from tests.accounts.conftest import signed_in, with_token
from tests.accounts.sign_in.conftest import Browser, address_in, idp, origin, provider  # noqa: F401 - fixtures
from tests.accounts.sign_in.provider import Provider
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(provider: IdentityProvider, idp: Provider) -> Browser:  # noqa: F811 - the fixtures
    """Somebody whom the provider's default role let in."""
    browser = Browser(provider, idp)
    browser.sign_in()
    return browser


def membership() -> Membership | None:
    return Membership.objects.filter(user__subject="ada").first()


def ada_id() -> UUID:
    return User.objects.get(subject="ada").id


def test_a_default_role_doesn_t_bring_them_back(ada: Browser, cast: Cast) -> None:
    assert membership() is not None
    members.remove_member(cast.admin, ada_id())

    refused = ada.sign_in()

    assert refused.status_code == 403
    assert "were removed" in refused.content.decode()
    assert membership() is None


def test_nor_does_a_group(ada: Browser, cast: Cast) -> None:
    IdentityProvider.objects.update(roles_by_group={"bosses": "admin"})
    members.remove_member(cast.admin, ada_id())

    assert ada.sign_in(groups=["bosses"]).status_code == 403
    assert membership() is None


def test_an_admin_lets_them_in_again(ada: Browser, cast: Cast) -> None:
    members.remove_member(cast.admin, ada_id())
    browser = signed_in(cast.admin)
    assert "ada@example.com" in browser.get("/team/removed").content.decode()

    assert browser.post(f"/team/removed/{ada_id()}/readmit").status_code == 302

    assert not Removal.objects.exists()
    assert AuditEvent.objects.get(action="member.readmitted").target_id == str(ada_id())
    assert ada.sign_in().status_code == 302
    assert membership() is not None


def test_an_invitation_does_when_it_is_taken_up(ada: Browser, cast: Cast) -> None:
    members.remove_member(cast.admin, ada_id())
    invited = invitations.invite(cast.admin, email="ada@example.com", role=Role.MEMBER)

    assert ada.sign_in().status_code == 302  # invited, and so let in as far as the link's page
    assert membership() is None
    ada.client.get(invited.path, follow=True)
    assert ada.client.post("/join").status_code == 302

    found = membership()
    assert found is not None
    assert found.role == "member"
    assert not Removal.objects.exists()


def test_who_left_stays_outside_too(ada: Browser) -> None:
    assert ada.client.post("/team/leave").status_code == 302
    assert ada.sign_in().status_code == 403


def test_who_lost_their_groups_comes_back_with_them(ada: Browser) -> None:
    IdentityProvider.objects.update(roles_by_group={"readers": "reader"}, default_role="")

    assert ada.sign_in(groups=[]).status_code == 403
    assert membership() is None
    assert ada.sign_in(groups=["readers"]).status_code == 302
    assert membership() is not None


def test_the_organisation_s_domain_leads_to_its_provider_and_membership(
    provider: IdentityProvider,  # noqa: F811 - the fixture
    idp: Provider,  # noqa: F811 - the fixture
    cast: Cast,
) -> None:
    """The whole way of somebody new: address, domain, provider, member just in time."""
    cast.organisation.domain = "example.com"
    cast.organisation.save()
    browser = Browser(provider, idp)

    found = browser.client.post("/sign-in/", {"email": "ada@example.com", "next": "/team"})
    back = browser.come_back(**idp.authorise(address_in(found)))

    assert back["Location"] == "/team"
    assert browser.client.get("/team").status_code == 200
    joined = membership()
    assert joined is not None
    assert (joined.organisation, joined.role) == (cast.organisation, "reader")


def test_rest_lists_and_lets_in_again(cast: Cast) -> None:
    members.remove_member(cast.admin, UUID(cast.reader.id))
    api = with_token(cast.admin)

    (listed,) = api("GET", "/api/removed-members").json()["items"]

    assert (listed["user_id"], listed["removed_by"]) == (cast.reader.id, cast.admin.label)
    assert api("DELETE", f"/api/removed-members/{cast.reader.id}").status_code == 204
    assert api("DELETE", f"/api/removed-members/{cast.reader.id}").status_code == 404


@pytest.mark.parametrize("who", ["member", "outsider"])
def test_it_is_the_admins_alone(cast: Cast, who: str) -> None:
    members.remove_member(cast.admin, UUID(cast.reader.id))

    with pytest.raises((NotAllowed, MemberNotFound)):
        members.readmit(getattr(cast, who), UUID(cast.reader.id))

    assert [each.user_id for each in queries.removed_members(cast.organisation.id)] == [UUID(cast.reader.id)]
    assert queries.removed_members(cast.elsewhere.id) == []
