"""Whose e-mail address a token may carry, and which role follows: with tokens of each provider's own shape."""

from typing import Any

import pytest

from oneclick.accounts.invitations import invite
from oneclick.accounts.models import Membership
from oneclick.accounts.roles import Role
from oneclick.accounts.sign_in import providers
from oneclick.accounts.sign_in.arrivals import arrive, demand_welcome
from oneclick.accounts.sign_in.claims import person_of
from oneclick.accounts.sign_in.errors import EmailRefused, GroupsMissing, NotAdmitted, TokenRefused
from oneclick.accounts.sign_in.models import IdentityProvider, ProviderKind
from oneclick.accounts.sign_in.providers import ProviderInput
from oneclick.accounts.users.models import User
from oneclick.core.secrets import SecretText
from tests.cast import Cast

pytestmark = pytest.mark.django_db
TENANT = "8c7b2f1e-0d3a-4b5c-9e6f-1a2b3c4d5e6f"


def made(cast: Cast, kind: ProviderKind, where: str, **changes: Any) -> IdentityProvider:
    fields: dict[str, Any] = {"client_id": "c", "client_secret": SecretText("s"), "default_role": Role.READER}
    return providers.add_provider(cast.admin, ProviderInput(kind=kind, where=where, **{**fields, **changes}))


@pytest.fixture
def generic(cast: Cast) -> IdentityProvider:
    return made(cast, ProviderKind.GENERIC, "https://login.example.com")


@pytest.fixture
def entra(cast: Cast) -> IdentityProvider:
    return made(cast, ProviderKind.ENTRA, TENANT, roles_by_group={"g-admins": Role.ADMIN, "g-staff": Role.MEMBER})


def entra_token(**changes: Any) -> dict[str, Any]:
    """As Entra ID v2.0 sends it: no `email_verified`; `tid` and `oid`; groups as ids."""
    return {
        "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0", "tid": TENANT, "sub": "AAAAAAAAAAAAAAAAAAAAAIkz",
        "oid": "00000000-0000-0000-66f3-3332eca7ea81", "name": "Ada", "preferred_username": "ada@contoso.com",
        "email": "ada@contoso.com", "ver": "2.0", "groups": ["g-staff"], **changes,
    }  # fmt: skip


def google_token(**changes: Any) -> dict[str, Any]:
    """As Google sends it: `hd` for Workspace accounts, never groups."""
    return {
        "iss": "https://accounts.google.com", "sub": "110169484474386276334", "hd": "example.com",
        "email": "ada@example.com", "email_verified": True, "at_hash": "HK6E", "name": "Ada", **changes,
    }  # fmt: skip


def token(**changes: Any) -> dict[str, Any]:
    claims = {"iss": "https://login.example.com", "sub": "ada", "email": "ada@example.com", "email_verified": True}
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


# -- the e-mail address ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [False, "true", "True", 1, None, "yes"])
def test_an_address_that_isn_t_verified_is_refused_always(cast: Cast, generic: IdentityProvider, said: object) -> None:
    cast.organisation.domain = "example.com"
    cast.organisation.save()
    IdentityProvider.objects.update(is_operators=True)
    generic.refresh_from_db()
    with pytest.raises(EmailRefused, match="verified"):
        person_of(generic, {**token(), "email_verified": said})


def test_entra_s_address_without_a_word_is_believed_for_its_pinned_tenant(entra: IdentityProvider) -> None:
    assert person_of(entra, entra_token()).email == "ada@contoso.com"


def test_entra_may_send_no_address_at_all(entra: IdentityProvider) -> None:
    claims = entra_token()
    del claims["email"]
    assert person_of(entra, claims).email == ""


@pytest.mark.parametrize("tid", ["9188040d-6c67-4c5b-b112-36a304b66dad", None, ""])
def test_entra_s_token_of_another_tenant_is_refused(entra: IdentityProvider, tid: str | None) -> None:
    with pytest.raises(TokenRefused, match="another company"):
        person_of(entra, entra_token(tid=tid))


def test_another_issuer_s_address_without_a_word_is_refused(generic: IdentityProvider) -> None:
    with pytest.raises(EmailRefused, match="whether"):
        person_of(generic, token(email_verified=None))


def test_it_is_believed_for_the_organisation_s_own_domain(cast: Cast, generic: IdentityProvider) -> None:
    cast.organisation.domain = "Example.com"
    cast.organisation.save()
    generic.refresh_from_db()
    assert person_of(generic, token(email_verified=None)).email == "ada@example.com"
    with pytest.raises(EmailRefused):
        person_of(generic, token(email_verified=None, email="ada@example.org"))


def test_it_is_believed_where_an_operator_set_the_provider_up(generic: IdentityProvider) -> None:
    generic.is_operators = True
    assert person_of(generic, token(email_verified=None)).email == "ada@example.com"


def test_an_admin_s_change_takes_the_operator_s_word_away(cast: Cast) -> None:
    from oneclick.accounts.services import operator_principal

    given = ProviderInput(
        kind=ProviderKind.GENERIC, where="https://a.example", client_id="c", client_secret=SecretText("s")
    )
    provider = providers.add_provider(operator_principal(cast.organisation), given)
    assert provider.is_operators
    assert not providers.change_provider(cast.admin, provider.id, given).is_operators


