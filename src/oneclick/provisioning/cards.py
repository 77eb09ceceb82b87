"""What the overview shows below what needs attention: rooms above add cards in `AppConfig.ready()`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oneclick.accounts import trail
from oneclick.accounts.roles import Permission, Principal
from oneclick.audit.actions import ACTIONS
from oneclick.core.registry import Registry
from oneclick.provisioning import queries, showing
from oneclick.provisioning.words import STATE_OF_WAREHOUSE
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses import registry

SHOWN = 6
"""How many lines a card has."""
LOOKED_THROUGH = 40
"""How many events are read for the lines of who did what."""

Content = Callable[[Principal], Mapping[str, Any] | None]
"""What a card's template gets; None where there is nothing to show yet, and the card stays away."""


@dataclass(frozen=True, kw_only=True)
class OverviewCard:
    """One card. `template` shows a `<c-card>` and finds its content as `card`.

    `order`: warehouses 10, last changes 20, who did what 90.
    """

    key: str
    template: str
    content: Content
    order: int
    permission: Permission = Permission.VIEW_WAREHOUSES


CARDS: Registry[OverviewCard] = Registry("Card of the overview")


def register(card: OverviewCard) -> OverviewCard:
    """Add a card."""
    return CARDS.register(card.key, card)


def cards_for(principal: Principal) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Template and content of each card that somebody may see and that has something to show, in their order."""
    allowed = sorted((card for card in CARDS if principal.may(card.permission)), key=lambda card: card.order)
    shown = ((card.template, card.content(principal)) for card in allowed)
    return [(template, content) for template, content in shown if content is not None]


def warehouses(principal: Principal) -> Mapping[str, Any] | None:
    """How the warehouses are."""
    found = warehouse_queries.warehouses(principal.organisation_id, limit=SHOWN + 1)
    lines = [(each, STATE_OF_WAREHOUSE[each.state], registry.title(each.provider)) for each in found[:SHOWN]]
    return {"lines": lines, "has_more": len(found) > SHOWN} if lines else None


def last_changes(principal: Principal) -> Mapping[str, Any] | None:
    """What was asked for last."""
    lines = showing.shown_jobs(principal, queries.jobs(principal.organisation_id, limit=SHOWN))
    return {"lines": lines} if lines else None


def who_did_what(principal: Principal) -> Mapping[str, Any] | None:
    """The end of the audit log, for those who may read it, but for jobs: the last changes show those."""
    found = trail.lines(principal, limit=LOOKED_THROUGH)
    lines = [
        (line, line.actor_name or line.event.actor.partition(":")[2], _meaning(line.event.action))
        for line in found
        if not line.event.action.startswith("job.")
    ]
    return {"lines": lines[:SHOWN]} if lines else None


def _meaning(action: str) -> str:
    """What happened, without what the reference adds for programs."""
    return ACTIONS.get(action, action).partition(";")[0].rstrip(".")
