"""A warehouse that was begun and not finished is a thing to look at."""

from collections.abc import Iterator

from django.urls import reverse

from oneclick.accounts.roles import Permission, Principal
from oneclick.onboarding.services import open_setup
from oneclick.provisioning.attention import Attention


def unfinished(principal: Principal) -> Iterator[Attention]:
    """The newest, for those who may go on with it."""
    setup = open_setup(principal) if principal.may(Permission.PROVISION_WAREHOUSES) else None
    if setup is not None:
        name = setup.answer("shape").get("name")
        yield Attention(
            kind="info", title=f"{name or 'A warehouse'} was begun and not finished",
            words="What was answered is kept, and nothing was made yet.", url=reverse("start"), action="Go on",
        )  # fmt: skip
