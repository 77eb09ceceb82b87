"""Django's entry to this room."""

from django.apps import AppConfig


class JobQueueConfig(AppConfig):
    """Wake-ups."""

    name = "oneclick.job_queue"
    label = "job_queue"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer what `/metrics` says."""
        from oneclick.job_queue.metrics import QueueMetrics
        from oneclick.telemetry.metrics import SOURCES

        SOURCES.register("job_queue", QueueMetrics())
