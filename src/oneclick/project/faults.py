"""Faults of the installation itself, in words: the database is away or not yet migrated."""

from oneclick.core.errors import ErrorKind, OneClickError


class DatabaseUnreachable(OneClickError):
    """Our own database can't be reached."""

    code = "database_unreachable"
    kind = ErrorKind.UNAVAILABLE
    hint = "Start the stack with: oneclick up. If it runs, look for the cause with: oneclick doctor."


class DatabaseNotReady(OneClickError):
    """Our own database isn't set up, or is of another version."""

    code = "database_not_ready"
    kind = ErrorKind.UNAVAILABLE
    hint = "Start the stack with: oneclick up. It brings the database up to date."


class InternalError(OneClickError):
    """Something went wrong on our side; the log says what."""

    code = "internal_error"
    kind = ErrorKind.OUR_FAULT
    hint = "Give the operator the correlation id."


def as_fault(error: BaseException) -> OneClickError | None:
    """The fault behind a database driver's error; None for anything else, which is a bug to be seen."""
    import psycopg
    import psycopg_pool
    from django.db import utils

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OneClickError):
            return seen
        if isinstance(seen, (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)):
            return DatabaseNotReady()
        if isinstance(seen, (utils.OperationalError, utils.InterfaceError, psycopg.OperationalError)):
            return DatabaseUnreachable()
        if isinstance(seen, psycopg_pool.PoolTimeout):
            return DatabaseUnreachable()
        seen = seen.__cause__
    return None
