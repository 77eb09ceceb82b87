import pytest
from django.db import connection

from oneclick.accounts import queries, services
from oneclick.accounts.errors import BadAccountInput, OrganisationExists, OrganisationNotFound, OrganisationNotNamed
from oneclick.accounts.models import InstallId, Membership
from oneclick.accounts.roles import GRANTS, NotAllowed, Permission, PrincipalKind, Role
from oneclick.accounts.standing import principal_now
from oneclick.accounts.users.models import User
from oneclick.audit.models import AuditEvent
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_an_organisation_is_found_by_name_in_any_case_and_by_id() -> None:
    made = services.create_organisation("  Acme   Ltd ", actor="operator:test")

    assert made.name == "Acme Ltd"
    assert queries.organisation("ACME ltd") == made
    assert queries.organisation(str(made.id)) == made
    with pytest.raises(OrganisationNotFound):
        queries.organisation("nobody")


def test_a_taken_name_is_refused_whatever_its_case() -> None:
    services.create_organisation("Acme", actor="operator:test")

    with pytest.raises(OrganisationExists):
        services.create_organisation("aCME", actor="operator:test")


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b", "a\x1b[31mb"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(BadAccountInput):
        services.create_organisation(name, actor="operator:test")


def test_the_only_organisation_needs_no_name_but_several_do() -> None:
    with pytest.raises(OrganisationNotFound):
        queries.the_only_organisation()
    first = services.ensure_default_organisation(actor="operator:test")
    assert services.ensure_default_organisation(actor="operator:test") == first == queries.the_only_organisation()
    services.create_organisation("Second", actor="operator:test")

    with pytest.raises(OrganisationNotNamed, match="Second") as caught:
        services.ensure_default_organisation(actor="operator:test")

    assert "--organisation" in caught.value.hint


def test_making_one_is_audited() -> None:
    made = services.create_organisation("Acme", actor="operator:test")

    event = AuditEvent.objects.get(organisation_id=made.id)
    assert (event.actor, event.action) == ("operator:test", "organisation.created")


def test_a_user_added_twice_is_one_member_with_the_newer_role(cast: Cast) -> None:
    for role in (Role.READER, Role.MEMBER):
        services.add_user(cast.organisation, issuer="https://i.example", subject="x", role=role, actor="operator:test")

    assert User.objects.filter(subject="x").count() == 1
    assert Membership.objects.get(user__subject="x").role == Role.MEMBER
    assert [each.action for each in AuditEvent.objects.filter(organisation_id=cast.organisation.id).order_by("id")][
        -2:
    ] == [
        "member.added",
        "member.changed",
    ]


def test_the_audit_log_knows_people_by_reference_alone(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT e::text FROM audit_event e WHERE organisation_id = %s", [cast.organisation.id])
        assert "@example.com" not in str(cursor.fetchall())


def test_roles_grant_what_they_say(cast: Cast) -> None:
    assert cast.admin.may(Permission.PROVISION_WAREHOUSES)
    assert not cast.member.may(Permission.PROVISION_WAREHOUSES)
    assert not cast.reader.may(Permission.LOAD_DATA)
    with pytest.raises(NotAllowed):
        cast.reader.demand(Permission.VIEW_AUDIT)
    assert GRANTS[Role.READER] < GRANTS[Role.MEMBER] < GRANTS[Role.ADMIN]


def test_the_operator_is_the_system_user(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "somebody-else")
    monkeypatch.setenv("LOGNAME", "somebody-else")

    operator = services.operator_principal(cast.organisation)

    assert (operator.kind, operator.role) == (PrincipalKind.OPERATOR, Role.ADMIN)
    assert operator.label == services.operator_label()
    assert "somebody-else" not in operator.label


def test_standing_follows_the_membership(cast: Cast) -> None:
    assert principal_now(cast.member.label, cast.organisation.id) == cast.member
    assert principal_now(cast.outsider.label, cast.organisation.id) is None
    Membership.objects.filter(user_id=cast.member.id).update(role=Role.READER)

    now = principal_now(cast.member.label, cast.organisation.id)

    assert now is not None
    assert now.role is Role.READER
    User.objects.filter(id=cast.member.id).update(is_active=False)
    assert principal_now(cast.member.label, cast.organisation.id) is None


def test_the_installation_has_one_id_for_ever() -> None:
    assert services.installation_id() == services.installation_id()
    assert InstallId.objects.count() == 1
