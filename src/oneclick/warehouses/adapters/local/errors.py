"""From the words of PostgreSQL, DuckDB and the operating system to the contract's errors.

Their connection errors may contain the whole connection string, so of those only the server's own sentence
(after "FATAL:") is passed on.
"""

import contextlib
import errno
import re
from collections.abc import Iterator

import duckdb
import psycopg

from oneclick.warehouses.contract.errors import (
    Cancelled,
    Conflict,
    ContractError,
    InvalidConfig,
    InvalidCredentials,
    LimitExceeded,
    NotFound,
    PermissionDenied,
    TerminalError,
    Throttled,
    Unavailable,
)

_DISK_FULL = "The disk is full."
_DISK_HINT = "Free some space, or move the home folder to a larger disk, then try again from here."

# https://www.postgresql.org/docs/current/errcodes-appendix.html: the longest prefix counts.
_BY_SQLSTATE: dict[str, type[ContractError]] = {
    "08": Unavailable,
    "23505": Conflict,  # two made the same object at the same moment
    "28": InvalidCredentials,
    "2BP01": Conflict,  # something still depends on it
    "3D": NotFound,
    "3F": NotFound,
    "40": Conflict,
    "42501": PermissionDenied,
    "42704": NotFound,
    "42P01": NotFound,
    "42710": Conflict,  # made by somebody else after we looked
    "42P04": Conflict,
    "42P06": Conflict,
    "53": Unavailable,
    "53100": LimitExceeded,
    "53300": Throttled,
    "55": Conflict,
    "57": Unavailable,
    "57014": Cancelled,
    "58": Unavailable,
}

# What PostgreSQL says while a connection is made, where libpq passes no code on.
_BY_SENTENCE: tuple[tuple[str, type[ContractError]], ...] = (
    (r"password authentication failed|not permitted to log in|role \"[^\"]*\" does not exist", InvalidCredentials),
    (r"no password supplied|authentication failed", InvalidCredentials),
    (r"database \"[^\"]*\" does not exist", NotFound),
    (r"permission denied|no pg_hba.conf entry", PermissionDenied),
    (r"too many connections|too many clients|remaining connection slots", Throttled),
    (r"not currently accepting connections|invalid database", Conflict),
    (r"No space left on device", LimitExceeded),
)

# How DuckDB's messages begin. The text counts and not the class, as what breaks while a stream is read comes as a
# bare Exception from Arrow with DuckDB's words inside.
_BY_PREFIX: dict[str, type[ContractError]] = {
    "Binder Error": InvalidConfig,
    "Catalog Error": InvalidConfig,
    "Constraint Error": InvalidConfig,
    "Conversion Error": InvalidConfig,
    "Invalid Input Error": InvalidConfig,
    "Invalid Error": InvalidConfig,
    "INTERRUPT Error": Cancelled,
    "IO Error": Unavailable,
    "Mismatch Type Error": InvalidConfig,
    "Not implemented Error": InvalidConfig,
    "Out of Memory Error": LimitExceeded,
    "Out of Range Error": InvalidConfig,
    "Parser Error": InvalidConfig,
    "Permission Error": PermissionDenied,
    "Syntax Error": InvalidConfig,
}

_HINTS: dict[type[ContractError], str] = {
    Cancelled: "Start it again when you need it.",
    PermissionDenied: "The login that was used may not do this; reading needs the read login, loading the write login.",
    InvalidConfig: "Correct it and run it again.",
    TerminalError: "This shouldn't happen. Run oneclick doctor, and look into the log with the correlation id.",
}


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Raise the contract's error for whatever the body raises."""
    try:
        yield
    except (psycopg.Error, duckdb.Error, OSError) as exc:
        raise translate(exc) from exc


def translate(exc: Exception) -> ContractError:
    """The contract's error for one of PostgreSQL's, DuckDB's or the operating system's."""
    if isinstance(exc, ContractError):
        return exc
    if isinstance(exc, psycopg.Error):
        return _from_postgres(exc)
    if isinstance(exc, OSError):
        return _from_operating_system(exc)
    return _from_duckdb(exc)


def is_lake_conflict(exc: Exception) -> bool:
    """Whether DuckLake refused a commit because of somebody else's, so that the same again may succeed."""
    text = str(exc)
    if "Failed to initialize DuckLake" in text and "already exists" in text:
        return True
    return "Transaction conflict" in text or "could not serialize" in text or "duplicate key value" in text


def _from_postgres(exc: psycopg.Error) -> ContractError:
    state = exc.sqlstate or ""
    for length in (5, 2):
        if kind := _BY_SQLSTATE.get(state[:length]) if state else None:
            return _made(kind, f"The catalog's server says: {exc.diag.message_primary or kind.__doc__}")
    if re.search(r"tuple concurrently|could not find tuple", str(exc)):
        return Conflict("The catalog's server says that somebody changed the same object just now.")
    if isinstance(exc, psycopg.OperationalError | psycopg.InterfaceError):
        return _connection_error(str(exc))
    return _made(TerminalError, f"The catalog's server says: {exc.diag.message_primary or 'what we do not know'}.")


def _from_duckdb(exc: Exception) -> ContractError:
    text = str(exc).removeprefix("C Data interface error: ").strip()
    if is_lake_conflict(exc):
        return Conflict("Somebody else changed the same table at the same moment.")
    if "nable to connect to Postgres" in text or "connection to server" in text or "FATAL:" in text:
        return _connection_error(text)
    if "No space left on device" in text:
        return LimitExceeded(_DISK_FULL, hint=_DISK_HINT)
    if "permission denied for" in text or "read-only mode" in text or "read-only transaction" in text:
        return _made(PermissionDenied, f"This login may not do that: {_first_line(text)}")
    kind = next((kind for prefix, kind in _BY_PREFIX.items() if text.startswith(prefix)), TerminalError)
    return _made(kind, _first_line(text))


def _from_operating_system(exc: OSError) -> ContractError:
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return LimitExceeded(_DISK_FULL, hint=_DISK_HINT)
    if exc.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOENT):
        return Conflict(f"Somebody else changes the folder {exc.filename} at this moment.")
    if exc.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return PermissionDenied(
            f"The folder {exc.filename} can't be written: {exc.strerror}.",
            missing="write permission on the folder",
            remedy=f"chown $(whoami) {exc.filename}",
        )
    return Unavailable(f"The disk answered with an error at {exc.filename}: {exc.strerror}.")


def _connection_error(text: str) -> ContractError:
    sentence = ""
    if found := re.search(r"FATAL:\s*(.+)", text):
        sentence = found.group(1).strip()
    for pattern, kind in _BY_SENTENCE:
        if re.search(pattern, sentence or text):
            return _made(kind, f"The catalog's server says: {sentence or kind.__doc__}")
    return Unavailable(f"The catalog's server can't be reached{f': {sentence}' if sentence else '.'}")


def _made(kind: type[ContractError], message: str) -> ContractError:
    return kind(message, hint=_HINTS.get(kind, ""))


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0]
