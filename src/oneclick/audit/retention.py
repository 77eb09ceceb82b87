"""Dropping old months as a whole, with a signed anchor left where verification starts from then on."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction

from oneclick.audit.chain import INSTALLATION_CHAIN, NO_MAC, Anchor, AuditKey, audit_key
from oneclick.audit.errors import AuditBroken, AuditError, AuditNotSealed
from oneclick.audit.models import AuditAnchor
from oneclick.audit.partitions import LOCK_PATIENCE, add_months, month_end, months, partition_name
from oneclick.audit.sealing import SEALER_LOCK
from oneclick.audit.services import record
from oneclick.audit.verification import verify
from oneclick.core.clock import Clock, utcnow


@dataclass(frozen=True, kw_only=True)
class DroppedMonth:
    """A month that is gone, and how many events it had."""

    month: date
    events: int


def prune(keep_months: int, *, actor: str, clock: Clock = utcnow) -> list[DroppedMonth]:
    """Drop every month before the last `keep_months` full ones; which.

    Refused with `AuditBroken` where the log isn't whole, because dropping a month would hide what was done to it,
    and with `AuditNotSealed` where an old event still waits for its seal.
    """
    if keep_months < 1:
        raise AuditError("At least the last full month is kept.", hint="Give a number of months from 1.")
    first_kept = add_months(clock().date(), -keep_months)
    old = [month for month in months() if month < first_kept]
    if old and not verify().is_whole:
        raise AuditBroken("The audit log was changed outside of One-Click, so no month is dropped.")
    return [_drop(month, actor) for month in old]


@transaction.atomic
def _drop(month: date, actor: str) -> DroppedMonth:
    events, seals, end = partition_name("audit_event", month), partition_name("audit_seal", month), month_end(month)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEALER_LOCK])
        cursor.execute("LOCK TABLE audit_anchor IN EXCLUSIVE MODE")
        cursor.execute("SELECT EXISTS (SELECT 1 FROM audit_unsealed WHERE at < %s)", [end])
        if cursor.fetchone()[0]:
            raise AuditNotSealed(f"Events of {month:%B %Y} still wait for their seal.")
        cursor.execute(f"SELECT count(*) FROM {events}")
        count = cursor.fetchone()[0]
        _leave_anchors(events, seals, end, audit_key())
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_PATIENCE}'")
        cursor.execute(f"DROP TABLE {events}")
        cursor.execute(f"DROP TABLE IF EXISTS {seals}")
    record(
        organisation_id=None,
        actor=actor,
        action="audit.pruned",
        target_kind="month",
        target_id=f"{month:%Y-%m}",
        detail={"events": count},
    )
    return DroppedMonth(month=month, events=count)


def _leave_anchors(events: str, seals: str, end: datetime, key: AuditKey) -> None:
    for chain, last in _last_links(events, seals).items():
        before = AuditAnchor.objects.filter(chain=chain).order_by("-events_from").first()
        seq, mac = last or ((before.seq, bytes(before.mac)) if before else (0, NO_MAC))
        anchor = key.sign(Anchor(chain=chain, events_from=end, seq=seq, mac=mac))
        AuditAnchor.objects.create(**vars(anchor), key_id=key.id)


def _last_links(events: str, seals: str) -> dict[UUID, tuple[int, bytes] | None]:
    """Every chain that loses something, with the last link that it loses. An event may be sealed a month later."""
    found: dict[UUID, tuple[int, bytes] | None] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT coalesce(organisation_id, %s) FROM {events}", [INSTALLATION_CHAIN])
        found.update({chain: None for (chain,) in cursor.fetchall()})
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [seals])
        if cursor.fetchone()[0]:
            cursor.execute(f"SELECT DISTINCT ON (chain) chain, seq, mac FROM {seals} ORDER BY chain, seq DESC")
            found.update({chain: (seq, bytes(mac)) for chain, seq, mac in cursor.fetchall()})
    return found
