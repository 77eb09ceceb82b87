"""Which public pages there are, for head, foot and search engines."""

from collections.abc import Iterator, Mapping

from django.conf import settings
from django.urls import reverse

from oneclick.web.site import SiteLink
from oneclick.website.legal import legal_titles

MAIN: Mapping[str, str] = {"products": "Product", "pricing": "Pricing", "services": "Services", "about": "About"}
"""Name of the address → what it is called in the head."""


def main_links() -> Iterator[SiteLink]:
    """The pages that are always there."""
    return (SiteLink(label=label, url=reverse(name)) for name, label in MAIN.items())


def legal_links() -> Iterator[SiteLink]:
    """The pages that the operator filled."""
    titles = legal_titles(settings.ONECLICK_LEGAL_FOLDER)
    return (SiteLink(label=title, url=reverse("legal", args=[key])) for key, title in titles)
