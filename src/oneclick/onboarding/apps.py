"""Django's entry to this room."""

from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    """The way to a warehouse."""

    name = "oneclick.onboarding"
    label = "onboarding"
    default_auto_field = "django.db.models.BigAutoField"
