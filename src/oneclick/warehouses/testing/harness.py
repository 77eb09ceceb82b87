"""What the suite asks of you: your adapter, a place where it may work, and hands that reach around it."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from oneclick.warehouses.contract.adapter import Adapter
from oneclick.warehouses.contract.data_plane import Access, TableName
from oneclick.warehouses.contract.errors import ContractError
from oneclick.warehouses.contract.instance import Account, Instance, Spec
from oneclick.warehouses.contract.resources import Address


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """An object that isn't ours, of a name that we want.

    `is_untouched` tells whether it is the same object with the same content, owner and marks; `remove` takes it away.
    """

    is_untouched: Callable[[], bool]
    remove: Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class VendorError:
    """One of the vendor's errors, and the class of the contract that it belongs to."""

    error: Exception
    expected: type[ContractError]


class Harness(ABC):
    """Everything here goes to the vendor by a way of its own: an adapter that is wrong about the account must not be
    able to hide it.
    """

    schema: str = "raw"
    """A schema that every new warehouse has, and that a load may use."""

    @property
    @abstractmethod
    def adapter(self) -> Adapter[Any]:
        """The adapter under test."""

    @property
    def account(self) -> Account:
        """A working account with no more rights than the set-up steps give."""
        return Account()

    def make_spec(self) -> Spec:
        """What a customer may ask for; another name each time."""
        return Spec(name=f"suite{secrets.token_hex(6)}")

    # -- around the adapter --------------------------------------------------------------------------------------

    @abstractmethod
    def snapshot(self) -> frozenset[str]:
        """The names of all objects in the account that are of a kind which the adapter makes."""

    @abstractmethod
    def inventory(self, instance: Instance) -> frozenset[str]:
        """The names of all objects in the account that carry this instance."""

    @abstractmethod
    def foreign(self, address: Address, instance: Instance) -> Foreign | None:
        """Make an object at that address which isn't ours; None where there can't be one (in a parent of ours)."""

    @abstractmethod
    def drop_behind_our_back(self, address: Address, instance: Instance) -> bool:
        """Drop one object with all that is in it; False where the vendor refuses as long as others need it."""

    @abstractmethod
    def reaches(self, access: Access, other: Instance) -> bool:
        """Sign in with `access` and try to read anything of the `other` warehouse: whether that worked."""

    # -- what the vendor says ------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def vendor_errors(self) -> Sequence[VendorError]:
        """The vendor's errors that customers meet, as its driver raises them."""

    @abstractmethod
    def translate(self, error: Exception) -> ContractError:
        """The adapter's one translation function."""

    @property
    def wrong_account(self) -> Account | None:
        """An account whose secret is wrong; None for a provider that needs no account."""
        return None

    @property
    def unreachable_account(self) -> Account | None:
        """An account at an address where nobody answers; None for a provider that needs no account."""
        return None

    @property
    def lacking_accounts(self) -> Sequence[tuple[str, Account]]:
        """Accounts that lack one privilege each, with the privilege in the vendor's spelling."""
        return ()

    # -- in the warehouse's SQL ----------------------------------------------------------------------------------

    @property
    @abstractmethod
    def slow_query(self) -> str:
        """A query of one row that takes half a minute or longer."""

    def write_statements(self, table: TableName) -> Sequence[str]:
        """Statements that a read login must not get through; `table` exists and has one row or more."""
        return (
            f"CREATE TABLE {table.schema}.planted (n INTEGER)",
            f"INSERT INTO {table} SELECT * FROM {table}",
            f"DELETE FROM {table}",
            f"ALTER TABLE {table} ADD COLUMN planted INTEGER",
            f"DROP TABLE {table}",
            f"CREATE SCHEMA planted{secrets.token_hex(3)}",
        )
