"""Django for commands that need it."""

import os


def setup() -> None:
    """Make models and services usable. Call it inside a command, before importing them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oneclick.project.settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
