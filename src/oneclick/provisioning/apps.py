"""Django's entry to this room."""

from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    """Jobs that change warehouses."""

    name = "oneclick.provisioning"
    label = "provisioning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer what `/metrics` says; take places in the console."""
        from oneclick.provisioning.metrics import JobMetrics
        from oneclick.telemetry.metrics import SOURCES

        SOURCES.register("provisioning", JobMetrics())
        _take_places()
        _say_what_needs_attention()
        _show_on_the_overview()


def _say_what_needs_attention() -> None:
    from oneclick.provisioning import attention

    attention.SOURCES.register("failed changes", attention.failed_changes)
    attention.SOURCES.register("changed outside", attention.found_changes)


def _show_on_the_overview() -> None:
    from oneclick.accounts.roles import Permission
    from oneclick.provisioning import cards
    from oneclick.provisioning.cards import OverviewCard, register

    folder = "provisioning/cards"
    for card in (
        OverviewCard(key="warehouses", template=f"{folder}/warehouses.html", content=cards.warehouses, order=10),
        OverviewCard(key="changes", template=f"{folder}/changes.html", content=cards.last_changes, order=20),
        OverviewCard(
            key="audit", template=f"{folder}/audit.html", content=cards.who_did_what, order=90,
            permission=Permission.VIEW_AUDIT,
        ),
    ):  # fmt: skip
        register(card)


def _take_places() -> None:
    from oneclick.accounts.roles import Permission
    from oneclick.provisioning.tabs import WarehouseTab
    from oneclick.provisioning.tabs import register as register_tab
    from oneclick.web.navigation import NavItem, register

    view, change = Permission.VIEW_WAREHOUSES, Permission.PROVISION_WAREHOUSES
    register(NavItem(label="Overview", url_name="overview", icon="house", permission=view, order=10, is_frequent=True))
    register(
        NavItem(label="Warehouses", url_name="warehouses", icon="database", permission=view, order=20, is_frequent=True)
    )
    register(
        NavItem(label="Changes", url_name="changes", icon="list-checks", permission=view, order=25, is_frequent=True)
    )
    for tab in (
        WarehouseTab(key="overview", label="Overview", url_name="warehouse", order=10),
        WarehouseTab(key="resources", label="What it is made of", url_name="warehouse-resources", order=30),
        WarehouseTab(
            key="credentials", label="Connect", url_name="warehouse-credentials", order=40,
            permission=Permission.VIEW_CREDENTIALS,
        ),
        WarehouseTab(key="activity", label="Activity", url_name="warehouse-activity", order=50),
        WarehouseTab(key="settings", label="Settings", url_name="warehouse-settings", order=60, permission=change),
    ):  # fmt: skip
        register_tab(tab)
