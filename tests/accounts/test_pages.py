import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from oneclick.accounts.invitations import invite, revoke_invitation
from oneclick.accounts.members import admit
from oneclick.accounts.models import ApiToken, Invitation, Membership, ServiceAccount
from oneclick.accounts.roles import Role
from oneclick.accounts.tokens import create_service_account, principal_for_token
from oneclick.accounts.users.models import User
from oneclick.audit.models import AuditEvent
from oneclick.audit.services import record
from oneclick.core.secrets import SecretText
from tests.accounts.conftest import signed_in
from tests.cast import Cast, user

pytestmark = pytest.mark.django_db
PLACES = (
    *("/team", "/team/invitations", "/team/invitations/new", "/team/organisation", "/team/leave"),
    *("/tokens", "/tokens/new", "/tokens/service-accounts", "/organisations", "/audit", "/permissions"),
)


def text_of(page: object) -> str:
    return page.content.decode()  # type: ignore[attr-defined]  # a response


@pytest.mark.parametrize("place", PLACES)
def test_every_place_opens_for_an_admin_and_asks_strangers_to_sign_in(cast: Cast, place: str) -> None:
    page = signed_in(cast.admin).get(place)

    assert page.status_code == 200
    assert page["Cache-Control"].startswith("max-age=0")
    assert len(re.findall(r"<h1\b", text_of(page))) == 1
    assert 'style="' not in text_of(page)
    stranger = Client().get(place)
    assert stranger.status_code == 302
    assert parse_qs(urlsplit(stranger["Location"]).query)["next"] == [place]


@pytest.mark.parametrize("place", ["/team/invitations", "/team/organisation", "/tokens/service-accounts", "/audit"])
def test_who_may_not_learns_whom_to_ask(cast: Cast, place: str) -> None:
    page = signed_in(cast.member).get(place)

    assert page.status_code == 403
    assert "Ask an admin of your organisation" in text_of(page)


def test_a_reader_sees_the_team_without_what_changes_it(cast: Cast) -> None:
    client = signed_in(cast.reader)

    team = text_of(client.get("/team"))
    member = text_of(client.get(f"/team/{cast.member.id}"))

    assert "member@example.com" in team
    assert "Invite somebody" not in team + member
    assert "Change role" not in member
    assert "outsider" not in team


def test_a_member_is_found_by_a_part_of_the_name(cast: Cast) -> None:
    client = signed_in(cast.admin)

    assert "reader@example.com" not in text_of(client.get("/team?q=MEMB"))
    assert "Nobody like that" in text_of(client.get("/team?q=%25&before=nonsense"))


def test_an_admin_changes_a_role_and_removes_a_member_by_plain_posts(cast: Cast) -> None:
    client = signed_in(cast.admin)

    changed = client.post(f"/team/{cast.reader.id}", {"role": "member"}, follow=True)
    removed = client.post(f"/team/{cast.member.id}/remove", follow=True)

    assert "reader is member now." in text_of(changed)
    assert "member is no longer a member." in text_of(removed)
    assert Membership.objects.get(user_id=cast.reader.id).role == Role.MEMBER
    assert not Membership.objects.filter(user_id=cast.member.id).exists()


def test_the_last_admin_is_told_why_not(cast: Cast) -> None:
    client = signed_in(cast.admin)

    page = client.post(f"/team/{cast.admin.id}", {"role": "reader"})

    assert page.status_code == 422
    assert "Make somebody else an admin first" in text_of(page)
    assert client.post(f"/team/{cast.admin.id}/remove").status_code == 409
    assert client.post("/team/leave").status_code == 409


def test_what_destroys_or_reveals_asks_for_a_fresh_sign_in(cast: Cast) -> None:
    client = signed_in(cast.admin, is_fresh=False)

    for place in (f"/team/{cast.reader.id}/remove", "/tokens/new"):
        for answer in (client.get(place), client.post(place)):
            assert answer.status_code == 302
            assert answer["Location"].startswith("/sign-in/again")
    assert Membership.objects.filter(user_id=cast.reader.id).exists()


