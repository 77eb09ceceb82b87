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
        from oneclick.web.parts import Part
        from oneclick.web.parts import register as register_part

        for order, (key, label) in enumerate(
            (("organisations", "Organisations"), ("connections", "Connections"), ("operators", "Operators")), start=1
        ):
            register_part("operator", Part(key=key, label=label, url_name=f"operator-{key}", order=order * 10))
        register(
            NavItem(label="Installation", url_name="operator", icon="server", group="below", order=95, permission=RIGHT)
        )
