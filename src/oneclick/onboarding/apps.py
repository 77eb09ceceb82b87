"""Django's entry to this room."""

from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    """The way to a warehouse."""

    name = "oneclick.onboarding"
    label = "onboarding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Remind of what was begun."""
        from oneclick.onboarding.reminder import unfinished
        from oneclick.provisioning.attention import SOURCES

        SOURCES.register("unfinished set-ups", unfinished)
