"""Organisations, as an operator keeps them."""

import re

import pytest
from django.test import Client

from oneclick.accounts.models import Organisation
from oneclick.accounts.services import create_organisation
from oneclick.accounts.sign_in.models import AdminLink, LocalAccount
from oneclick.audit.models import AuditEvent
from tests.accounts.conftest import an_operator, signed_in, signed_in_as
from tests.cast import Cast, user

pytestmark = pytest.mark.django_db


def domain_page(cast: Cast) -> str:
    return f"/operator/organisations/{cast.organisation.id}"


def test_an_operator_who_belongs_nowhere_makes_an_organisation_and_its_first_admin(operator: Client) -> None:
    made = operator.post("/operator/organisations/new", {"name": "Northwind", "domain": "@Northwind.example"})
    assert made.status_code == 302
    page = operator.post(f"{made['Location']}/first-admin", {"email": "ada@northwind.example"})

    assert page.status_code == 201
    here = Organisation.objects.get(name="Northwind")
    assert here.domain == "northwind.example"
    link = re.search(r"/sign-in/link\?token=[\w-]+", page.content.decode())
    assert link
    assert "Northwind" in Client().get(link[0]).content.decode()
    assert set(AuditEvent.objects.filter(organisation_id=here.id).values_list("action", flat=True)) == {
        "organisation.created", "organisation.domain_changed", "admin_link.created",
    }  # fmt: skip


def test_only_the_first_admin_is_an_operators_to_make(cast: Cast, operator: Client) -> None:
    page = operator.post(f"{domain_page(cast)}/first-admin", {"email": "me@example.com"})

    assert page.status_code == 422
    assert not AdminLink.objects.exists()
    assert "First admin" not in operator.get(domain_page(cast)).content.decode()


def test_a_link_can_t_make_somebodys_password_new(cast: Cast, operator: Client) -> None:
    LocalAccount.objects.create(user=user(cast.outsider), totp_reference="x")
    empty = create_organisation("Empty", actor="system:test")

    page = operator.post(f"/operator/organisations/{empty.id}/first-admin", {"email": "OUTSIDER@example.com"})

    assert page.status_code == 422
    assert "has an account with a password" in page.content.decode()
    assert not AdminLink.objects.exists()


def test_a_domain_belongs_to_one_organisation(cast: Cast, operator: Client) -> None:
    operator.post(domain_page(cast), {"domain": "acme.example"})
    other = operator.post(f"/operator/organisations/{cast.elsewhere.id}", {"domain": "ACME.example"})

    assert other.status_code == 422
    assert "another organisation" in other.content.decode()
    again = operator.post(domain_page(cast), {"domain": "acme.example"})
    assert again.status_code == 302
    assert AuditEvent.objects.filter(action="organisation.domain_changed").count() == 1
    operator.post(domain_page(cast), {"domain": ""})
    cast.organisation.refresh_from_db()
    assert cast.organisation.domain is None


@pytest.mark.parametrize("domain", ["acme", "a b.example", "ada@acme.example", "https://acme.example", "x" * 250])
def test_what_is_no_domain_is_refused(cast: Cast, operator: Client, domain: str) -> None:
    page = operator.post(domain_page(cast), {"domain": domain})

    assert page.status_code == 422
    assert "isn&#x27;t an e-mail domain" in page.content.decode()


def test_a_domain_that_is_taken_makes_no_organisation(cast: Cast, operator: Client) -> None:
    operator.post(domain_page(cast), {"domain": "acme.example"})

    page = operator.post("/operator/organisations/new", {"name": "Twin", "domain": "acme.example"})

    assert page.status_code == 422
    assert not Organisation.objects.filter(name="Twin").exists()


def test_the_list_counts_and_finds(cast: Cast, operator: Client) -> None:
    operator.post(domain_page(cast), {"domain": "acme.example"})

    listed = operator.get("/api/operator/organisations").json()["items"]

    assert [(each["name"], each["members"], each["admins"], each["warehouses"]) for each in listed] == [
        ("Elsewhere", 1, 1, 0),
        ("Acme", 3, 1, 0),
    ]
    found = operator.get("/operator/organisations?q=ACME.ex").content.decode()
    assert "Acme" in found
    assert "Elsewhere" not in found
    assert "No organisation like that" in operator.get("/operator/organisations?q=zzz").content.decode()


def test_the_list_has_pages(cast: Cast, operator: Client) -> None:
    for number in range(60):
        create_organisation(f"Number {number}", actor="system:test")

    first = operator.get("/operator/organisations").content.decode()

    following = re.search(r'href="([^"]*before=[^"]*)"', first)
    assert following
    assert "Acme" not in first
    assert "Acme" in operator.get(following[1].replace("&amp;", "&")).content.decode()


def test_an_operator_sees_no_organisations_own_pages(cast: Cast, operator: Client) -> None:
    for path in ("/team", "/tokens", "/audit"):
        answer = operator.get(path)
        assert answer.status_code == 403
        assert "Acme" not in answer.content.decode()


def test_what_changes_rights_asks_for_a_fresh_sign_in(cast: Cast) -> None:
    stale = signed_in_as(an_operator(), is_fresh=False)

    assert stale.post(domain_page(cast), {"domain": "acme.example"})["Location"].startswith("/sign-in/again")
    assert stale.put(f"/api{domain_page(cast)}/domain", {"domain": "a.example"}, "application/json").status_code == 403
    assert not Organisation.objects.exclude(domain=None).exists()


def test_the_place_is_in_the_rail_of_operators_alone(cast: Cast, operator: Client) -> None:
    assert 'href="/operator"' not in signed_in(cast.admin).get("/team").content.decode()
    assert 'href="/operator"' in operator.get("/operator/organisations").content.decode()
