"""What the bridge asks about a request before it takes in a big body or gives it a thread for long, and the refusals.

The bridge calls the application with an `Admission` in the environ under `KEY`, and without the body. The application
fills in whose request it is and how much it may bring, or answers as it wants to refuse. No Django in here.
"""

from dataclasses import dataclass

from oneclick.core.errors import ErrorKind, OneClickError

KEY = "oneclick.admission"


@dataclass(kw_only=True)
class Admission:
    """One question. `declared_bytes` is None for a body that doesn't say its length.

    With a `failure` it isn't a question: the application only puts that into words.
    """

    declared_bytes: int | None
    failure: OneClickError | None = None
    organisation: str = ""
    max_bytes: int = 0

    @property
    def is_granted(self) -> bool:
        """Whether the application let the request in."""
        return bool(self.organisation)


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
