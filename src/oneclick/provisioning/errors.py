"""What provisioning refuses.

::

    OneClickError
    └── ProvisioningError
        ├── IllegalTransition     the job's state doesn't allow it
        ├── NameTaken             a warehouse of that name exists
        ├── ConfirmationNeeded    the name must be typed before tables are lost
        ├── WarehouseGone         it was deleted before the job began
        ├── KeyReused             an idempotency key with another body
        └── JobNotFound           no such job here
"""

from oneclick.core.errors import ErrorKind, OneClickError


class ProvisioningError(OneClickError):
    """The change can't be made."""

    code = "provisioning_error"


class IllegalTransition(ProvisioningError):
    """The job's state doesn't allow this."""

    code = "illegal_transition"
    kind = ErrorKind.CONFLICT
    hint = "Look at the job's present state: oneclick job show ID"


class NameTaken(ProvisioningError):
    """A warehouse of that name exists already."""

    code = "name_taken"
    kind = ErrorKind.CONFLICT
    hint = "Choose another name, or delete the other warehouse first."


class ConfirmationNeeded(ProvisioningError):
    """Deleting needs the warehouse's name, typed."""

    code = "confirmation_needed"
    kind = ErrorKind.CONFLICT


class WarehouseGone(ProvisioningError):
    """The warehouse was deleted before this could begin."""

    code = "warehouse_gone"
    kind = ErrorKind.CONFLICT
    hint = "Create it again: oneclick warehouse create NAME"


class KeyReused(ProvisioningError):
    """This idempotency key was used for another request."""

    code = "idempotency_key_reused"
    kind = ErrorKind.CONFLICT
    hint = "Send a fresh key with each new request."


class JobNotFound(ProvisioningError):
    """There is no such job here."""

    code = "not_found"
    kind = ErrorKind.NOT_FOUND
    hint = "List the jobs: oneclick job list"
