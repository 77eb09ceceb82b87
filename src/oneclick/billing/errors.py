"""What can go wrong with plans."""

from oneclick.core.errors import OneClickError


class TierNotAvailable(OneClickError):
    """That plan can't be chosen (yet)."""

    code = "tier_not_available"
    hint = "Choose a plan that is available: oneclick plan list"
