"""Django for commands that need it."""

import os


def setup() -> None:
    """Make models and services usable. Call it inside a command, before importing them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oneclick.project.settings")
    import django
    from django.apps import apps
    from django.conf import settings

    if apps.ready:
        return
    from oneclick.telemetry import logs

    logs.configure("cli", "ERROR", stream="stderr")
    # One command uses one connection; a pool would go on trying for its time-out where the stack isn't running.
    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    django.setup()
