"""The root of every error that a person may see.

::

    OneClickError
    ├── warehouses.contract.errors.ContractError   what an adapter may raise
    └── one tree per package, in its errors.py
"""

from collections.abc import Mapping
from enum import Enum
from typing import ClassVar


class ErrorKind(Enum):
    """What sort of answer an error is: the API's status and the command's exit code follow from it.

    The value is the sentence that the documentation uses.
    """

    REFUSED = "What was asked for can't be done as it was asked."
    NOT_FOUND = "It doesn't exist, or not for you."
    UNKNOWN_CALLER = "We don't know who asks."
    NOT_ALLOWED = "You are known, and may not do this."
    CONFLICT = "It clashes with something that exists or happens at this moment."
    OUR_FAULT = "Something went wrong on our side."
    UNAVAILABLE = "Something that we need can't be reached just now."
    BUSY = "Too much is under way at this moment."
    TOO_LARGE = "It is larger than it may be."
    TOO_SLOW = "It didn't arrive in time."


EXIT_CODE_OF_KIND: Mapping[ErrorKind, int] = {
    ErrorKind.REFUSED: 1,
    ErrorKind.NOT_FOUND: 3,
    ErrorKind.UNKNOWN_CALLER: 4,
    ErrorKind.NOT_ALLOWED: 4,
    ErrorKind.CONFLICT: 5,
    ErrorKind.OUR_FAULT: 1,
    ErrorKind.UNAVAILABLE: 6,
    ErrorKind.BUSY: 6,
    ErrorKind.TOO_LARGE: 1,
    ErrorKind.TOO_SLOW: 6,
}
"""The command line's exit code for each kind of error."""


class OneClickError(Exception):
    """Says what happened, why, and what to do now; carries no secret.

    `code` is stable and documented in `docs/reference/errors.md`; `hint` is what the person should do.
    """

    code: ClassVar[str] = "error"
    kind: ClassVar[ErrorKind] = ErrorKind.REFUSED
    hint: str = ""

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip().split("\n")[0])
        if hint:
            self.hint = hint

    @property
    def message(self) -> str:
        """One plain sentence: what happened and why."""
        return str(self)


class InternalError(OneClickError):
    """Something went wrong on our side; the log says what."""

    code = "internal_error"
    kind = ErrorKind.OUR_FAULT
    hint = "Give the operator the correlation id."