def test_an_address_of_another_organisation_s_domain_is_refused(cast: Cast, generic: IdentityProvider) -> None:
    cast.elsewhere.domain = "example.com"
    cast.elsewhere.save()
    with pytest.raises(EmailRefused, match="another organisation"):
        person_of(generic, token(email="Boss@EXAMPLE.com"))


def test_the_same_address_from_two_issuers_is_two_people(cast: Cast, generic: IdentityProvider) -> None:
    second = made(cast, ProviderKind.GENERIC, "https://other.example.com")
    one = arrive(generic, token())
    two = arrive(second, token(iss="https://other.example.com"))
    assert one.id != two.id
    assert one.email == two.email


def test_a_new_address_of_the_same_person_keeps_the_account(generic: IdentityProvider) -> None:
    assert arrive(generic, token()).id == arrive(generic, token(email="ada.l@example.com")).id


@pytest.mark.parametrize("hd", ["example.org", None])
def test_google_s_private_accounts_are_refused(cast: Cast, hd: str | None) -> None:
    google = made(cast, ProviderKind.GOOGLE, "example.com")
    with pytest.raises(TokenRefused):
        person_of(google, google_token(hd=hd))


def test_google_s_people_get_the_default_role(cast: Cast) -> None:
    google = made(cast, ProviderKind.GOOGLE, "example.com")
    assert person_of(google, google_token()).role is Role.READER


# -- groups and roles -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["g-staff"], "member"),
        (["g-staff", "g-admins"], "admin"),
        (["else"], "reader"),
        ("g-admins", "admin"),
        ([7], "reader"),
    ],
)
def test_the_highest_group_says_the_role(entra: IdentityProvider, groups: object, role: str) -> None:
    assert person_of(entra, entra_token(groups=groups)).role == role


@pytest.mark.parametrize("overage", [{"_claim_names": {"groups": "src1"}}, {"hasgroups": True}])
def test_groups_that_entra_left_out_are_not_taken_for_none(entra: IdentityProvider, overage: dict[str, Any]) -> None:
    claims = entra_token(**overage)
    del claims["groups"]
    with pytest.raises(GroupsMissing):
        person_of(entra, claims)


def test_the_role_follows_the_groups_at_each_sign_in(cast: Cast, entra: IdentityProvider) -> None:
    user = arrive(entra, entra_token(groups=["g-admins"]))
    membership = Membership.objects.get(user=user)
    assert membership.role == "admin"
    arrive(entra, entra_token())
    membership.refresh_from_db()
    assert membership.role == "member"


def test_who_is_in_no_group_any_more_is_no_member_any_more(cast: Cast, entra: IdentityProvider) -> None:
    IdentityProvider.objects.update(default_role="")
    entra.refresh_from_db()
    user = arrive(entra, entra_token())
    arrive(entra, entra_token(groups=[]))
    assert not Membership.objects.filter(user=user).exists()
    with pytest.raises(NotAdmitted):
        demand_welcome(user)


def test_groups_don_t_take_the_last_admin_away(entra: IdentityProvider) -> None:
    user = arrive(entra, entra_token(groups=["g-admins"]))
    Membership.objects.filter(organisation=entra.organisation).exclude(user=user).delete()
    IdentityProvider.objects.update(default_role="")
    entra.refresh_from_db()
    arrive(entra, entra_token(groups=[]))
    assert Membership.objects.get(user=user).role == "admin"


def test_without_groups_the_role_stays_what_an_admin_made_it(generic: IdentityProvider) -> None:
    user = arrive(generic, token())
    Membership.objects.filter(user=user).update(role="member")
    arrive(generic, token())
    assert Membership.objects.get(user=user).role == "member"


# -- strangers --------------------------------------------------------------------------------------------------------


def test_a_stranger_is_told_what_to_do_next(generic: IdentityProvider) -> None:
    generic.default_role = ""
    with pytest.raises(NotAdmitted) as refusal:
        demand_welcome(arrive(generic, token()))
    assert "invitation" in refusal.value.hint


def test_an_invited_stranger_may_come_in(cast: Cast, generic: IdentityProvider) -> None:
    generic.default_role = ""
    invite(cast.admin, email="ADA@example.com", role=Role.MEMBER)
    demand_welcome(arrive(generic, token()))


def test_where_sign_up_is_closed_nobody_new_comes_in(cast: Cast, generic: IdentityProvider, settings: Any) -> None:
    settings.ONECLICK_SIGNUP = "closed"
    invite(cast.admin, email="ada@example.com", role=Role.MEMBER)
    user = arrive(generic, token())
    assert not user.memberships.exists()
    with pytest.raises(NotAdmitted):
        demand_welcome(user)


def test_where_sign_up_is_open_a_stranger_comes_in_without_any_right(generic: IdentityProvider, settings: Any) -> None:
    settings.ONECLICK_SIGNUP = "open"
    generic.default_role = ""
    user = arrive(generic, token())
    demand_welcome(user)
    assert not user.memberships.exists()


def test_who_was_switched_off_stays_out(generic: IdentityProvider) -> None:
    user = arrive(generic, token())
    User.objects.filter(id=user.id).update(is_active=False)
    with pytest.raises(NotAdmitted):
        arrive(generic, token())
