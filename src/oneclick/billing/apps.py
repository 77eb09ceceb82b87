"""Django's entry to this room."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Tiers."""

    name = "oneclick.billing"
    label = "billing"

    def ready(self) -> None:
        """Take a place in the console."""
        from oneclick.web.navigation import NavItem, register

        register(NavItem(label="Plan", url_name="plan", icon="package", group="below", order=80))
