"""Which organisations a session may enter: where a provider is enforced, only sessions made through it do."""

from collections.abc import Iterable
from uuid import UUID

from django.http import HttpRequest

from oneclick.accounts.sign_in.models import IdentityProvider, LocalAccount
from oneclick.accounts.sign_in.session_store import row_of


def closed_to(request: HttpRequest, organisation_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of these organisations that ask for their own provider, and this session wasn't made through it.

    A session of a local account enters them all: it is the way in when the provider is down.
    """
    enforced = dict(
        IdentityProvider.objects.filter(organisation_id__in=list(organisation_ids), is_enforced=True).values_list(
            "id", "organisation_id"
        )
    )
    if not enforced:
        return frozenset()
    row = row_of(request.session)
    if row is None or row.user_id is None:
        return frozenset(enforced.values())
    if row.provider_id is None and LocalAccount.objects.filter(user_id=row.user_id).exists():
        return frozenset()
    opened = [organisation for provider, organisation in enforced.items() if provider == row.provider_id]
    return frozenset(enforced.values()) - frozenset(opened)
