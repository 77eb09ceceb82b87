"""What warehouses refuse, beside what the contract's errors say of a provider.

::

    OneClickError
    └── LinkNameTaken    a connection of that name exists
"""

from oneclick.core.errors import ErrorKind, OneClickError


class LinkNameTaken(OneClickError):
    """A connection of that name to this provider exists already."""

    code = "connection_name_taken"
    kind = ErrorKind.CONFLICT
    hint = "Choose another name for the connection."
