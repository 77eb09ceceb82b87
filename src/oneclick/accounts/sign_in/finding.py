"""Which providers the sign-in page offers, and to whom."""

from oneclick.accounts.sign_in.claims import domain_of
from oneclick.accounts.sign_in.models import IdentityProvider, ProviderKind


def offered() -> list[IdentityProvider]:
    """Those with a button of their own: where they are one organisation's, or the demo's.

    Elsewhere the page asks for the e-mail address, so that it doesn't tell strangers who our customers are.
    """
    found = list(IdentityProvider.objects.select_related("organisation").order_by("id")[:20])
    if stubs := [one for one in found if one.kind == ProviderKind.STUB]:
        return stubs
    return found if len({one.organisation_id for one in found}) <= 1 else []


def providers_for(email: str) -> list[IdentityProvider]:
    """The providers of the organisation whose domain the address has."""
    known = IdentityProvider.objects.select_related("organisation").order_by("id")
    return list(known.filter(organisation__domain__iexact=domain_of(email)))
