"""Django's entry to this room."""

from django.apps import AppConfig


class WarehousesConfig(AppConfig):
    """Warehouses and the links to the accounts they live in."""

    name = "oneclick.warehouses"
    label = "warehouses"
    default_auto_field = "django.db.models.BigAutoField"