def test_a_link_is_shown_once_and_lets_the_invited_one_in(cast: Cast) -> None:
    page = signed_in(cast.admin).post(
        "/team/invitations/new", {"email": "new@example.com", "role": "member", "days": 2}
    )

    assert page.status_code == 201
    (link,) = set(re.findall(r"https?://[^\s<\"]+/join\?invitation=[\w-]+", text_of(page)))
    path = link[link.index("/join") :]
    assert "invitation=" not in text_of(signed_in(cast.admin).get("/team/invitations"))
    newcomer = User.objects.create(issuer="https://i.example", subject="new", email="NEW@example.com")
    client = Client()
    signed_out = client.get(path, follow=True)
    assert signed_out.redirect_chain == [("/join", 302)]
    assert "Acme" in text_of(signed_out)
    client.force_login(newcomer)
    assert client.get(path)["Location"] == "/join"
    assert "Join Acme" in text_of(client.get("/join"))
    assert "Welcome to Acme" in text_of(client.post("/join", follow=True))
    assert Membership.objects.get(user=newcomer).role == Role.MEMBER
    again = client.get(path, follow=True)
    assert again.status_code == 409
    assert "accepted already" in text_of(again)


def test_somebody_elses_revoked_or_unknown_link_has_a_clear_page(cast: Cast) -> None:
    client = signed_in(cast.outsider)
    made = invite(cast.admin, email="new@example.com", role=Role.READER)

    other = client.get(made.path, follow=True)
    assert other.status_code == 403
    assert "n…@example.com" in text_of(other)
    assert "new@example.com" not in text_of(other)
    assert client.post("/join").status_code == 403
    revoke_invitation(cast.admin, made.invitation.id)
    assert "taken back" in text_of(client.get(made.path, follow=True))
    assert client.get("/join?invitation=nonsense", follow=True).status_code == 404
    assert Client().get("/join")["Location"].startswith("/sign-in")
    assert not Invitation.objects.filter(accepted_at__isnull=False).exists()


def test_an_invitation_is_taken_back_on_its_page(cast: Cast) -> None:
    made = invite(cast.admin, email="new@example.com", role=Role.READER)
    client = signed_in(cast.admin)

    page = client.post(f"/team/invitations/{made.invitation.id}/revoke", follow=True)

    assert "works no more" in text_of(page)
    made.invitation.refresh_from_db()
    assert made.invitation.state() == "revoked"


def test_the_organisation_is_renamed(cast: Cast) -> None:
    client = signed_in(cast.admin)

    assert client.post("/team/organisation", {"name": "Elsewhere"}).status_code == 422
    assert "Acme Data" in text_of(client.post("/team/organisation", {"name": "Acme Data"}, follow=True))


def test_who_belongs_to_several_is_asked_once_and_can_switch(cast: Cast) -> None:
    admit(user(cast.admin), organisation=cast.elsewhere, role=Role.READER, actor="operator:test")
    client = signed_in(cast.admin)

    asked = client.get("/audit?action=token")
    assert asked["Location"] == "/organisations?next=%2Faudit%3Faction%3Dtoken"
    chosen = client.post("/organisations", {"organisation": str(cast.organisation.id), "next": "/team"})
    assert chosen["Location"] == "/team"
    assert "outsider" not in text_of(client.get("/team"))
    client.post("/organisations", {"organisation": str(cast.elsewhere.id)})
    assert "outsider" in text_of(client.get("/team"))


@pytest.mark.parametrize("wanted", ["nonsense", "", "//evil.example", "https://evil.example/x"])
def test_a_switch_leads_to_no_other_site_and_no_other_organisation(cast: Cast, wanted: str) -> None:
    client = signed_in(cast.admin)

    switched = client.post("/organisations", {"organisation": str(cast.organisation.id), "next": wanted})
    refused = client.post("/organisations", {"organisation": str(cast.elsewhere.id)})

    assert switched["Location"] == "/overview"
    assert refused.status_code == 404


def test_a_stranger_learns_what_to_do_next(cast: Cast) -> None:
    client = Client()
    client.force_login(User.objects.create(issuer="https://i.example", subject="s", email="stranger@example.com"))

    page = client.get("/team")

    assert page.status_code == 403
    assert "invitation to stranger@example.com" in text_of(page)


