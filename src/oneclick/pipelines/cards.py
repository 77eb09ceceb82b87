"""What the overview shows of data flows."""

from collections.abc import Mapping
from typing import Any

from oneclick.accounts.roles import Principal
from oneclick.pipelines import queries, showing
from oneclick.provisioning.cards import SHOWN


def flows(principal: Principal) -> Mapping[str, Any] | None:
    """How the data flows are."""
    found = queries.flows(principal.organisation_id, limit=SHOWN + 1)
    lines = showing.shown_flows(principal, found[:SHOWN])
    return {"lines": lines, "has_more": len(found) > SHOWN} if lines else None
