"""`/api/tiers` and `/api/organisation/tier`."""

from django.http import HttpRequest
from ninja import Router

from oneclick.accounts.bearer import principal_of
from oneclick.billing.schemas import TierAnswer, TierRequest
from oneclick.billing.services import choose_tier, current_tier
from oneclick.billing.tiers import TIERS
from oneclick.web.rest import errors

router = Router(tags=["Plan"])


@router.get("/tiers", response={200: list[TierAnswer], **errors()}, operation_id="listTiers")
def list_tiers(request: HttpRequest) -> list[TierAnswer]:
    """The plans, and which one is your organisation's."""
    current = current_tier(principal_of(request))
    return [TierAnswer.of(each, current) for each in TIERS]


@router.put("/organisation/tier", response={200: TierAnswer, **errors()}, operation_id="chooseTier")
def put_tier(request: HttpRequest, wanted: TierRequest) -> TierAnswer:
    """Change your organisation's plan; for admins."""
    chosen = choose_tier(principal_of(request), wanted.tier)
    return TierAnswer.of(chosen, chosen)
