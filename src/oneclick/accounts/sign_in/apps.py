"""Django's entry to this room."""

from django.apps import AppConfig


class SignInConfig(AppConfig):
    """Identity providers, sign-in and sessions."""

    name = "oneclick.accounts.sign_in"
    label = "sign_in"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Take a place in the console."""
        from oneclick.accounts.roles import Permission
        from oneclick.web.navigation import NavItem, register
        from oneclick.web.parts import Part
        from oneclick.web.parts import register as register_part

        register_part("account", Part(key="devices", label="Devices", url_name="account-devices", order=10))
        register(
            NavItem(
                label="Sign-in", url_name="sign-in-providers", icon="log-in", group="below",
                permission=Permission.MANAGE_SIGN_IN, order=40,
            )
        )  # fmt: skip
