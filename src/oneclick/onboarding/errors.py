"""What can go wrong on the way to a warehouse.

::

    OneClickError
    └── OnboardingError
        ├── SetupNotFound       there is no such setup here, or it was given up
        └── HandoverNotFound    the link for whoever runs the account is unknown or too old
"""

from typing import ClassVar

from oneclick.core.errors import ErrorKind, OneClickError


class OnboardingError(OneClickError):
    """This can't be set up."""

    code: ClassVar[str] = "onboarding_error"


class SetupNotFound(OnboardingError):
    """There is no such setup here: it was finished, or given up."""

    code = "setup_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND
    hint = "Begin anew under Warehouses, Create warehouse."


class HandoverNotFound(OnboardingError):
    """This link is unknown, or it has expired."""

    code = "handover_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND
    hint = "Ask whoever sent it for a new one."
