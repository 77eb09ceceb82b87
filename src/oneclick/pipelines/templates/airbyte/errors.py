"""Why a connector doesn't do its work.

::

    SourceError
    ├── ConnectorNotInstalled    it isn't on this machine
    ├── ConnectorInstallFailed   it couldn't be brought onto this machine
    ├── ConnectorInUse           it is at work at this moment, so it can't be removed
    ├── ConnectorFailed          it ended before its work was done, and doesn't say why
    ├── ConnectorTooLarge        it took more memory than a connector may
    └── ConnectorSilent          it said nothing for too long
    FlowError
    └── ConnectorNotFound        there is none of that name
"""

from oneclick.core.errors import ErrorKind
from oneclick.pipelines.contract.errors import FlowError, SourceError


class ConnectorNotInstalled(SourceError):
    """The connector isn't installed on this machine."""

    code = "connector_not_installed"
    hint = "Install it first: it takes some minutes."


class ConnectorNotFound(FlowError):
    """No connector of Airbyte's has that name."""

    code = "connector_not_found"
    kind = ErrorKind.NOT_FOUND
    hint = "Look at the list of connectors."


class ConnectorInstallFailed(SourceError):
    """The connector couldn't be installed."""

    code = "connector_install_failed"
    hint = "Check that this machine reaches PyPI, or its mirror, and that the version exists."


class ConnectorInUse(SourceError):
    """The connector is at work at this moment."""

    code = "connector_in_use"
    kind = ErrorKind.CONFLICT
    hint = "Wait until the updates that use it have ended."


class ConnectorFailed(SourceError):
    """The connector ended before its work was done."""

    code = "connector_failed"
    hint = "Try another version of the connector. Our log has what it said last."


class ConnectorTooLarge(SourceError):
    """The connector took more memory than it may."""

    code = "connector_too_large"
    hint = "Choose fewer tables, or let the connector read smaller pages where its settings offer that."


class ConnectorSilent(SourceError):
    """The connector said nothing for too long."""

    code = "connector_silent"
    kind = ErrorKind.UNAVAILABLE
    hint = "Check that its service answers. We try again by ourselves."
