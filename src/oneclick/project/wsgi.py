"""Django as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from oneclick.telemetry import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oneclick.project.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - settings can be read once the application stands

logs.configure("web", settings.ENVIRONMENT.log_level)
