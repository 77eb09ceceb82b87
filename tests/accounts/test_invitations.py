from datetime import datetime, timedelta

import pytest
from django.db import connection

from oneclick.accounts import queries
from oneclick.accounts.digests import digest_of
from oneclick.accounts.errors import (
    AlreadyMember,
    BadAccountInput,
    InvitationExpired,
    InvitationForSomebodyElse,
    InvitationNotFound,
    InvitationRevoked,
    InvitationUsed,
)
from oneclick.accounts.invitations import (
    Invited,
    accept,
    has_open_invitation,
    invite,
    look_at,
    masked,
    revoke_invitation,
)
from oneclick.accounts.models import Membership
from oneclick.accounts.roles import NotAllowed, Role
from oneclick.accounts.users.models import User
from oneclick.core.clock import Clock, utcnow
from tests.cast import Cast, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(db: None) -> User:
    return User.objects.create(issuer="https://identity.example", subject="new", email="New@Example.com", name="New")


def digest(invited: Invited) -> str:
    return digest_of(invited.secret)


def after(**span: int) -> Clock:
    moment: datetime = utcnow() + timedelta(**span)
    return lambda: moment


def test_who_is_invited_joins_once_with_the_role(cast: Cast, newcomer: User) -> None:
    invited = invite(cast.admin, email=" new@example.com ", role=Role.MEMBER)
    assert has_open_invitation("NEW@example.com")

    membership = accept(newcomer, digest(invited))

    assert (membership.organisation, membership.role) == (cast.organisation, Role.MEMBER)
    invited.invitation.refresh_from_db()
    assert (invited.invitation.state(), invited.invitation.accepted_by) == ("accepted", newcomer)
    assert not has_open_invitation("new@example.com")
    with pytest.raises(InvitationUsed):
        accept(newcomer, digest(invited))


def test_somebody_else_can_not_use_it(cast: Cast, newcomer: User) -> None:
    invited = invite(cast.admin, email="new@example.com", role=Role.ADMIN)

    with pytest.raises(InvitationForSomebodyElse):
        accept(user(cast.outsider), digest(invited))
    newcomer.email = ""
    with pytest.raises(InvitationForSomebodyElse):
        accept(newcomer, digest(invited))

    assert not Membership.objects.filter(organisation=cast.organisation, user_id=cast.outsider.id).exists()
    assert look_at(digest(invited)) == invited.invitation


def test_an_expired_one_is_refused(cast: Cast, newcomer: User) -> None:
    invited = invite(cast.admin, email="new@example.com", role=Role.READER, days=2)

    look_at(digest(invited), clock=after(hours=47))
    with pytest.raises(InvitationExpired):
        look_at(digest(invited), clock=after(hours=49))
    with pytest.raises(InvitationExpired):
        accept(newcomer, digest(invited), clock=after(hours=49))
    assert not newcomer.memberships.exists()


def test_one_that_was_taken_back_is_refused(cast: Cast, newcomer: User) -> None:
    invited = invite(cast.admin, email="new@example.com", role=Role.READER)

    revoke_invitation(cast.admin, invited.invitation.id)
    revoke_invitation(cast.admin, invited.invitation.id)

    with pytest.raises(InvitationRevoked):
        accept(newcomer, digest(invited))


def test_an_unknown_link_is_no_invitation(cast: Cast, newcomer: User) -> None:
    invite(cast.admin, email="new@example.com", role=Role.READER)

    for wrong in ("", "x" * 64):
        with pytest.raises(InvitationNotFound):
            accept(newcomer, wrong)


def test_inviting_again_ends_the_older_link(cast: Cast) -> None:
    older = invite(cast.admin, email="new@example.com", role=Role.READER)

    newer = invite(cast.admin, email="NEW@example.com", role=Role.MEMBER)

    with pytest.raises(InvitationRevoked):
        look_at(digest(older))
    assert look_at(digest(newer)).role == Role.MEMBER


def test_a_member_who_accepts_keeps_the_role(cast: Cast, newcomer: User) -> None:
    invited = invite(cast.admin, email="new@example.com", role=Role.READER)
    Membership.objects.create(organisation=cast.organisation, user=newcomer, role=Role.MEMBER)

    assert accept(newcomer, digest(invited)).role == Role.MEMBER


def test_members_are_not_invited_and_nonsense_is_refused(cast: Cast) -> None:
    with pytest.raises(AlreadyMember):
        invite(cast.admin, email="MEMBER@example.com", role=Role.ADMIN)
    for email in ("", "nobody", "a@b", "a b@example.com", "<a@example.com>", "x" * 300 + "@example.com"):
        with pytest.raises(BadAccountInput):
            invite(cast.admin, email=email, role=Role.READER)
    for days in (0, 31):
        with pytest.raises(BadAccountInput):
            invite(cast.admin, email="new@example.com", role=Role.READER, days=days)


def test_inviting_is_the_admins_alone_and_stays_in_the_organisation(cast: Cast) -> None:
    invited = invite(cast.admin, email="new@example.com", role=Role.READER)

    for principal in (cast.member, cast.reader):
        with pytest.raises(NotAllowed):
            invite(principal, email="other@example.com", role=Role.READER)
        with pytest.raises(NotAllowed):
            revoke_invitation(principal, invited.invitation.id)
    with pytest.raises(InvitationNotFound):
        revoke_invitation(cast.outsider, invited.invitation.id)
    assert list(queries.invitations(cast.elsewhere.id)) == []


def test_neither_the_secret_nor_the_address_is_in_the_audit_log(cast: Cast) -> None:
    invited = invite(cast.admin, email="new@example.com", role=Role.READER)

    with connection.cursor() as cursor:
        cursor.execute("SELECT e::text FROM audit_event e")
        logged = str(cursor.fetchall())
        cursor.execute("SELECT i::text FROM accounts_invitation i")
        kept = str(cursor.fetchall())
    assert "invitation.created" in logged
    assert "new@example.com" not in logged
    assert invited.secret.reveal() not in logged + kept + repr(invited)


def test_an_address_is_masked_for_strangers() -> None:
    assert masked("ada@example.com") == "a…@example.com"
