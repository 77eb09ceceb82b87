"""Django's entry to this room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Organisations and their members."""

    name = "oneclick.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
