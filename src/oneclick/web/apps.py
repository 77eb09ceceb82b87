"""Django's entry to the kit."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Base templates, components and navigation for all pages."""

    name = "oneclick.web"
    label = "web"
