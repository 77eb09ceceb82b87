"""Django's entry to this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Organisations and their members."""

    name = "oneclick.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Take places in the console, and tell its frame who looks."""
        from oneclick.accounts.preferences import chosen_zone
        from oneclick.accounts.roles import Permission
        from oneclick.accounts.viewer import viewer
        from oneclick.web.navigation import NavItem, register
        from oneclick.web.parts import Part
        from oneclick.web.parts import register as register_part
        from oneclick.web.viewer import tell_viewer
        from oneclick.web.zones import tell_zone

        tell_viewer(viewer)
        tell_zone(chosen_zone)
        register_part("account", Part(key="time-zone", label="Time zone", url_name="account-time-zone", order=20))
        for order, (name, label, icon, permission) in enumerate(
            (
                ("team", "Team", "users", Permission.VIEW_MEMBERS),
                ("tokens", "API tokens", "key-round", Permission.MAKE_TOKENS),
                ("audit", "Audit log", "scroll-text", Permission.VIEW_AUDIT),
            ),
            start=1,
        ):
            register(
                NavItem(label=label, url_name=name, icon=icon, group="below", permission=permission, order=order * 10)
            )
