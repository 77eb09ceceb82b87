from datetime import datetime, timedelta

import pytest
from django.db import connection

from oneclick.accounts import queries, services
from oneclick.accounts.errors import BadAccountInput, TokenNotFound
from oneclick.accounts.models import ApiToken
from oneclick.accounts.roles import NotAllowed, Permission, PrincipalKind, Role
from oneclick.accounts.standing import principal_now
from oneclick.audit.models import AuditEvent
from oneclick.core.clock import Clock, utcnow
from oneclick.core.secrets import SecretText
from tests.cast import Cast

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


def test_only_an_admin_makes_and_revokes_tokens(cast: Cast) -> None:
    token, _ = issue(cast)

    for principal in (cast.member, cast.reader):
        assert not principal.may(Permission.MANAGE_TOKENS)
        with pytest.raises(NotAllowed):
            services.issue_token(principal, name="x", role=Role.READER, days=1)
        with pytest.raises(NotAllowed):
            services.revoke_token(principal, str(token.id))


def test_another_organisations_token_is_not_found(cast: Cast) -> None:
    token, raw = issue(cast)

    for name in (str(token.id), token.prefix, "nonsense", ""):
        with pytest.raises(TokenNotFound):
            services.revoke_token(cast.outsider, name)
    assert services.principal_for_token(raw) is not None
    assert list(queries.tokens(cast.elsewhere.id)) == []
    assert list(queries.tokens(cast.organisation.id)) == [token]


@pytest.mark.parametrize("days", [-1, 0, 366])
def test_a_token_lasts_a_year_at_most(cast: Cast, days: int) -> None:
    with pytest.raises(BadAccountInput):
        issue(cast, days=days)


def test_a_token_needs_a_name(cast: Cast) -> None:
    for name in ("", "x" * 101):
        with pytest.raises(BadAccountInput):
            services.issue_token(cast.admin, name=name, role=Role.READER, days=1)
