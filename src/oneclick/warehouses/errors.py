"""What warehouses refuse, beside what the contract's errors say of a provider.

::

    OneClickError
    ├── LinkInUse        a warehouse was set up with that connection
    └── LinkNameTaken    a connection of that name exists
"""

from oneclick.core.errors import ErrorKind, OneClickError


class LinkInUse(OneClickError):
    """Without its connection a warehouse couldn't be changed or deleted any more."""

    code = "connection_in_use"
    kind = ErrorKind.CONFLICT
    hint = "Delete those warehouses first, then remove the connection."


class LinkNameTaken(OneClickError):
    """A connection of that name to this provider exists already."""

    code = "connection_name_taken"
    kind = ErrorKind.CONFLICT
    hint = "Choose another name for the connection."
