"""Django's entry to this room."""

from django.apps import AppConfig


class QueriesConfig(AppConfig):
    """Queries by people."""

    name = "oneclick.queries"
    label = "queries"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say that this is there."""
        from oneclick.billing.tiers import SQL, offer

        offer(SQL)
