"""What a warehouse is to its adapter: plain values, no database row, no vendor object."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Protocol
from uuid import UUID

from oneclick.core.secrets import SecretText


class AccessLevel(Enum):
    """What a login may do in its warehouse, and nowhere else."""

    WRITE = "write"
    READ = "read"


@dataclass(frozen=True, kw_only=True)
class Login:
    """One login of a warehouse. Rotation makes the next generation, proves it, then drops this one."""

    level: AccessLevel
    generation: int = 1

    @property
    def secret_name(self) -> str:
        """The name of this login's secret in the warehouse's vault."""
        return f"login-{self.level.value}-{self.generation}"

    @property
    def successor(self) -> "Login":
        """The login that rotation replaces this one by."""
        return replace(self, generation=self.generation + 1)


FIRST_LOGINS = (Login(level=AccessLevel.WRITE), Login(level=AccessLevel.READ))


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What the customer asked for, already validated against the adapter's limits.

    `monthly_spend_cap` is in whole units of `currency`; None means no cap.
    """

    name: str
    region: str = ""
    size: str = ""
    monthly_spend_cap: int | None = None
    currency: str = "USD"
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One warehouse. `id` is ours, opaque, never reused: names in the customer's account derive from it.

    `config` are the plain fields of the account link: where clients find the warehouse (host, region, project).
    """

    id: UUID
    spec: Spec
    logins: tuple[Login, ...] = FIRST_LOGINS
    config: Mapping[str, str] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """What ownership proofs carry: 32 hexadecimal characters."""
        return self.id.hex

    def with_logins(self, logins: tuple[Login, ...]) -> "Instance":
        """The same warehouse with other logins."""
        return replace(self, logins=tuple(dict.fromkeys(logins)))


@dataclass(frozen=True, kw_only=True)
class Account:
    """How we may act in the customer's account. `config` is plain, `secrets` never is."""

    config: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, SecretText] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What this installation gives its adapters.

    `id` tells our objects from those of another installation in the same account; `options` comes from the
    operator's settings, by adapter; `home` is a folder that the adapter may keep files in.
    """

    id: str
    home: Path
    options: Mapping[str, str | SecretText] = field(default_factory=dict)


class Vault(Protocol):
    """The secrets of one warehouse. A secret is stored for good *before* the call that makes it valid outside."""

    def get(self, name: str) -> SecretText:
        """The secret of that name; raises `NotFound`."""

    def get_or_create(self, name: str, make: "SecretMaker") -> SecretText:
        """The secret of that name, made and stored durably the first time."""

    def delete(self, name: str) -> None:
        """Forget it; gone already is fine."""


class SecretMaker(Protocol):
    """Makes a fresh secret."""

    def __call__(self) -> SecretText:
        """A new one each time."""
