"""Django's entry to this room."""

from django.apps import AppConfig


class PipelinesConfig(AppConfig):
    """Data flows."""

    name = "oneclick.pipelines"
    label = "pipelines"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say which tables we loaded, and when: what else is in a warehouse nobody could load again."""
        from oneclick.billing.tiers import FILES, offer
        from oneclick.pipelines.loaded import loaded_at, loaded_tables
        from oneclick.provisioning.losses import LOADED_TABLES
        from oneclick.queries.freshness import LOADED_AT

        LOADED_TABLES.register("pipelines", loaded_tables)
        LOADED_AT.register("pipelines", loaded_at)
        offer(FILES)
