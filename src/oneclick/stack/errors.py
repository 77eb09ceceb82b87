"""What can go wrong with an installation's processes.

::

    StackError
    ├── StackRunning          another `up` holds this home
    ├── StackNotRunning       nothing runs here
    ├── StubExposed           the demo's sign-in, which asks for no password, could be reached from elsewhere
    └── DatabaseUnreachable   the PostgreSQL of DATABASE_URL gives no usable answer
"""

from oneclick.core.errors import ErrorKind, OneClickError


class StackError(OneClickError):
    """A part of the stack can't be started."""

    code = "stack_error"


class StackRunning(StackError):
    """One-Click DWH is already running here."""

    code = "stack_running"
    kind = ErrorKind.CONFLICT
    is_ready = False

    def __init__(self, message: str = "", *, hint: str = "", is_ready: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.is_ready = is_ready


class StackNotRunning(StackError):
    """One-Click DWH isn't running here."""

    code = "stack_not_running"
    kind = ErrorKind.UNAVAILABLE
    hint = "Start it with: oneclick up"


class StubExposed(StackError):
    """The demo's sign-in, which asks for no password, could be reached from other machines."""

    code = "stub_exposed"
    hint = (
        "Remove it, then start again: `oneclick sign-in list` shows it, `oneclick sign-in remove ID` removes it. "
        "Or stay on this machine: ONECLICK_BIND=127.0.0.1, and no ONECLICK_EXTERNAL_URL."
    )


class DatabaseUnreachable(StackError):
    """The PostgreSQL server can't be reached."""

    code = "database_unreachable"
    kind = ErrorKind.UNAVAILABLE
