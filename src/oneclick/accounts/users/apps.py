"""Django's entry to this room."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Users."""

    name = "oneclick.accounts.users"
    label = "users"
    default_auto_field = "django.db.models.BigAutoField"
