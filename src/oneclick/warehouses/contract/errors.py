"""What an adapter may raise: transient or terminal by type.

::

    ContractError
    ├── TransientError                  worth another try, after a pause
    │   ├── Throttled                   too many calls; Retry-After is honoured
    │   ├── Unavailable                 network, time-out, vendor's 5xx
    │   └── Conflict                    somebody else is changing the same thing
    └── TerminalError                   another try changes nothing
        ├── InvalidConfig               what was asked for can't be
        │   └── TooFewRows              less came than must come to replace a table
        ├── InvalidCredentials          the vendor doesn't know us
        ├── PermissionDenied            it knows us and says no: which privilege, and the grant that cures it
        ├── AlreadyExists               an object of that name belongs to somebody else
        ├── NotFound
        ├── LimitExceeded               a quota or a size
        │   └── TimedOut                a query ran longer than it may
        ├── Cancelled                   somebody stopped it
        ├── NotSupported                this adapter or account can't
        └── NotStabilised               still not ready after its deadline

Every adapter has one function that translates its vendor's errors into these, always `from exc`.
"""

from typing import ClassVar

from oneclick.core.errors import ErrorKind, OneClickError


class ContractError(OneClickError):
    """The warehouse's account answered with an error."""

    code: ClassVar[str] = "adapter_error"


class TransientError(ContractError):
    """It may work on another try."""

    code = "transient"
    kind = ErrorKind.UNAVAILABLE
    hint = "We try again by ourselves. If it stays like this, look at the provider's status page."

    def __init__(self, message: str = "", *, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class Throttled(TransientError):
    """The provider asks us to slow down."""

    code = "throttled"


class Unavailable(TransientError):
    """The provider can't be reached at the moment."""

    code = "unavailable"
    hint = "We try again by ourselves. Check that the server runs and that the network lets us through."


class Conflict(TransientError):
    """Something else is changing the same object at this moment."""

    code = "conflict"
    kind = ErrorKind.CONFLICT


class TerminalError(ContractError):
    """It won't work until somebody changes something."""

    code = "terminal"


class InvalidConfig(TerminalError):
    """What was asked for isn't possible."""

    code = "invalid_config"
    hint = "Correct the value and start again."


class TooFewRows(InvalidConfig):
    """Far fewer rows came than before, so nothing was replaced."""

    code = "too_few_rows"
    hint = "Nothing was changed. Look at the source; if it is right, allow fewer rows once."


class InvalidCredentials(TerminalError):
    """The provider doesn't accept our sign-in."""

    code = "invalid_credentials"
    hint = "Renew the connection to the account."


class PermissionDenied(TerminalError):
    """The account lets us in but doesn't let us do this."""

    code = "permission_denied"

    def __init__(self, message: str = "", *, missing: str = "", remedy: str = "", hint: str = "") -> None:
        """`missing` names the privilege in the vendor's spelling, `remedy` is the statement that grants it."""
        super().__init__(message, hint=hint or (f"Run this in the account: {remedy}" if remedy else ""))
        self.missing = missing
        self.remedy = remedy


class AlreadyExists(TerminalError):
    """An object of that name exists and isn't ours, so it stays untouched."""

    code = "already_exists"
    kind = ErrorKind.CONFLICT
    hint = "Rename or remove that object yourself, or choose another name for the warehouse."

    def __init__(self, message: str = "", *, owner: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.owner = owner


class NotFound(TerminalError):
    """The object doesn't exist."""

    code = "not_found"
    kind = ErrorKind.NOT_FOUND
    hint = "It may have been removed outside of One-Click. Look at the warehouse's status."


class LimitExceeded(TerminalError):
    """A limit of the account is reached."""

    code = "limit_exceeded"
    hint = "Free something or ask the provider for a higher limit, then try again from here."


class TimedOut(LimitExceeded):
    """The query ran longer than it may."""

    code = "timed_out"
    hint = "Ask for less at once (fewer rows, a narrower period), or allow more time."


class Cancelled(TerminalError):
    """The query was stopped."""

    code = "cancelled"
    hint = "Start it again when you need it."


class NotSupported(TerminalError):
    """This kind of warehouse can't do that."""

    code = "not_supported"


class NotStabilised(TerminalError):
    """The object was made but isn't ready after the longest time that it may take."""

    code = "not_stabilised"
    hint = "Look at it in the provider's console, then try again from here."
