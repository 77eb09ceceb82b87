"""Why a data flow can't be, or doesn't run.

::

    FlowError
    ├── BadFlow                 what was asked for can't be
    ├── FlowNotFound            there is no such data flow, or not for you
    ├── RunNotFound             there is no such update, or not for you
    ├── FlowNameTaken           another one is called so
    ├── FlowBusy                it is being brought up to date at this moment
    ├── TableTaken              the table belongs to another data flow, or to somebody else
    ├── SourceError             the source doesn't give its rows
    │   ├── SourceUnavailable   it can't be reached just now: another try may help
    │   ├── SourceRefused       it says no: password, rights, TLS
    │   ├── SourceChanged       it isn't as it was: a table or column is gone, or new and to be decided on
    │   └── SourceDamaged       what it sends can't be read
    └── RunStopped              somebody stopped it
"""

from typing import ClassVar

from oneclick.core.errors import ErrorKind, OneClickError


class FlowError(OneClickError):
    """The data flow can't run."""

    code: ClassVar[str] = "flow_error"


class BadFlow(FlowError):
    """This data flow can't be."""

    code = "bad_flow"
    hint = "Correct the value and try again."


class FlowNotFound(FlowError):
    """There is no such data flow here."""

    code = "flow_not_found"
    kind = ErrorKind.NOT_FOUND
    hint = "List them: oneclick flow list"


class RunNotFound(FlowError):
    """There is no such update here."""

    code = "run_not_found"
    kind = ErrorKind.NOT_FOUND
    hint = "List the data flow's updates: oneclick flow runs NAME"


class FlowNameTaken(FlowError):
    """Another data flow has this name."""

    code = "flow_name_taken"
    kind = ErrorKind.CONFLICT
    hint = "Choose another name."


class FlowBusy(FlowError):
    """The data flow is being brought up to date at this moment."""

    code = "flow_busy"
    kind = ErrorKind.CONFLICT
    hint = "Wait until it has ended, or stop it."


class TableTaken(FlowError):
    """The table belongs to somebody else."""

    code = "table_taken"
    kind = ErrorKind.CONFLICT
    hint = "Choose another table, or another schema."


class SourceError(FlowError):
    """The source doesn't give its rows."""

    code = "source_error"
    hint = "Look at the source."


class SourceUnavailable(SourceError):
    """The source can't be reached just now."""

    code = "source_unavailable"
    kind = ErrorKind.UNAVAILABLE
    hint = "Check that it runs and that a firewall lets us through. We try again by ourselves."


class SourceRefused(SourceError):
    """The source doesn't let us in."""

    code = "source_refused"
    hint = "Check user, password and rights at the source."


class SourceChanged(SourceError):
    """The source isn't as it was when this data flow was made."""

    code = "source_changed"
    hint = "Look at the data flow's tables and columns again, and save it."


class SourceDamaged(SourceError):
    """What the source sends can't be read."""

    code = "source_damaged"
    hint = "Look at the source, and leave out what can't be read."


class RunStopped(FlowError):
    """Somebody stopped this update."""

    code = "run_stopped"
    kind = ErrorKind.CONFLICT
    hint = "Start it again when it suits."
