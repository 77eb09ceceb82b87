"""Django's entry to this room."""

from django.apps import AppConfig


class JobQueueConfig(AppConfig):
    """Wake-ups."""

    name = "oneclick.job_queue"
    label = "job_queue"
    default_auto_field = "django.db.models.BigAutoField"
