"""Django's entry to this room."""

from django.apps import AppConfig


class WarehousesConfig(AppConfig):
    """Warehouses and the links to the accounts they live in."""

    name = "oneclick.warehouses"
    label = "warehouses"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer what a worker needs for its first warehouse."""
        from oneclick.billing.tiers import WAREHOUSE, offer
        from oneclick.job_queue.warming import WARM_UPS
        from oneclick.warehouses.warming import warm_up

        WARM_UPS.register("warehouses", warm_up)
        offer(WAREHOUSE)
