"""Rows that become mails: written inside of what they tell of, sent afterwards, tried again for a while.

Who sends one takes it first, by compare-and-swap, so that two workers never send the same. Between the mail server's
"I have it" and our note of it there is a moment in which we may be killed; then it goes out once
more, ten minutes later, with the same Message-ID.
"""

import random
import threading
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from oneclick.core.clock import Clock, utcnow
from oneclick.core.correlation import correlation, current_correlation_id
from oneclick.job_queue.wake import wake
from oneclick.notifications.audience import who_wants
from oneclick.notifications.composing import mail_of
from oneclick.notifications.errors import MailError, MailServerUnreachable, TransientMailError
from oneclick.notifications.kinds import KINDS, Kind
from oneclick.notifications.messages import Message
from oneclick.notifications.models import Notification
from oneclick.notifications.servers import MailServer
from oneclick.notifications.smtp import SILENCE_S, hand_over

DELIVER = "notifications.deliver"
MOST_ATTEMPTS = 8
"""About seventeen hours with the pauses between them."""
TAKEN_FOR = timedelta(minutes=10)
"""How long nobody else touches a row that somebody sends: much longer than `smtp.WHOLE_S`."""
KEPT_FOR = timedelta(days=30)
_FIRST_PAUSE_S, _GROWTH, _LONGEST_PAUSE_S = 60.0, 4, 6 * 3600.0
_AT_ONCE = 50

log = structlog.get_logger(__name__)
_turn = threading.Lock()


def post(kind: Kind, organisation_id: UUID, user_ids: Iterable[UUID], message: Message) -> None:
    """Write a row for each of them who wants it, and ask for it to be sent. Part of the caller's transaction."""
    now = utcnow()
    rows = [
        Notification(
            organisation_id=organisation_id, user=user, kind=kind.key, facts=asdict(message), created_at=now,
            next_attempt_at=now, correlation_id=current_correlation_id(),
        )
        for user in who_wants(kind, organisation_id, user_ids)
    ]  # fmt: skip
    if rows:
        Notification.objects.bulk_create(rows)
        wake(DELIVER)


def deliver_due(server: MailServer | None, *, clock: Clock = utcnow, silence_s: float = SILENCE_S) -> int:
    """Send what is due; returns how many were sent. One at a time per process: mail must not take all its threads."""
    if not _turn.acquire(blocking=False):
        return 0
    try:
        return _deliver_due(server, clock, silence_s)
    finally:
        _turn.release()


def forget_old(clock: Clock = utcnow) -> int:
    """Remove rows of long ago, whatever became of them."""
    gone, _ = Notification.objects.filter(created_at__lt=clock() - KEPT_FOR).delete()
    return gone


def take(row: Notification, clock: Clock = utcnow) -> bool:
    """Make a row ours for a while; False where somebody else was faster."""
    now = clock()
    until = now + TAKEN_FOR
    due = Notification.objects.filter(id=row.id, attempts=row.attempts, next_attempt_at__lte=now)
    if not due.update(attempts=row.attempts + 1, next_attempt_at=until):
        return False
    row.attempts, row.next_attempt_at = row.attempts + 1, until
    return True


def _deliver_due(server: MailServer | None, clock: Clock, silence_s: float) -> int:
    sent = 0
    while due := _due(clock()):
        for row in due:
            if not take(row, clock):
                continue
            with correlation(row.correlation_id):
                try:
                    sent += _deliver(row, server, clock, silence_s)
                except MailServerUnreachable:  # the others would wait for it, too
                    return sent
    return sent


def _due(now: datetime) -> list[Notification]:
    found = Notification.objects.filter(next_attempt_at__lte=now).select_related("user", "organisation")
    return list(found.order_by("next_attempt_at")[:_AT_ONCE])


def _deliver(row: Notification, server: MailServer | None, clock: Clock, silence_s: float) -> int:
    """Send one that is taken; returns how many were sent. Raises `MailServerUnreachable` once that is noted."""
    kind = KINDS.get(row.kind)
    if kind is None or not who_wants(kind, row.organisation_id, [row.user_id]):
        _settle(row, next_attempt_at=None, problem="Not wanted any more, or no longer allowed.")
        return 0
    if row.attempts > MOST_ATTEMPTS:
        _give_up(row, "Whoever sent it was stopped, again and again.")
        return 0
    try:
        _send(row, server, silence_s)
    except TransientMailError as exc:
        _later_or_never(row, exc, clock)
        if isinstance(exc, MailServerUnreachable):
            raise
        return 0
    except MailError as exc:
        _give_up(row, exc.message)
        return 0
    _settle(row, next_attempt_at=None, sent_at=clock(), problem="")
    return 1


def _send(row: Notification, server: MailServer | None, silence_s: float) -> None:
    if server is None:
        log.info("no mail server is set; the mail would say", title=row.facts["title"], to=str(row.user_id))
        return
    hand_over(server, mail_of(row, server), to=row.user.email, silence_s=silence_s)


def _later_or_never(row: Notification, error: TransientMailError, clock: Clock) -> None:
    if row.attempts >= MOST_ATTEMPTS:
        _give_up(row, error.message)
        return
    _settle(row, next_attempt_at=clock() + _pause(row.attempts), problem=error.message)
    log.warning("a mail waits for its next attempt", notification=str(row.id), code=error.code, message=error.message)


def _pause(attempts: int) -> timedelta:
    """Longer each time, and spread, so that all of them don't come back at once."""
    longest = min(_FIRST_PAUSE_S * _GROWTH ** (attempts - 1), _LONGEST_PAUSE_S)
    return timedelta(seconds=longest * random.uniform(0.75, 1.0))  # noqa: S311 - spreading load needs no secrecy


def _give_up(row: Notification, problem: str) -> None:
    _settle(row, next_attempt_at=None, problem=problem)
    log.error("a mail could not be sent", notification=str(row.id), kind=row.kind, message=problem)


def _settle(row: Notification, **changes: object) -> None:
    """Note what became of a row, as long as it is still ours."""
    Notification.objects.filter(id=row.id, attempts=row.attempts, sent_at=None).update(**changes)
