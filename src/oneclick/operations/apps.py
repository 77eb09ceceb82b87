"""Django's entry to this room."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """The operators' pages."""

    name = "oneclick.operations"
    label = "operations"

    def ready(self) -> None:
        """Take a place in the console, for operators alone."""
        from oneclick.accounts.operators import RIGHT
        from oneclick.web.navigation import NavItem, register

        register(
            NavItem(label="Installation", url_name="operator", icon="server", group="below", order=95, permission=RIGHT)
        )
