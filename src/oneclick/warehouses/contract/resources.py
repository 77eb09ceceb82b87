"""Resources: the single objects that a warehouse consists of in the customer's account."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Generic, Protocol, TypeVar

from oneclick.warehouses.contract.errors import NotSupported
from oneclick.warehouses.contract.instance import Vault


@dataclass(frozen=True, kw_only=True, order=True)
class Address:
    """Where a resource is: its kind and its name, both in the vendor's own spelling."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Proof(Enum):
    """How a resource shows that it belongs to one warehouse of ours.

    Set by the very call that makes the resource: a proof set in a second call isn't one, because killed between
    the two our own object would be foreign for ever.
    """

    TAG = "an atomic tag, label or comment that carries the instance id"
    OWNER = "an owner that carries the instance id"
    NAME = "a name that carries the instance id"
    CHILD = "it lies inside a parent that is ours"


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What `read()` found.

    `properties` are normalised as `Resource.wanted()` spells them, so that the difference of the two is drift and
    never spelling. An unstable resource says when to look again.
    """

    is_ours: bool
    owner: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    is_stable: bool = True
    poll_after_s: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One property that isn't as wanted."""

    address: Address
    name: str
    wanted: str
    found: str


class CallObserver(Protocol):
    """Sees every call to the vendor, before and after; what it raises stops the work there."""

    def before(self, call: str) -> None:
        """The call is about to be made."""

    def after(self, call: str) -> None:
        """The call has succeeded."""


@dataclass(kw_only=True)
class Session:
    """An adapter's open connection to the account, with the warehouse's vault. Adapters subclass it.

    Every call to the vendor goes through `vendor_call`: that is where crashes are injected, calls are counted and
    the correlation id is at hand.
    """

    vault: Vault
    correlation_id: str = ""
    observer: CallObserver | None = None

    @contextlib.contextmanager
    def vendor_call(self, call: str) -> Iterator[None]:
        """Wrap one call. `call` names it without any value that could be secret."""
        if self.observer:
            self.observer.before(call)
        yield
        if self.observer:
            self.observer.after(call)


S = TypeVar("S", bound=Session)


class Resource(ABC, Generic[S]):
    """One object in the customer's account. Holds no state but its name and what is wanted of it."""

    kind: ClassVar[str]
    proof: ClassVar[Proof]
    stabilise_within_s: ClassVar[float] = 60.0

    def __init__(self, name: str, *, depends_on: tuple["Resource[S]", ...] = ()) -> None:
        self.name = name
        self.depends_on = tuple(resource.address for resource in depends_on)

    @property
    def address(self) -> Address:
        """Kind and name."""
        return Address(kind=self.kind, name=self.name)

    def wanted(self) -> Mapping[str, str]:
        """The properties that `read()` should find; empty when existing is all there is to it."""
        return {}

    @abstractmethod
    def read(self, session: S) -> Observed | None:
        """What is there, or None. Changes nothing."""

    @abstractmethod
    def create(self, session: S) -> None:
        """Make it, together with its ownership proof. Only called when `read()` found nothing."""

    def update(self, session: S, observed: Observed) -> None:
        """Bring it to what is wanted. The default says that the vendor can't."""
        raise NotSupported(f"{self.address} can't be changed after it was made.")

    @abstractmethod
    def delete(self, session: S) -> None:
        """Remove it. Only called when `read()` found it to be ours; gone already is fine."""

    def differences(self, observed: Observed) -> tuple[Difference, ...]:
        """Where `observed` is not what is wanted."""
        return tuple(
            Difference(address=self.address, name=name, wanted=value, found=observed.properties.get(name, ""))
            for name, value in self.wanted().items()
            if observed.properties.get(name, "") != value
        )
