"""Django's entry to this room."""

from django.apps import AppConfig


class QueriesConfig(AppConfig):
    """Queries by people."""

    name = "oneclick.queries"
    label = "queries"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say that this is there; take places in the console."""
        from oneclick.billing.tiers import SQL, offer

        offer(SQL)
        _take_places()


def _take_places() -> None:
    from oneclick.accounts.roles import Permission
    from oneclick.provisioning import tabs
    from oneclick.web import navigation

    may = Permission.QUERY_DATA
    navigation.register(
        navigation.NavItem(label="SQL", url_name="sql", icon="square-terminal", permission=may, order=70)
    )
    tabs.register(
        tabs.WarehouseTab(key="tables", label="Tables", url_name="warehouse-tables", order=20, permission=may)
    )
