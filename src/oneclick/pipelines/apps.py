"""Django's entry to this room."""

from django.apps import AppConfig


class PipelinesConfig(AppConfig):
    """Data flows."""

    name = "oneclick.pipelines"
    label = "pipelines"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the templates; say which tables we loaded, and when: nobody else could load them again."""
        from oneclick.billing.tiers import FILES, offer
        from oneclick.pipelines.contract.templates import TEMPLATES
        from oneclick.pipelines.loaded import loaded_at, loaded_tables
        from oneclick.pipelines.templates.database_clone.template import DatabaseClone
        from oneclick.provisioning.losses import LOADED_TABLES
        from oneclick.queries.freshness import LOADED_AT

        LOADED_TABLES.register("pipelines", loaded_tables)
        LOADED_AT.register("pipelines", loaded_at)
        offer(FILES)
        for each in (DatabaseClone(),):
            TEMPLATES.register(each.key, each)
