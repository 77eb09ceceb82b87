"""Django's entry to this room."""

from django.apps import AppConfig


class PipelinesConfig(AppConfig):
    """Data flows."""

    name = "oneclick.pipelines"
    label = "pipelines"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the templates; say which tables we loaded, and when: nobody else could load them again."""
        from oneclick.billing.tiers import APIS, DATABASES, FILES, offer
        from oneclick.pipelines.contract.templates import TEMPLATES
        from oneclick.pipelines.loaded import loaded_at, loaded_tables
        from oneclick.pipelines.templates.airbyte.template import AirbyteConnector
        from oneclick.pipelines.templates.api_ingestion.template import ApiIngestion
        from oneclick.pipelines.templates.database_clone.template import DatabaseClone
        from oneclick.provisioning.losses import LOADED_TABLES
        from oneclick.queries.freshness import LOADED_AT

        LOADED_TABLES.register("pipelines", loaded_tables)
        LOADED_AT.register("pipelines", loaded_at)
        for feature in (FILES, DATABASES, APIS):
            offer(feature)
        _take_places()
        for each in (DatabaseClone(), ApiIngestion(), AirbyteConnector()):
            TEMPLATES.register(each.key, each)


def _take_places() -> None:
    from oneclick.accounts.roles import Permission
    from oneclick.pipelines import attention, cards
    from oneclick.provisioning.attention import SOURCES
    from oneclick.provisioning.cards import OverviewCard, register
    from oneclick.provisioning.signals import job_ended
    from oneclick.web import navigation
    from oneclick.web.parts import Part
    from oneclick.web.parts import register as register_part

    navigation.register(
        navigation.NavItem(
            label="Data flows", url_name="flows", icon="workflow", permission=Permission.VIEW_WAREHOUSES, order=30,
            is_frequent=True,
        )
    )  # fmt: skip
    register_part("operator", Part(key="connectors", label="Connectors", url_name="operator-connectors", order=50))
    SOURCES.register("failed flows", attention.failed_flows)
    SOURCES.register("quiet flows", attention.quiet_flows)
    register(OverviewCard(key="flows", template="pipelines/card.html", content=cards.flows, order=15))
    job_ended.connect(attention.forget_with_warehouse)
