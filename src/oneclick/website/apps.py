"""Django's entry to this room."""

from django.apps import AppConfig


class WebsiteConfig(AppConfig):
    """Public pages."""

    name = "oneclick.website"
    label = "website"

    def ready(self) -> None:
        """Take places in the head and the foot of public pages."""
        from oneclick.web.site import FOOT, HEAD
        from oneclick.website.links import legal_links, main_links

        HEAD.register("website", main_links)
        FOOT.register("website", main_links)
        FOOT.register("legal", legal_links)
