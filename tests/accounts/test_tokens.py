from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from oneclick.accounts import queries, services, tokens
from oneclick.accounts.errors import (
    BadAccountInput,
    ServiceAccountExists,
    ServiceAccountNotFound,
    TokenMayNot,
    TokenNotFound,
)
from oneclick.accounts.members import admit, change_role, leave, remove_member
from oneclick.accounts.models import ApiToken, Membership
from oneclick.accounts.roles import NotAllowed, Permission, PrincipalKind, Role
from oneclick.accounts.standing import principal_now
from oneclick.accounts.users.models import User
from oneclick.audit.models import AuditEvent
from oneclick.core.clock import Clock, utcnow
from oneclick.core.secrets import SecretText
from tests.cast import Cast, user

pytestmark = pytest.mark.django_db


def issue(cast: Cast, *, role: Role = Role.MEMBER, days: int = 30) -> tuple[ApiToken, SecretText]:
    return services.issue_token(cast.admin, name="ci", role=role, days=days)


def after(**span: int) -> Clock:
    moment: datetime = utcnow() + timedelta(**span)
    return lambda: moment


def test_a_token_speaks_for_its_organisation_with_its_role(cast: Cast) -> None:
    token, raw = issue(cast)

    principal = services.principal_for_token(raw)

    assert principal is not None
    assert (principal.kind, principal.id) == (PrincipalKind.TOKEN, str(token.id))
    assert (principal.organisation_id, principal.role) == (cast.organisation.id, Role.MEMBER)
    assert principal_now(principal.label, cast.organisation.id) == principal
    assert principal_now(principal.label, cast.elsewhere.id) is None


def test_only_a_hash_of_the_token_is_kept(cast: Cast) -> None:
    token, raw = issue(cast)

    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM accounts_apitoken t")
        kept = str(cursor.fetchall())
        cursor.execute("SELECT e::text FROM audit_event e WHERE target_id = %s", [str(token.id)])
        logged = str(cursor.fetchall())
    assert raw.reveal() not in kept + logged + repr(token) + repr(vars(token))
    assert raw.reveal().startswith(token.prefix)
    assert len(raw.reveal()) - len(token.prefix) >= 32


@pytest.mark.parametrize("raw", ["", "ocd_", "ocd_" + "x" * 43, "\x00", "ü"])
def test_an_unknown_token_is_nobody(cast: Cast, raw: str) -> None:
    issue(cast)

    assert services.principal_for_token(SecretText(raw)) is None


def test_an_expired_token_is_nobody(cast: Cast) -> None:
    token, raw = issue(cast, days=1)

    assert services.principal_for_token(raw, clock=after(hours=23)) is not None
    assert services.principal_for_token(raw, clock=after(hours=25)) is None
    assert token.state(after(hours=25)) == "expired"


def test_a_revoked_token_is_nobody_and_may_be_revoked_again(cast: Cast) -> None:
    token, raw = issue(cast)

    services.revoke_token(cast.admin, str(token.id))
    gone = services.revoke_token(cast.admin, token.prefix)

    assert gone.state() == "revoked"
    assert services.principal_for_token(raw) is None
    assert principal_now(f"token:{token.id}", cast.organisation.id) is None
    revocations = AuditEvent.objects.filter(target_id=str(token.id), action="token.revoked")
    assert [event.actor for event in revocations] == [cast.admin.label]


def test_its_last_use_is_noted_once_a_minute(cast: Cast) -> None:
    token, raw = issue(cast)
    first = utcnow()
    for seconds in (0, 30, 59):
        services.principal_for_token(raw, clock=lambda seconds=seconds: first + timedelta(seconds=seconds))  # type: ignore[misc]  # mypy can't infer a lambda's default
    token.refresh_from_db()
    assert token.last_used_at == first

    services.principal_for_token(raw, clock=lambda: first + timedelta(seconds=61))

    token.refresh_from_db()
    assert token.last_used_at == first + timedelta(seconds=61)


def test_everybody_makes_and_revokes_tokens_of_their_own_and_sees_no_others(cast: Cast) -> None:
    others, _ = issue(cast)

    own, raw = services.issue_token(cast.reader, name="x", role=Role.READER, days=1)

    assert list(queries.tokens(cast.reader)) == [own]
    assert list(queries.tokens(cast.admin)) == [own, others]
    with pytest.raises(TokenNotFound):
        services.revoke_token(cast.reader, str(others.id))
    services.revoke_token(cast.reader, str(own.id))
    assert services.principal_for_token(raw) is None


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER])
def test_nobody_makes_a_token_that_may_more(cast: Cast, role: Role) -> None:
    with pytest.raises(TokenMayNot):
        services.issue_token(cast.reader, name="x", role=role, days=1)


def test_a_demoted_users_token_is_demoted_at_once(cast: Cast) -> None:
    _, raw = issue(cast, role=Role.ADMIN)
    admit(user(cast.member), organisation=cast.organisation, role=Role.ADMIN, actor="operator:test")

    change_role(cast.admin, UUID(cast.admin.id), Role.READER)

    principal = services.principal_for_token(raw)
    assert principal is not None
    assert principal.role is Role.READER
    now = principal_now(principal.label, cast.organisation.id)
    assert now == principal


def test_a_removed_users_token_is_nobody_at_once(cast: Cast) -> None:
    _, raw = services.issue_token(cast.member, name="x", role=Role.READER, days=1)

    remove_member(cast.admin, UUID(cast.member.id))

    assert services.principal_for_token(raw) is None


def test_a_deactivated_users_token_is_nobody(cast: Cast) -> None:
    _, raw = issue(cast)

    User.objects.filter(id=cast.admin.id).update(is_active=False)

    assert services.principal_for_token(raw) is None


