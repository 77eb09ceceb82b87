"""Faults of the installation itself, in words: the database is away or not yet migrated."""

from oneclick.core.errors import OneClickError
from oneclick.project.errors import DatabaseFull, DatabaseNotReady
from oneclick.stack.errors import DatabaseUnreachable

_NOT_SET_UP = ("42P01", "42703")  # no such table, no such column
_DISK_FULL = "53100"
_AWAY = ("08", "28", "3D", "53", "55000", "57P")  # connection, sign-in, no such database, exhausted, stopping


def as_fault(error: BaseException) -> OneClickError | None:
    """The fault behind a database driver's error; None for anything else, which is a bug to be seen."""
    import psycopg
    from django.db import utils

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OneClickError):
            return seen
        if isinstance(seen, psycopg.Error):
            return _by_state(seen.sqlstate, is_operational=isinstance(seen, psycopg.OperationalError))
        if seen.__cause__ is None and isinstance(seen, (utils.OperationalError, utils.InterfaceError)):
            return _unreachable()
        seen = seen.__cause__
    return None


def _by_state(state: str | None, *, is_operational: bool) -> OneClickError | None:
    """By PostgreSQL's code (https://www.postgresql.org/docs/current/errcodes-appendix.html); none: not connected."""
    if state is None:
        return _unreachable() if is_operational else None
    if state in _NOT_SET_UP:
        return DatabaseNotReady()
    if state == _DISK_FULL:
        return DatabaseFull()
    return _unreachable() if state.startswith(_AWAY) else None


def _unreachable() -> DatabaseUnreachable:
    return DatabaseUnreachable(
        "Our own database can't be reached.",
        hint="Start the stack with: oneclick up. If it runs, look for the cause with: oneclick doctor.",
    )
