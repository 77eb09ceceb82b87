"""Django's entry to this room."""

from django.apps import AppConfig


class PipelinesConfig(AppConfig):
    """Data flows."""

    name = "oneclick.pipelines"
    label = "pipelines"
    default_auto_field = "django.db.models.BigAutoField"
