"""What the REST API says of plans."""

from typing import Annotated, Self

from ninja import Field, Schema

from oneclick.billing.tiers import Feature, Tier
from oneclick.web.rest import Input


class FeatureAnswer(Schema):
    """One thing that a plan holds."""

    key: str
    name: str
    says: str
    is_there: Annotated[bool, Field(description="False while it is in preparation.")]

    @classmethod
    def of(cls, feature: Feature) -> Self:
        """As everybody sees it."""
        return cls(key=feature.key, name=feature.name, says=feature.says, is_there=feature.is_there)


class TierAnswer(Schema):
    """A plan and all that it holds."""

    key: str
    name: str
    says: str
    can_be_chosen: bool
    is_current: Annotated[bool, Field(description="Whether it is your organisation's.")]
    features: list[FeatureAnswer]

    @classmethod
    def of(cls, tier: Tier, current: Tier) -> Self:
        """As a member of an organisation with the plan `current` sees it."""
        return cls(
            key=tier.key,
            name=tier.name,
            says=tier.says,
            can_be_chosen=tier.can_be_chosen,
            is_current=tier is current,
            features=[FeatureAnswer.of(feature) for feature in tier.features],
        )


class TierRequest(Input):
    """The plan to change to."""

    tier: Annotated[str, Field(max_length=20, description="Its key, such as basic.")]
