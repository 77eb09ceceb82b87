"""From psycopg's errors to the contract's, in one place."""

import contextlib
from collections.abc import Iterator, Mapping

import psycopg

from oneclick.warehouses.contract.errors import (
    AlreadyExists,
    Conflict,
    ContractError,
    InvalidConfig,
    InvalidCredentials,
    LimitExceeded,
    NotFound,
    NotSupported,
    PermissionDenied,
    TerminalError,
    Throttled,
    TimedOut,
    Unavailable,
)

# https://www.postgresql.org/docs/current/errcodes-appendix.html; the longest matching prefix wins.
BY_SQLSTATE: Mapping[str, type[ContractError]] = {
    "08": Unavailable,
    "0A": NotSupported,
    "21": InvalidConfig,
    "22": InvalidConfig,
    "23": InvalidConfig,
    "25006": PermissionDenied,
    "28": InvalidCredentials,
    "2BP01": InvalidConfig,
    "3D": NotFound,
    "3F": NotFound,
    "40": Conflict,
    "42": InvalidConfig,
    "42501": PermissionDenied,
    "42703": NotFound,
    "42704": NotFound,
    "42710": AlreadyExists,
    "42883": NotFound,
    "42P01": NotFound,
    "42P04": AlreadyExists,
    "42P06": AlreadyExists,
    "42P07": AlreadyExists,
    "53": LimitExceeded,
    "53300": Throttled,
    "54": LimitExceeded,
    "55": Conflict,
    "57": Unavailable,
    "57014": TimedOut,
    "58": Unavailable,
}

# While we make things, a duplicate means that another worker was faster: the next read says whose the object is.
WHILE_PROVISIONING: Mapping[str, type[ContractError]] = {
    **BY_SQLSTATE,
    "23505": Conflict,
    "42710": Conflict,
    "42P04": Conflict,
    "42P06": Conflict,
    "42P07": Conflict,
    # "tuple concurrently updated": two workers set the same rights at once; it has no code of its own.
    "XX000": Conflict,
}

# A refused connection carries no SQLSTATE (libpq keeps it to itself), only the server's sentence.
BY_SENTENCE: Mapping[str, type[ContractError]] = {
    "password authentication failed": InvalidCredentials,
    "no password supplied": InvalidCredentials,
    "no pg_hba.conf entry": InvalidCredentials,
    "is not permitted to log in": InvalidCredentials,
    "permission denied for database": PermissionDenied,
    "too many clients": Throttled,
    "remaining connection slots": Throttled,
    "does not exist": NotFound,
}

# What the server says when an attribute of our role is missing: (attribute, in its sentence).
ATTRIBUTES: Mapping[str, str] = {"create database": "CREATEDB", "create role": "CREATEROLE"}

HINTS: Mapping[type[ContractError], str] = {
    InvalidConfig: "Correct the statement or the data and try again.",
    InvalidCredentials: "Check the role and its password on the server, then renew the connection.",
    PermissionDenied: "Ask the owner of the server for that right; the set-up script lists what is needed.",
    NotFound: "Look at the warehouse's status: it may have been removed outside of One-Click.",
    LimitExceeded: "Ask for less, or raise the limit on the server.",
    NotSupported: "The server can't do this; a newer version may.",
    TerminalError: "The server's own log says more.",
}


def translate(
    exc: psycopg.Error, *, table: Mapping[str, type[ContractError]] = BY_SQLSTATE, user: str = ""
) -> ContractError:
    """The contract's error for one of psycopg's. `user` is whom a missing attribute is to be granted to.

    Only the server's first line is repeated: the others may quote the statement.
    """
    sentence = exc.diag.message_primary or str(exc).strip().split("\n")[-1]
    kind = _kind(exc, sentence, table)
    message = f"PostgreSQL says: {sentence}"
    if kind is PermissionDenied:
        return _denied(sentence, message, user)
    return kind(message, hint=HINTS.get(kind, ""))


@contextlib.contextmanager
def translated(*, table: Mapping[str, type[ContractError]] = BY_SQLSTATE, user: str = "") -> Iterator[None]:
    """Let nothing but the contract's errors out."""
    try:
        yield
    except psycopg.Error as exc:
        raise translate(exc, table=table, user=user) from exc


def _kind(exc: psycopg.Error, sentence: str, table: Mapping[str, type[ContractError]]) -> type[ContractError]:
    if exc.sqlstate:
        for length in (5, 2):
            if found := table.get(exc.sqlstate[:length]):
                return found
        return TerminalError
    for words, kind in BY_SENTENCE.items():
        if words in sentence:
            return kind
    return Unavailable if isinstance(exc, psycopg.OperationalError) else TerminalError


def _denied(sentence: str, message: str, user: str) -> PermissionDenied:
    for words, attribute in ATTRIBUTES.items():
        if words in sentence:
            return PermissionDenied(message, missing=attribute, remedy=f'ALTER ROLE "{user}" {attribute};')
    return PermissionDenied(message, hint=HINTS[PermissionDenied])
