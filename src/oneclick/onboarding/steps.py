"""Which questions there are, in their order, and what was answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from oneclick.accounts.roles import Principal
from oneclick.billing.services import current_tier
from oneclick.onboarding.models import Setup
from oneclick.warehouses import registry
from oneclick.warehouses.contract.descriptions import FactSheet
from oneclick.warehouses.contract.errors import InvalidConfig


@dataclass(frozen=True, kw_only=True)
class Step:
    """One page of the way. `answer` is what the list beside it shows."""

    key: str
    title: str
    answer: str = ""
    is_done: bool = False


def facts_of(setup: Setup) -> FactSheet | None:
    """The fact sheet of the provider that was chosen; None before that, and where it is gone."""
    provider = setup.answer("provider").get("provider", "")
    try:
        return registry.adapter_class(provider).facts if provider else None
    except InvalidConfig:
        return None


def steps_of(setup: Setup, principal: Principal) -> Sequence[Step]:
    """All the steps; a provider that needs no account has none of connecting."""
    facts, shape = facts_of(setup), setup.answer("shape")
    has_account = facts is not None and facts.needs_account
    link = setup.account_link
    connecting = (
        Step(key="connect", title="Connect your account", answer=link.name if link else "", is_done=link is not None),
        Step(key="check", title="Check", answer="passed" if is_checked(setup) else "", is_done=is_checked(setup)),
    )
    return (
        Step(key="tier", title="Plan", answer=current_tier(principal).name, is_done="tier" in setup.answers),
        Step(key="provider", title="Where", answer=facts.title if facts else "", is_done=facts is not None),
        *(connecting if has_account else ()),
        Step(key="shape", title="Name", answer=shape.get("name", ""), is_done=bool(shape.get("is_checked"))),
        Step(key="review", title="Review", is_done=setup.job_id is not None),
    )


def is_checked(setup: Setup) -> bool:
    """Whether the account that is connected now passed its checks."""
    return setup.account_link_id is not None and setup.answer("check").get("link") == str(setup.account_link_id)


def first_open(steps: Sequence[Step]) -> str:
    """Where to go on."""
    return next((step.key for step in steps if not step.is_done), steps[-1].key)


def neighbours(steps: Sequence[Step], key: str) -> tuple[str, str]:
    """The steps before and after; empty at the ends."""
    keys = [step.key for step in steps]
    at = keys.index(key)
    return (keys[at - 1] if at else "", keys[at + 1] if at + 1 < len(keys) else "")
