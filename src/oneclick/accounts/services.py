"""Making organisations, members and tokens."""

import contextlib
import hashlib
import os
import pwd
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from oneclick.accounts import queries
from oneclick.accounts.errors import BadAccountInput, OrganisationExists, TokenNotFound
from oneclick.accounts.models import ApiToken, InstallId, Membership, Organisation
from oneclick.accounts.roles import Permission, Principal, PrincipalKind, Role
from oneclick.accounts.users.models import User
from oneclick.audit.services import record
from oneclick.core.clock import Clock, utcnow
from oneclick.core.secrets import SecretText

DEFAULT_ORGANISATION = "My organisation"
TOKEN_START = "ocd_"  # noqa: S105 - how a token starts, so that scanners can find a leaked one
TOKEN_DAYS_MAX = 365
_PREFIX_LENGTH = len(TOKEN_START) + 6
_LAST_USE_EVERY = timedelta(minutes=1)


def create_organisation(name: str, *, actor: str, domain: str = "") -> Organisation:
    """Make an organisation; raises `OrganisationExists` and `BadAccountInput`."""
    name = " ".join(name.split())
    limit = Organisation._meta.get_field("name").max_length or 0  # noqa: SLF001 - Django's public name for it
    if not 1 <= len(name) <= limit or not name.isprintable():
        raise BadAccountInput(f"An organisation's name has 1 to {limit} characters.")
    try:
        with transaction.atomic():
            made = Organisation.objects.create(name=name, domain=domain or None)
            record(
                organisation_id=made.id,
                actor=actor,
                action="organisation.created",
                target_kind="organisation",
                target_id=made.id,
            )
    except IntegrityError as exc:
        raise OrganisationExists(f"There is an organisation {name!r} already.") from exc
    return made


def ensure_default_organisation(*, actor: str) -> Organisation:
    """The only organisation, made where there is none; raises `OrganisationNotNamed` where there are several."""
    if not queries.organisations():
        try:
            return create_organisation(DEFAULT_ORGANISATION, actor=actor)
        except OrganisationExists:
            pass  # another process was first
    return queries.the_only_organisation()


@transaction.atomic
def add_user(
    organisation: Organisation, *, issuer: str, subject: str, role: Role, actor: str, email: str = "", name: str = ""
) -> User:
    """Make the user known by (issuer, subject) a member, or change the role of one who is."""
    user, _ = User.objects.get_or_create(issuer=issuer, subject=subject, defaults={"email": email, "name": name})
    _, is_new = Membership.objects.update_or_create(organisation=organisation, user=user, defaults={"role": role})
    record(
        organisation_id=organisation.id,
        actor=actor,
        action="member.added" if is_new else "member.changed",
        target_kind="user",
        target_id=user.id,
        detail={"role": role.value},
    )
    return user


def operator_name() -> str:
    """The system user who runs this process; the environment isn't asked, because anybody can set it."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def operator_label() -> str:
    """How the audit log names whoever runs the command line, before there is an organisation."""
    return f"{PrincipalKind.OPERATOR}:{operator_name()}"


def operator_principal(organisation: Organisation) -> Principal:
    """Who acts when somebody runs the command line on the machine itself."""
    return Principal(kind=PrincipalKind.OPERATOR, id=operator_name(), organisation_id=organisation.id, role=Role.ADMIN)


def user_principal(membership: Membership) -> Principal:
    """Who acts when a member does."""
    return Principal(
        kind=PrincipalKind.USER,
        id=str(membership.user_id),
        organisation_id=membership.organisation_id,
        role=Role(membership.role),
    )


@transaction.atomic
def issue_token(
    principal: Principal, *, name: str, role: Role, days: int, clock: Clock = utcnow
) -> tuple[ApiToken, SecretText]:
    """Make a token for the REST API. The second value is the token itself: it is never to be had again."""
    principal.demand(Permission.MANAGE_TOKENS)
    limit = ApiToken._meta.get_field("name").max_length or 0  # noqa: SLF001 - Django's public name for it
    if not 1 <= len(name) <= limit:
        raise BadAccountInput(f"A token's name has 1 to {limit} characters.")
    if not 1 <= days <= TOKEN_DAYS_MAX:
        raise BadAccountInput(f"A token lasts 1 to {TOKEN_DAYS_MAX} days.")
    raw = TOKEN_START + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        organisation_id=principal.organisation_id,
        name=name,
        role=role,
        prefix=raw[:_PREFIX_LENGTH],
        digest=_digest(raw),
        made_by=principal.label,
        expires_at=clock() + timedelta(days=days),
    )
    _record_token(principal, "token.created", token)
    return token, SecretText(raw)


def principal_for_token(raw: SecretText, *, clock: Clock = utcnow) -> Principal | None:
    """Who a token speaks for, or None for an unknown, expired or revoked one. Notes the use, once a minute."""
    now = clock()
    token = ApiToken.objects.filter(digest=_digest(raw.reveal()), revoked_at=None, expires_at__gt=now).first()
    if token is None:
        return None
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _LAST_USE_EVERY)
    ApiToken.objects.filter(stale, id=token.id).update(last_used_at=now)
    return Principal(
        kind=PrincipalKind.TOKEN, id=str(token.id), organisation_id=token.organisation_id, role=Role(token.role)
    )


@transaction.atomic
def revoke_token(principal: Principal, id_or_prefix: str, *, clock: Clock = utcnow) -> ApiToken:
    """End a token's life now; ended already is fine. Raises `TokenNotFound`."""
    principal.demand(Permission.MANAGE_TOKENS)
    token = _token(principal.organisation_id, id_or_prefix)
    if token.revoked_at is None:
        token.revoked_at = clock()
        token.save(update_fields=["revoked_at"])
        _record_token(principal, "token.revoked", token)
    return token


def installation_id() -> str:
    """Which installation this is: made once, for ever the same."""
    found, _ = InstallId.objects.get_or_create(is_only=True)
    return str(found.id)


def _token(organisation_id: UUID, id_or_prefix: str) -> ApiToken:
    match = Q(prefix=id_or_prefix.removesuffix("…"))
    with contextlib.suppress(ValueError):
        match |= Q(id=UUID(id_or_prefix))
    found = ApiToken.objects.select_for_update().filter(match, organisation_id=organisation_id)[:2]
    if len(found) != 1:
        raise TokenNotFound(
            f"{'Several tokens start' if found else 'No token starts'} with {id_or_prefix!r}.",
            hint="Use the id that this shows: oneclick token list",
        )
    return found[0]


def _record_token(principal: Principal, action: str, token: ApiToken) -> None:
    record(
        organisation_id=principal.organisation_id,
        actor=principal.label,
        action=action,
        target_kind="token",
        target_id=token.id,
        detail={"role": token.role, "expires_at": token.expires_at.isoformat()},
    )


def _digest(raw: str) -> str:
    """Tokens carry 256 random bits, so a plain hash is as good as a slow one."""
    return hashlib.sha256(raw.encode()).hexdigest()
