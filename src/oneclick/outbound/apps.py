"""Django's entry to this room."""

from django.apps import AppConfig


class OutboundConfig(AppConfig):
    """Outgoing connections."""

    name = "oneclick.outbound"
    label = "outbound"
    default_auto_field = "django.db.models.BigAutoField"