def test_a_token_is_made_shown_once_and_revoked(cast: Cast) -> None:
    client = signed_in(cast.reader)
    assert "Whose" not in text_of(client.get("/tokens/new"))

    page = client.post("/tokens/new", {"name": "laptop", "role": "reader", "days": 3, "scopes": ["query_data"]})

    assert page.status_code == 201
    (raw,) = set(re.findall(r"ocd_[\w-]{43}", text_of(page)))
    principal = principal_for_token(SecretText(raw))
    assert principal is not None
    assert principal.permissions == {"query_data"}
    listed = text_of(client.get("/tokens"))
    assert raw not in listed
    assert "only query_data" in listed
    client.post(f"/tokens/{principal.id}/revoke")
    assert principal_for_token(SecretText(raw)) is None
    assert client.post("/tokens/new", {"name": "x", "role": "admin", "days": 3}).status_code == 422


def test_service_accounts_are_made_and_removed(cast: Cast) -> None:
    client = signed_in(cast.admin)

    client.post("/tokens/service-accounts", {"name": "nightly", "role": "member"})
    account = ServiceAccount.objects.get()
    assert client.post("/tokens/service-accounts", {"name": "nightly", "role": "member"}).status_code == 422
    client.post("/tokens/new", {"name": "t", "role": "member", "days": 3, "service_account": str(account.id)})
    assert ApiToken.objects.get().service_account == account
    assert "nightly" in text_of(client.get("/tokens"))
    client.post(f"/tokens/service-accounts/{account.id}/remove")
    assert not ServiceAccount.objects.filter(removed_at=None).exists()


def test_an_admins_own_service_accounts_alone_are_offered(cast: Cast) -> None:
    other = create_service_account(cast.outsider, name="theirs", role=Role.READER)
    client = signed_in(cast.admin)

    page = client.post("/tokens/new", {"name": "t", "role": "reader", "days": 3, "service_account": str(other.id)})

    assert page.status_code == 201
    assert ApiToken.objects.get().user_id == user(cast.admin).id


def test_the_audit_log_is_narrowed_paged_and_exported(cast: Cast) -> None:
    for number in range(60):
        record(organisation_id=cast.organisation.id, actor=cast.admin.label, action="x.done", target_id=f"t{number}-")
    client = signed_in(cast.admin)

    first = text_of(client.get("/audit?action=x"))
    (more,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = text_of(client.get(more.replace("&amp;", "&")))

    assert "t59-" in first
    assert "t9-" not in first
    assert "t9-" in second
    assert "member.added" not in first + second
    assert "Nothing like that happened" in text_of(client.get("/audit?actor=nobody&since=1&until=2020-01-01"))
    file = client.get("/audit/export?format=csv&action=x").getvalue().decode()
    assert len(file.splitlines()) == 61
    assert AuditEvent.objects.filter(action="audit.exported").count() == 1


def test_the_table_of_rights_shows_every_permission(cast: Cast) -> None:
    page = text_of(signed_in(cast.reader).get("/permissions"))

    assert "Your role is Read-only" in page
    assert "provision_warehouses" in page


def test_the_rail_offers_what_one_may_enter(cast: Cast) -> None:
    assert 'href="/audit"' in text_of(signed_in(cast.admin).get("/team"))
    assert 'href="/audit"' not in text_of(signed_in(cast.reader).get("/team"))


def test_a_form_of_another_site_changes_nothing(cast: Cast) -> None:
    client = signed_in(cast.admin, checks_csrf=True)

    assert client.post("/team/organisation", {"name": "Taken"}).status_code == 403
    cast.organisation.refresh_from_db()
    assert cast.organisation.name == "Acme"


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://testserver/team/organisation?x=1", "%2Fteam%2Forganisation%3Fx%3D1"),
        ("https://elsewhere.example/team", "%2F"),
        ("", "%2F"),
    ],
)
def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(came_from: str, leads_to: str) -> None:
    answer = Client().post("/team/leave", headers={"Referer": came_from})

    assert answer["Location"] == f"/sign-in/?next={leads_to}"
