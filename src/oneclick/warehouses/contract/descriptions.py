"""What an adapter says about itself and shows to people: fact sheet, form fields, checks, set-up steps, plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from oneclick.warehouses.contract.capabilities import Capability, Limits, Support
from oneclick.warehouses.contract.resources import Address, Difference


@dataclass(frozen=True, kw_only=True)
class FormField:
    """One thing that we must know to act in the account. `pattern` is a regular expression for the whole value."""

    name: str
    label: str
    help: str = ""
    is_secret: bool = False
    is_required: bool = True
    pattern: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FactSheet:
    """What is known about a provider without touching its SDK: cheap to import.

    `capabilities` states every `Capability`; `logo_svg` is markup of our own making.
    """

    provider: str
    title: str
    tagline: str
    needs: str
    takes: str
    price_idea: str
    capabilities: Mapping[Capability, Support]
    limits: Limits = field(default_factory=Limits)
    fields: tuple[FormField, ...] = ()
    needs_account: bool = True
    logo_svg: str = ""


class CheckResult(Enum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKABLE = "not checkable"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that must be so in the account before anything is made.

    `missing` is the privilege in the vendor's spelling, `remedy` the exact statement that cures it.
    """

    title: str
    result: CheckResult
    detail: str = ""
    missing: str = ""
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class SetupStep:
    """Something that the customer does once in the account: what to paste, why, and how to take it back."""

    title: str
    explanation: str
    language: str = "sql"
    statement: str = ""
    revoke: str = ""


@dataclass(frozen=True, kw_only=True)
class CostEstimate:
    """What the warehouse will cost a month, and what stops it from costing more."""

    text: str
    monthly_low: int | None = None
    monthly_high: int | None = None
    currency: str = "USD"
    spend_cap: str = "no spend cap"


class Action(Enum):
    """What happens to one resource."""

    CREATE = "create"
    UPDATE = "update"
    KEEP = "keep"
    DELETE = "delete"
    BLOCKED = "blocked"


@dataclass(frozen=True, kw_only=True)
class PlannedAction:
    """One line of a plan. `owner` says whose the object is that blocks us."""

    address: Address
    action: Action
    differences: tuple[Difference, ...] = ()
    owner: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would be done, in order; making it changed nothing."""

    actions: tuple[PlannedAction, ...]
    cost: CostEstimate

    @property
    def is_blocked(self) -> bool:
        """Whether a foreign object stands in the way."""
        return any(line.action is Action.BLOCKED for line in self.actions)


class InstanceState(Enum):
    """What a warehouse is, as seen in the account."""

    READY = "ready"
    CREATING = "creating"
    UPDATING = "updating"
    DELETING = "deleting"
    DRIFTED = "drifted"
    MISSING = "missing"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True)
class Status:
    """The state with its evidence: what is missing, what differs, what isn't ours."""

    state: InstanceState
    missing: tuple[Address, ...] = ()
    differences: tuple[Difference, ...] = ()
    foreign: tuple[Address, ...] = ()
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """How to connect, with a *reference* to the secret in the warehouse's vault, never the secret itself.

    `parameters` are the fields a client asks for (host, port, database, user …), in the order to show them.
    """

    parameters: Mapping[str, str]
    secret_name: str
    secret_label: str = "password"  # noqa: S105 - a word for the screen, no secret


@dataclass(frozen=True, kw_only=True)
class Bindings:
    """What the consumers of a warehouse need. Texts contain `{secret}` where the secret belongs."""

    sqlalchemy_url: str = ""
    superset_database: Mapping[str, object] = field(default_factory=dict)
    snippets: Mapping[str, str] = field(default_factory=dict)
