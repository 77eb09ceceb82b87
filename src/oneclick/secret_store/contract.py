"""What a secret store is. Services talk to this alone, so that a backend is chosen by setting."""

from typing import Protocol
from uuid import UUID

from oneclick.core.secrets import SecretText


class SecretStore(Protocol):
    """Keeps secrets by reference. A reference is opaque, not secret, and goes into rows.

    `owner` says whose secret it is, such as `warehouse:<id>`; a `name` is unique per owner. Every method raises
    `WrongMasterKey` or another `SecretStoreError` and never shows a value.
    """

    def put(self, value: SecretText, *, organisation_id: UUID | None, owner: str) -> str:
        """Store a value without a name; the reference to it."""

    def put_if_absent(self, value: SecretText, *, organisation_id: UUID | None, owner: str, name: str) -> str:
        """Store a value under a free name, or leave the one that is there: the reference of what is there now.

        Of any number of callers at once, exactly one stores its value.
        """

    def get(self, reference: str) -> SecretText:
        """The value; raises `SecretNotFound`."""

    def find(self, *, owner: str, name: str) -> str | None:
        """The reference of that name, if any."""

    def rotate(self, reference: str, value: SecretText) -> None:
        """Replace the value; the reference stays. Raises `SecretNotFound`."""

    def delete(self, reference: str) -> None:
        """Forget it; gone already is fine."""

    def check(self) -> None:
        """Raise `WrongMasterKey` where the key in force doesn't open what is stored."""
