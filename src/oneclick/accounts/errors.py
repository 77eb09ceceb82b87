"""What can go wrong with organisations and their members.

::

    OneClickError
    └── AccountsError
        ├── OrganisationNotFound
        ├── OrganisationExists
        ├── OrganisationNotNamed    there are several, and nobody said which
        ├── TokenNotFound
        └── BadAccountInput
"""

from typing import ClassVar

from oneclick.core.errors import ErrorKind, OneClickError


class AccountsError(OneClickError):
    """This can't be done with an organisation."""

    code = "accounts_error"


class OrganisationNotFound(AccountsError):
    """There is no such organisation."""

    code = "organisation_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND
    hint = "See those that exist with: oneclick organisation list"


class OrganisationExists(AccountsError):
    """An organisation of that name or domain exists."""

    code = "organisation_exists"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
    hint = "Choose another name."


class OrganisationNotNamed(AccountsError):
    """There are several organisations."""

    code = "organisation_not_named"


class TokenNotFound(AccountsError):
    """There is no such token."""

    code = "token_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND
    hint = "See those that exist with: oneclick token list"


class BadAccountInput(AccountsError):
    """A value can't be used."""

    code = "bad_account_input"
