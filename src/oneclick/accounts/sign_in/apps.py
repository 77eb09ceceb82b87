"""Django's entry to this room."""

from django.apps import AppConfig


class SignInConfig(AppConfig):
    """Identity providers, sign-in and sessions."""

    name = "oneclick.accounts.sign_in"
    label = "sign_in"
    default_auto_field = "django.db.models.BigAutoField"
