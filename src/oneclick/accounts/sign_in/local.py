"""Accounts that need no identity provider: made by a one-time link, opened with password and one-time code.

They are the way in before there is a provider, and when it is down (break-glass): enforcing a provider leaves them.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from oneclick.accounts import members
from oneclick.accounts.digests import digest_of
from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Role
from oneclick.accounts.sign_in import totp
from oneclick.accounts.sign_in.errors import LinkUnknown, LocalSignInRefused
from oneclick.accounts.sign_in.limits import count_try, forget_tries
from oneclick.accounts.sign_in.models import AdminLink, LocalAccount, Session
from oneclick.accounts.users.models import User
from oneclick.audit.services import record
from oneclick.core.clock import Clock, utcnow
from oneclick.core.ids import new_id
from oneclick.core.secrets import SecretText
from oneclick.secret_store import services as secret_store

ISSUER = "local"
LINK_LASTS = timedelta(hours=24)
TRIES = 5
TRIES_FROM_ANYWHERE = 50
LOCKED_FOR = timedelta(minutes=15)
WRONG = "The e-mail address, password or code is wrong."


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A one-time link; its token is never to be had again."""

    link: AdminLink
    token: SecretText

    @property
    def path(self) -> str:
        """Where the link leads, from the origin on."""
        return f"/sign-in/link?token={self.token.reveal()}"


@transaction.atomic
def invite_admin(organisation: Organisation, email: str, *, actor: str, clock: Clock = utcnow) -> Invited:
    """A link that makes its opener an admin with a local account, once, within a day.

    For an address that has a local account already it makes password and codes new; earlier links work no more.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise LocalSignInRefused("That isn't an e-mail address.", hint="It looks like: ada@example.com") from None
    for older in AdminLink.objects.filter(email=email, used_at=None):
        secret_store.delete(older.totp_reference)
        older.delete()
    token = SecretText(secrets.token_urlsafe(32))
    link_id = new_id()
    link = AdminLink.objects.create(
        id=link_id,
        digest=digest_of(token), organisation=organisation, email=email, made_by=actor, expires_at=clock() + LINK_LASTS,
        totp_reference=secret_store.put(
            totp.new_secret(), organisation_id=organisation.id, owner=f"admin_link:{link_id}"
        ),
    )  # fmt: skip
    record(
        organisation_id=organisation.id, actor=actor, action="admin_link.created", target_kind="admin_link",
        target_id=link.id, detail={"expires_at": link.expires_at.isoformat()},
    )  # fmt: skip
    return Invited(link=link, token=token)


def look_at(token: SecretText, *, clock: Clock = utcnow) -> AdminLink:
    """The link that somebody opened; raises `LinkUnknown`."""
    usable = AdminLink.objects.select_related("organisation").filter(used_at=None, expires_at__gt=clock())
    found = usable.filter(digest=digest_of(token)).first()
    if found is None:
        raise LinkUnknown
    return found


@transaction.atomic
def open_link(token: SecretText, *, password: SecretText, code: str, clock: Clock = utcnow) -> User:
    """Make the local account and its user an admin; raises `LinkUnknown`, and `LocalSignInRefused` for a wrong code."""
    link = look_at(token, clock=clock)
    step = totp.step_of(code, secret_store.get(link.totp_reference), now=clock(), after=0)
    if step is None:
        raise LocalSignInRefused("The code is wrong.", hint="Type the six digits that your app shows now.")
    user, _ = User.objects.get_or_create(issuer=ISSUER, subject=link.email, defaults={"email": link.email})
    _check_password(password, user)
    # Of two who open it at once, one gets in.
    if not AdminLink.objects.filter(id=link.id, used_at=None).update(used_at=clock()):
        raise LinkUnknown
    user.password = make_password(password.reveal())
    user.is_active = True
    user.save(update_fields=["password", "is_active"])
    Session.objects.filter(user=user).delete()
    _replace_account(user, link, step, clock)
    actor = f"user:{user.id}"
    members.admit(user, organisation=link.organisation, role=Role.ADMIN, actor=actor)
    record(
        organisation_id=link.organisation_id, actor=actor, action="admin_link.opened", target_kind="admin_link",
        target_id=link.id, detail={"made_by": link.made_by},
    )  # fmt: skip
    return user


def authenticate(email: str, *, password: SecretText, code: str, address: str, clock: Clock = utcnow) -> User:
    """The user of a local account; raises `LocalSignInRefused`, the same for each thing that is wrong.

    After five failures from one address, or fifty from anywhere, the account is locked for a quarter of an hour
    (`TooManyAttempts`): so that a stranger can't easily lock its owner out.
    """
    email = email.strip().lower()
    count_try("local", email, most=TRIES_FROM_ANYWHERE, within=LOCKED_FOR, clock=clock)
    count_try("local from", f"{address} {email}", most=TRIES, within=LOCKED_FOR, clock=clock)
    account = (
        LocalAccount.objects.select_related("user").filter(user__issuer=ISSUER, user__subject=email).first()
    )  # fmt: skip
    is_right = check_password(password.reveal(), account.user.password if account else make_password("", salt="x" * 22))
    if account is None or not is_right or not account.user.is_active or not _use_code(account, code, clock):
        raise LocalSignInRefused(WRONG)
    forget_tries("local", email)
    forget_tries("local from", f"{address} {email}")
    return account.user


@transaction.atomic
def clear_expired(*, clock: Clock = utcnow) -> None:
    """Remove links that were never opened, with the key to the codes that they would have set up."""
    for link in AdminLink.objects.filter(used_at=None, expires_at__lt=clock()):
        secret_store.delete(link.totp_reference)
        link.delete()


def _use_code(account: LocalAccount, code: str, clock: Clock) -> bool:
    """Whether the code is right and is used now for the first time."""
    secret = secret_store.get(account.totp_reference)
    step = totp.step_of(code, secret, now=clock(), after=account.last_step)
    if step is None:
        return False
    unused = LocalAccount.objects.filter(pk=account.pk, last_step__lt=step)
    return bool(unused.update(last_step=step))


def _replace_account(user: User, link: AdminLink, step: int, clock: Clock) -> None:
    former = LocalAccount.objects.filter(user=user).first()
    if former:
        secret_store.delete(former.totp_reference)
    LocalAccount.objects.update_or_create(
        user=user, defaults={"totp_reference": link.totp_reference, "last_step": step, "confirmed_at": clock()}
    )


def _check_password(password: SecretText, user: User) -> None:
    try:
        validate_password(password.reveal(), user)
    except ValidationError as exc:
        raise LocalSignInRefused("Choose another password.", hint=" ".join(exc.messages)) from None
