"""How often something may be tried: counted in the database, so that all processes count together."""

import hashlib
from datetime import timedelta

from django.db import connection

from oneclick.accounts.sign_in.errors import TooManyAttempts
from oneclick.accounts.sign_in.models import Tries
from oneclick.core.clock import Clock, utcnow

_COUNT = """
INSERT INTO sign_in_tries (key_digest, since, count) VALUES (%(key)s, %(now)s, 1)
ON CONFLICT (key_digest) DO UPDATE SET
    count = CASE WHEN sign_in_tries.since < %(old)s THEN 1 ELSE sign_in_tries.count + 1 END,
    since = CASE WHEN sign_in_tries.since < %(old)s THEN %(now)s ELSE sign_in_tries.since END
RETURNING count, since
"""
KEPT = timedelta(days=1)


def count_try(what: str, key: str, *, most: int, within: timedelta, clock: Clock = utcnow) -> None:
    """Count one try, such as `("code", user id)`; raises `TooManyAttempts` from the one after `most` on."""
    now = clock()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": _digest(what, key), "now": now, "old": now - within})
        count, since = cursor.fetchone()
    if count > most:
        seconds = max(1, round((since + within - now).total_seconds()))
        wait = f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"  # noqa: PLR2004 - two minutes
        raise TooManyAttempts("There were too many attempts.", hint=f"Wait {wait}, then try again.")


def forget_tries(what: str, key: str) -> None:
    """Begin to count anew, after a success."""
    Tries.objects.filter(key_digest=_digest(what, key)).delete()


def clear_old(*, clock: Clock = utcnow) -> None:
    """Remove counters that nobody needs any more."""
    Tries.objects.filter(since__lt=clock() - KEPT).delete()


def _digest(what: str, key: str) -> str:
    return hashlib.sha256(f"{what}:{key}".encode()).hexdigest()
