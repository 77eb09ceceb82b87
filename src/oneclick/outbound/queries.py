"""Reading what is allowed."""

from collections.abc import Sequence

from django.conf import settings

from oneclick.outbound.destinations import Destination, parse
from oneclick.outbound.models import AllowedDestination


def allowed() -> Sequence[AllowedDestination]:
    """Every entry, the oldest first; `services.MOST` bounds them."""
    return list(AllowedDestination.objects.order_by("id"))


def allowed_destinations() -> Sequence[Destination]:
    """The same with those of ONECLICK_OUTBOUND_ALLOW, ready to compare with."""
    return [*settings.ONECLICK_OUTBOUND_ALLOW, *_listed()]


def _listed() -> Sequence[Destination]:
    return [parse(text) for text in AllowedDestination.objects.values_list("destination", flat=True)]
