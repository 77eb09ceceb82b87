"""Django's session engine over `Session` rows: the key's hash alone is stored, idle and old sessions are none."""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from oneclick.accounts.sign_in.models import Session
from oneclick.core.clock import utcnow

NOTED_EVERY = timedelta(minutes=1)


class SessionStore(SessionBase):
    """One browser's session. What the row says beside the data is in `row`."""

    counts_as_use = True
    row: Session | None = None
    former_row: Session | None = None

    def cycle_key(self) -> None:
        """A new key for the same session; what its row said is in `former_row`."""
        self.former_row = row_of(self)
        super().cycle_key()

    def load(self) -> dict[str, Any]:
        """The data, or nothing where the session is unknown, idle for too long or too old."""
        now = utcnow()
        found = living(now).filter(key_digest=digest_of(self.session_key or "")).first()
        if found is None:
            self._session_key = None
            return {}
        if self.counts_as_use and now - found.seen_at > NOTED_EVERY:
            Session.objects.filter(key_digest=found.key_digest).update(seen_at=now)
        self.row = found
        data: dict[str, Any] = self.decode(found.session_data)
        return data

    def exists(self, session_key: str) -> bool:  # noqa: D102 - Django's contract
        return Session.objects.filter(key_digest=digest_of(session_key)).exists()

    def create(self) -> None:  # noqa: D102 - Django's contract
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # the stubs leave it out
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Write the data; a session that was ended meanwhile is not brought back to life."""
        if self.session_key is None:
            return self.create()
        data = self.encode(self._get_session(no_load=must_create))  # type: ignore[attr-defined]  # the stubs leave it out
        digest = digest_of(self.session_key)
        if not must_create:
            if not Session.objects.filter(key_digest=digest).update(session_data=data):
                raise UpdateError
            return None
        now = utcnow()
        try:
            with transaction.atomic():
                self.row = Session.objects.create(
                    key_digest=digest, session_data=data, created_at=now, seen_at=now,
                    ends_at=now + timedelta(hours=settings.ONECLICK_SESSION_HOURS),
                )  # fmt: skip
        except IntegrityError as exc:
            raise CreateError from exc
        return None

    def delete(self, session_key: str | None = None) -> None:  # noqa: D102 - Django's contract
        key = session_key or self.session_key
        if key:
            Session.objects.filter(key_digest=digest_of(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Remove what opens nothing any more."""
        now = utcnow()
        Session.objects.exclude(pk__in=living(now).values("pk")).delete()


def glance(key: str) -> SessionStore:
    """A session that is only looked at: a page that is left open doesn't keep it from ending when nobody uses it."""
    session = SessionStore(key)
    session.counts_as_use = False
    return session


def living(now: datetime) -> QuerySet[Session]:
    """Sessions that are neither idle for too long nor too old."""
    idle = now - timedelta(minutes=settings.ONECLICK_SESSION_IDLE_MINUTES)
    return Session.objects.filter(Q(seen_at__gt=idle), ends_at__gt=now)


def digest_of(key: str) -> str:
    """Keys carry over 160 random bits, so a plain hash is as good as a slow one."""
    return hashlib.sha256(key.encode()).hexdigest()


def row_of(session: SessionBase) -> Session | None:
    """The row of a request's session; None for one that isn't stored."""
    if not session.session_key:
        return None
    return Session.objects.filter(key_digest=digest_of(session.session_key)).first()


def sessions_of(user_id: UUID) -> QuerySet[Session]:
    """A user's devices, the one that was used last first."""
    return living(utcnow()).filter(user_id=user_id).order_by("-seen_at")
