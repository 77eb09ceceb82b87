"""Django's entry to this room."""

from django.apps import AppConfig


class SecretStoreConfig(AppConfig):
    """Secrets."""

    name = "oneclick.secret_store"
    label = "secret_store"
    default_auto_field = "django.db.models.BigAutoField"
