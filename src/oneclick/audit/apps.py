"""Django's entry to this room."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit log."""

    name = "oneclick.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
