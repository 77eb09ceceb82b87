"""What the first warehouse of a worker would have to wait for."""

from pathlib import Path

from django.conf import settings

from oneclick.duck import open_duckdb
from oneclick.warehouses import registry, services


def warm_up() -> None:
    """Import the adapter that everybody begins with, and DuckDB with its extensions."""
    services.adapter(registry.DEFAULT)
    open_duckdb(home=Path(settings.HOME)).close()
