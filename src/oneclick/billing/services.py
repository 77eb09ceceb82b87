"""Which plan an organisation has, and changing it."""

from django.db import transaction

from oneclick.accounts import queries
from oneclick.accounts.models import Organisation
from oneclick.accounts.roles import Permission, Principal
from oneclick.audit.services import record
from oneclick.billing.errors import TierNotAvailable
from oneclick.billing.tiers import BASIC, TIERS, Feature, Tier, tier


def current_tier(principal: Principal) -> Tier:
    """The plan of whoever asks; one that this version doesn't know counts as Basic."""
    return tier(queries.organisation(str(principal.organisation_id)).tier) or BASIC


def is_entitled(principal: Principal, feature: Feature) -> bool:
    """Whether the organisation's plan holds a feature that this installation has."""
    return feature.is_there and feature in current_tier(principal).features


def choose_tier(principal: Principal, key: str) -> Tier:
    """Change the plan; raises `NotAllowed` and `TierNotAvailable`."""
    principal.demand(Permission.CHOOSE_PLAN)
    wanted = tier(key)
    if wanted is None:
        names = " or ".join(each.key for each in TIERS)
        raise TierNotAvailable(f"There is no plan {key!r}.", hint=f"Choose {names}.")
    if not wanted.can_be_chosen:
        raise TierNotAvailable(
            f"{wanted.name} is in preparation: this version doesn't have what it adds.",
            hint=f"Stay with {BASIC.name} for now.",
        )
    with transaction.atomic():
        found = Organisation.objects.select_for_update(no_key=True).get(id=principal.organisation_id)
        if found.tier != wanted.key:
            found.tier = wanted.key
            found.save(update_fields=["tier"])
            record(
                organisation_id=found.id,
                actor=principal.label,
                action="plan.chosen",
                target_kind="organisation",
                target_id=found.id,
                detail={"tier": wanted.key},
            )
    return wanted
