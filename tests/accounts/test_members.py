import threading
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from django.db import connection

from oneclick.accounts import queries, services
from oneclick.accounts.errors import BadAccountInput, LastAdmin, MemberNotFound, OrganisationExists
from oneclick.accounts.members import admit, change_role, leave, remove_member
from oneclick.accounts.models import Membership
from oneclick.accounts.roles import NotAllowed, Principal, Role
from oneclick.accounts.standing import principal_now
from oneclick.audit.models import AuditEvent
from tests.cast import Cast, user


def role_of(cast: Cast, principal: Principal) -> str | None:
    found = Membership.objects.filter(organisation=cast.organisation, user_id=principal.id)
    return found.values_list("role", flat=True).first()


def actions(cast: Cast) -> list[str]:
    events = AuditEvent.objects.filter(organisation_id=cast.organisation.id).order_by("id")
    return [event.action for event in events if event.action.startswith("member.") and event.actor != "system:test"]


@pytest.mark.django_db
def test_an_admin_changes_roles_and_removes_members(cast: Cast) -> None:
    change_role(cast.admin, UUID(cast.reader.id), Role.MEMBER)
    change_role(cast.admin, UUID(cast.reader.id), Role.MEMBER)
    remove_member(cast.admin, UUID(cast.member.id))

    assert role_of(cast, cast.reader) == Role.MEMBER
    assert role_of(cast, cast.member) is None
    assert principal_now(cast.member.label, cast.organisation.id) is None
    assert actions(cast) == ["member.changed", "member.removed"]
    changed = AuditEvent.objects.get(organisation_id=cast.organisation.id, action="member.changed")
    assert (changed.target_id, changed.detail) == (cast.reader.id, {"role": "member", "was": "reader"})


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["member", "reader"])
def test_nobody_else_does(cast: Cast, who: str) -> None:
    principal: Principal = getattr(cast, who)

    with pytest.raises(NotAllowed):
        change_role(principal, UUID(principal.id), Role.ADMIN)
    with pytest.raises(NotAllowed):
        remove_member(principal, UUID(cast.admin.id))


@pytest.mark.django_db
def test_another_organisations_members_are_not_found(cast: Cast) -> None:
    with pytest.raises(MemberNotFound):
        change_role(cast.outsider, UUID(cast.reader.id), Role.ADMIN)
    with pytest.raises(MemberNotFound):
        remove_member(cast.outsider, UUID(cast.reader.id))


@pytest.mark.django_db
def test_the_last_admin_stays(cast: Cast) -> None:
    with pytest.raises(LastAdmin):
        change_role(cast.admin, UUID(cast.admin.id), Role.READER)
    with pytest.raises(LastAdmin):
        remove_member(cast.admin, UUID(cast.admin.id))
    with pytest.raises(LastAdmin):
        leave(cast.admin)

    assert role_of(cast, cast.admin) == Role.ADMIN
    assert actions(cast) == []


@pytest.mark.django_db
def test_an_admin_who_is_deactivated_is_no_other_admin(cast: Cast) -> None:
    change_role(cast.admin, UUID(cast.member.id), Role.ADMIN)
    other = user(cast.member)
    other.is_active = False
    other.save()

    with pytest.raises(LastAdmin):
        leave(cast.admin)


@pytest.mark.django_db
def test_a_sign_in_that_would_demote_the_last_admin_leaves_the_role(cast: Cast) -> None:
    membership = admit(user(cast.admin), organisation=cast.organisation, role=Role.READER, actor="system:sign-in")

    assert membership.role == Role.ADMIN
    assert role_of(cast, cast.admin) == Role.ADMIN


@pytest.mark.django_db
def test_a_sign_in_with_the_same_role_writes_nothing(cast: Cast) -> None:
    before = AuditEvent.objects.count()

    admit(user(cast.member), organisation=cast.organisation, role=Role.MEMBER, actor="system:sign-in")

    assert AuditEvent.objects.count() == before


@pytest.mark.django_db
def test_anybody_may_leave(cast: Cast) -> None:
    leave(cast.reader)

    assert role_of(cast, cast.reader) is None
    assert actions(cast) == ["member.left"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_two_admins_who_remove_each_other_at_once_leave_one(cast: Cast, attempt: int) -> None:
    change_role(cast.admin, UUID(cast.member.id), Role.ADMIN)
    other = replace(cast.member, role=Role.ADMIN)
    start = threading.Barrier(2)
    refused: list[Exception] = []

    def work(act: Callable[[], object]) -> None:
        try:
            start.wait()
            act()
        except (LastAdmin, MemberNotFound) as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=(lambda: remove_member(cast.admin, UUID(cast.member.id)),)),
        threading.Thread(target=work, args=(lambda: change_role(other, UUID(cast.admin.id), Role.READER),)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 1
    assert Membership.objects.filter(organisation=cast.organisation, role=Role.ADMIN).count() == 1


@pytest.mark.django_db
def test_an_admin_renames_the_organisation(cast: Cast) -> None:
    services.rename_organisation(cast.admin, "  Acme   Data ")

    assert queries.organisation("acme data") == cast.organisation
    with pytest.raises(OrganisationExists):
        services.rename_organisation(cast.admin, "ELSEWHERE")
    with pytest.raises(BadAccountInput):
        services.rename_organisation(cast.admin, " ")
    with pytest.raises(NotAllowed):
        services.rename_organisation(cast.member, "Mine")
