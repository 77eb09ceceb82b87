"""Monthly partitions: made ahead of time, so that retention can drop a month as a whole."""

from datetime import UTC, date, datetime

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

PARTITIONED = ("audit_event", "audit_seal")
MONTHS_AHEAD = 2
LOCK_PATIENCE = "2s"


def ensure_partitions(today: date) -> int:
    """Make the partitions of this month, the next two, and of any month whose rows came too early; how many.

    One that can't be made now, because somebody reads the log, is left to the next call: there is time.
    """
    ahead = [add_months(today, months) for months in range(MONTHS_AHEAD + 1)]
    missing = [(table, month) for table in PARTITIONED for month in sorted({*ahead, *_strayed(table)})]
    return sum(_make(table, month) for table, month in missing if not _exists(partition_name(table, month)))


def months() -> list[date]:
    """The first day of every month that has a partition of its own, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_date(right(c.relname, 7), 'YYYY_MM') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = 'audit_event'::regclass AND c.relname <> 'audit_event_default' ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]


def partition_name(table: str, month: date) -> str:
    """The table that holds one month."""
    return f"{table}_{month:%Y_%m}"


def month_end(month: date) -> datetime:
    """The moment at which a month is over, in UTC."""
    after = add_months(month, 1)
    return datetime(after.year, after.month, 1, tzinfo=UTC)


def add_months(day: date, count: int) -> date:
    """The first day of the month that is `count` months away."""
    total = day.year * 12 + day.month - 1 + count
    return date(total // 12, total % 12 + 1, 1)


def _make(table: str, month: date) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # Attaching waits for open transactions, and everybody else would wait behind it.
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_PATIENCE}'")
            cursor.execute("CALL audit_make_partition(%s, %s)", [table, month])
    except OperationalError as exc:
        if not isinstance(exc.__cause__, LockNotAvailable):
            raise
        return False
    return True


def _strayed(table: str) -> list[date]:
    column = "at" if table == "audit_event" else "sealed_at"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT date_trunc('month', {column} AT TIME ZONE 'UTC')::date FROM {table}_default")
        return [row[0] for row in cursor.fetchall()]


def _exists(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
        return bool(cursor.fetchone()[0])
