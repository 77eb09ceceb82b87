"""Django's entry to this room."""

from django.apps import AppConfig


class WarehousesConfig(AppConfig):
    """Warehouses and the links to the accounts they live in."""

    name = "oneclick.warehouses"
    label = "warehouses"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer what a worker needs for its first warehouse; take a place in the console."""
        from oneclick.accounts.roles import Permission
        from oneclick.billing.tiers import WAREHOUSE, offer
        from oneclick.job_queue.warming import WARM_UPS
        from oneclick.warehouses.warming import warm_up
        from oneclick.web.navigation import NavItem, register

        WARM_UPS.register("warehouses", warm_up)
        offer(WAREHOUSE)
        register(
            NavItem(
                label="Accounts", url_name="connected-accounts", icon="plug", group="below",
                permission=Permission.PROVISION_WAREHOUSES, order=25,
            )
        )  # fmt: skip
