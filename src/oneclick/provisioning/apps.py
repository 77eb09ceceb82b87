"""Django's entry to this room."""

from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    """Jobs that change warehouses."""

    name = "oneclick.provisioning"
    label = "provisioning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer what `/metrics` says."""
        from oneclick.provisioning.metrics import JobMetrics
        from oneclick.telemetry.metrics import SOURCES

        SOURCES.register("provisioning", JobMetrics())
