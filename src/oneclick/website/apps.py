"""Django's entry to this room."""

from django.apps import AppConfig


class WebsiteConfig(AppConfig):
    """Public pages."""

    name = "oneclick.website"
    label = "website"
