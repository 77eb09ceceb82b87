"""How to reach our own database outside of Django's pool."""

from typing import Any

from django.db import connections


def direct_parameters(*, application_name: str) -> dict[str, Any]:
    """What psycopg takes for Django's database, without what only Django understands."""
    settings = connections["default"].settings_dict
    options = {name: value for name, value in settings["OPTIONS"].items() if name != "pool"}
    return options | {
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "host": settings["HOST"],
        "port": settings["PORT"],
        "application_name": application_name,
    }
