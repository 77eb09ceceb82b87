"""Django's entry to this room."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit log."""

    name = "oneclick.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear what rooms below do."""
        from oneclick.audit.below import write_down_allowed, write_down_forgotten
        from oneclick.outbound.signals import destination_allowed, destination_forgotten

        destination_allowed.connect(write_down_allowed)
        destination_forgotten.connect(write_down_forgotten)
