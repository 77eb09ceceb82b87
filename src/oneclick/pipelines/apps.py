"""Django's entry to this room."""

from django.apps import AppConfig


class PipelinesConfig(AppConfig):
    """Data flows."""

    name = "oneclick.pipelines"
    label = "pipelines"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say which tables we loaded: what else is in a warehouse nobody could load again."""
        from oneclick.billing.tiers import FILES, offer
        from oneclick.pipelines.loaded import loaded_tables
        from oneclick.provisioning.losses import LOADED_TABLES

        LOADED_TABLES.register("pipelines", loaded_tables)
        offer(FILES)
