"""What the installation itself answers.

::

    OneClickError
    ├── NoSuchAddress       nothing lives there
    ├── NoSuchMethod        the address doesn't take that method
    ├── UnknownHost         we don't answer under that name
    ├── BodyTooLarge        the body is larger than the address takes
    ├── BodyStalled         … or didn't arrive in time
    ├── BodyNotStored       … or there is no room for it
    ├── TooManyUploads      the organisation sends as many big bodies at once as it may
    ├── TooManyRequests     … or has as many queries and loads under way
    ├── TooManyStreams      … or watches as many jobs
    ├── DatabaseNotReady    our own database isn't set up, or is of another version
    └── DatabaseFull        its disk is full
"""

from oneclick.core.errors import ErrorKind, OneClickError


class NoSuchAddress(OneClickError):
    """Nothing lives at this address."""

    code = "no_such_address"
    kind = ErrorKind.NOT_FOUND
    hint = "See /api/docs for those that exist."


class NoSuchMethod(OneClickError):
    """This address doesn't take that method."""

    code = "no_such_method"
    hint = "The header Allow names those that it takes."


class DatabaseNotReady(OneClickError):
    """Our own database isn't set up, or is of another version."""

    code = "database_not_ready"
    kind = ErrorKind.UNAVAILABLE
    hint = "Start the stack with: oneclick up. It brings the database up to date."


class DatabaseFull(OneClickError):
    """The disk of our own database is full."""

    code = "database_full"
    kind = ErrorKind.UNAVAILABLE
    hint = "Free some space on the database's disk, then do it again. Nothing was lost."


class UnknownHost(OneClickError):
    """The installation doesn't answer under this name."""

    code = "unknown_host"
    hint = "Use the address that `oneclick status` shows, or let the operator add the name to ONECLICK_ALLOWED_HOSTS."


class BodyTooLarge(OneClickError):
    """The request's body is larger than this address takes."""

    code = "body_too_large"
    kind = ErrorKind.TOO_LARGE
    hint = "Send less at once. The operator can raise the bound for files with ONECLICK_UPLOAD_MB."


class BodyStalled(OneClickError):
    """The request's body didn't arrive in time."""

    code = "body_stalled"
    kind = ErrorKind.TOO_SLOW
    hint = "Send it again over a connection that brings at least 1 KiB a second."


class BodyNotStored(OneClickError):
    """The request's body can't be put aside: there is no room on the disk."""

    code = "body_not_stored"
    kind = ErrorKind.UNAVAILABLE
    hint = "Free some space on the disk of ONECLICK_HOME, then send it again."


class TooManyUploads(OneClickError):
    """Your organisation sends as many big requests at once as it may."""

    code = "too_many_uploads"
    kind = ErrorKind.BUSY
    hint = "Wait until one has arrived, then send this one again."


class TooManyRequests(OneClickError):
    """Your organisation has as many queries and loads under way as it may."""

    code = "too_many_requests"
    kind = ErrorKind.BUSY
    hint = "Wait until one has ended, then ask again."


class TooManyStreams(OneClickError):
    """Your organisation has as many event streams open as it may."""

    code = "too_many_streams"
    kind = ErrorKind.BUSY
    hint = "Close one, or ask for the job's events at /api/jobs/{id}/events from time to time."
