"""Django's entry to this room."""

from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    """Jobs that change warehouses."""

    name = "oneclick.provisioning"
    label = "provisioning"
    default_auto_field = "django.db.models.BigAutoField"