def test_scopes_narrow_what_the_role_grants(cast: Cast) -> None:
    _, raw = services.issue_token(
        cast.admin, name="ci", role=Role.ADMIN, days=1, scopes=[Permission.LOAD_DATA, Permission.VIEW_WAREHOUSES]
    )

    principal = services.principal_for_token(raw)

    assert principal is not None
    assert principal.permissions == {Permission.LOAD_DATA, Permission.VIEW_WAREHOUSES}
    with pytest.raises(NotAllowed, match="scopes") as caught:
        principal.demand(Permission.PROVISION_WAREHOUSES)
    assert "provision_warehouses" in caught.value.hint
    with pytest.raises(NotAllowed):
        services.issue_token(principal, name="more", role=Role.READER, days=1)


def test_scopes_that_the_role_does_not_grant_are_refused(cast: Cast) -> None:
    with pytest.raises(BadAccountInput):
        services.issue_token(cast.admin, name="x", role=Role.READER, days=1, scopes=[Permission.PROVISION_WAREHOUSES])
    with pytest.raises(BadAccountInput):
        services.issue_token(cast.admin, name="x", role=Role.READER, days=1, scopes=[])


def test_a_token_makes_no_better_and_no_longer_one(cast: Cast) -> None:
    _, raw = services.issue_token(
        cast.admin, name="ci", role=Role.ADMIN, days=2, scopes=[Permission.MAKE_TOKENS, Permission.LOAD_DATA]
    )
    token = services.principal_for_token(raw)
    assert token is not None

    for wanted in ({"scopes": None, "days": 1}, {"scopes": [Permission.VIEW_AUDIT], "days": 1}):
        with pytest.raises(TokenMayNot):
            services.issue_token(token, name="x", role=Role.ADMIN, **wanted)  # type: ignore[arg-type]
    with pytest.raises(TokenMayNot, match="longer"):
        services.issue_token(token, name="x", role=Role.ADMIN, days=3, scopes=[Permission.LOAD_DATA])
    made, _ = services.issue_token(token, name="x", role=Role.ADMIN, days=1, scopes=[Permission.LOAD_DATA])
    assert str(made.user_id) == cast.admin.id


def test_a_service_accounts_token_outlives_who_made_it(cast: Cast) -> None:
    admit(user(cast.member), organisation=cast.organisation, role=Role.ADMIN, actor="operator:test")
    robot = tokens.create_service_account(cast.admin, name="  nightly   load ", role=Role.MEMBER)
    _, raw = services.issue_token(cast.admin, name="t", role=Role.ADMIN, days=1, service_account_id=robot.id)
    leave(cast.admin)

    principal = services.principal_for_token(raw)

    assert principal is not None
    assert principal.role is Role.MEMBER
    assert robot.name == "nightly load"


def test_a_removed_service_accounts_tokens_are_nobody(cast: Cast) -> None:
    robot = tokens.create_service_account(cast.admin, name="robot", role=Role.MEMBER)
    _, raw = services.issue_token(cast.admin, name="t", role=Role.READER, days=1, service_account_id=robot.id)

    tokens.remove_service_account(cast.admin, robot.id)

    assert services.principal_for_token(raw) is None
    assert list(queries.service_accounts(cast.organisation.id)) == []
    with pytest.raises(ServiceAccountNotFound):
        services.issue_token(cast.admin, name="t", role=Role.READER, days=1, service_account_id=robot.id)
    assert tokens.create_service_account(cast.admin, name="robot", role=Role.READER).id != robot.id


def test_service_accounts_are_the_admins_alone(cast: Cast) -> None:
    robot = tokens.create_service_account(cast.admin, name="robot", role=Role.MEMBER)

    with pytest.raises(ServiceAccountExists):
        tokens.create_service_account(cast.admin, name="ROBOT", role=Role.READER)
    for principal in (cast.member, cast.reader):
        with pytest.raises(NotAllowed):
            tokens.create_service_account(principal, name="x", role=Role.READER)
        with pytest.raises(NotAllowed):
            services.issue_token(principal, name="t", role=Role.READER, days=1, service_account_id=robot.id)
    with pytest.raises(ServiceAccountNotFound):
        tokens.remove_service_account(cast.outsider, robot.id)
    with pytest.raises(ServiceAccountNotFound):
        services.issue_token(cast.outsider, name="t", role=Role.READER, days=1, service_account_id=robot.id)


def test_a_token_from_the_command_line_works_whatever_becomes_of_members(cast: Cast) -> None:
    operator = services.operator_principal(cast.organisation)
    token, raw = services.issue_token(operator, name="t", role=Role.ADMIN, days=1)
    Membership.objects.all().delete()

    principal = services.principal_for_token(raw)

    assert principal is not None
    assert (principal.role, principal.is_operator) == (Role.ADMIN, False)
    assert (token.user_id, token.service_account_id) == (None, None)


def test_another_organisations_token_is_not_found(cast: Cast) -> None:
    token, raw = issue(cast)

    for name in (str(token.id), token.prefix, "nonsense", ""):
        with pytest.raises(TokenNotFound):
            services.revoke_token(cast.outsider, name)
    assert services.principal_for_token(raw) is not None
    assert list(queries.tokens(cast.outsider)) == []
    assert list(queries.tokens(cast.admin)) == [token]


@pytest.mark.parametrize("days", [-1, 0, 366])
def test_a_token_lasts_a_year_at_most(cast: Cast, days: int) -> None:
    with pytest.raises(BadAccountInput):
        issue(cast, days=days)


def test_a_token_needs_a_name(cast: Cast) -> None:
    for name in ("", "x" * 101):
        with pytest.raises(BadAccountInput):
            services.issue_token(cast.admin, name=name, role=Role.READER, days=1)
