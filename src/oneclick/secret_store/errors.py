"""What can go wrong with a secret.

::

    OneClickError
    └── SecretStoreError
        ├── SecretNotFound      the reference or name leads nowhere
        ├── WrongMasterKey      the key in force isn't the one that the store was written with
        └── SecretDamaged       the stored bytes were changed or moved
"""

from typing import ClassVar

from oneclick.core.errors import ErrorKind, OneClickError


class SecretStoreError(OneClickError):
    """The secret store can't do this."""

    code = "secret_store_error"


class SecretNotFound(SecretStoreError):
    """There is no such secret."""

    code = "secret_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND
    hint = "It may have been deleted. Rotate the credentials to make a new one."


class WrongMasterKey(SecretStoreError):
    """The secret store was written with another master key."""

    code = "wrong_master_key"
    hint = (
        "Put back the master key that this installation was started with: in ONECLICK_MASTER_KEY, "
        "ONECLICK_MASTER_KEY_FILE or <home>/keys/master.key. Nothing was changed."
    )


class SecretDamaged(SecretStoreError):
    """A stored secret was changed or moved outside of One-Click."""

    code = "secret_damaged"
    hint = "Restore the database from a backup, or rotate the credentials to make a new secret."
