"""Signing a browser in and out, and the list of one's devices."""

from uuid import UUID

from django.contrib import auth
from django.http import HttpRequest

from oneclick.accounts.sign_in.client import address_of, device_of
from oneclick.accounts.sign_in.models import IdentityProvider, Session
from oneclick.accounts.sign_in.session_store import row_of, sessions_of
from oneclick.accounts.users.models import User
from oneclick.audit.services import record
from oneclick.core.clock import Clock, utcnow

BACKEND = "oneclick.accounts.sign_in.backend.SignedInUsers"


def sign_in(request: HttpRequest, user: User, *, provider: IdentityProvider | None, clock: Clock = utcnow) -> None:
    """Give this browser a session of its own under a new key, whatever key it came with. None: a local account."""
    request.session.flush()
    auth.login(request, user, backend=BACKEND)
    request.session.save()
    row = row_of(request.session)
    if row is None:
        return
    row.user, row.provider, row.fresh_at = user, provider, clock()
    row.address, row.device = address_of(request), device_of(request)
    row.save(update_fields=["user", "provider", "fresh_at", "address", "device"])


def sign_out(request: HttpRequest) -> None:
    """End this browser's session."""
    if request.user.is_authenticated:
        _record(request.user.pk, request.user.pk, "session.ended")
    auth.logout(request)


def devices(user_id: UUID) -> list[Session]:
    """Where a user is signed in, the one used last first."""
    return list(sessions_of(user_id))


def end(user_id: UUID, session_id: UUID) -> bool:
    """Sign one of the user's devices out; whether there was one."""
    is_ended = bool(Session.objects.filter(user_id=user_id, id=session_id).delete()[0])
    if is_ended:
        _record(user_id, session_id, "session.ended")
    return is_ended


def end_all(user_id: UUID) -> int:
    """Sign out everywhere; how many devices there were."""
    count = Session.objects.filter(user_id=user_id).delete()[0]
    _record(user_id, user_id, "sessions.ended")
    return count


def _record(user_id: UUID, target: UUID, action: str) -> None:
    record(
        organisation_id=None, actor=f"user:{user_id}", action=action, target_kind=action.split(".", maxsplit=1)[0],
        target_id=target,
    )  # fmt: skip
