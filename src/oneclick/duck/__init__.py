"""Opening DuckDB: extensions from wheels, their hashes checked, limits set."""

from oneclick.duck.errors import DuckError, ExtensionMissing, ExtensionTampered
from oneclick.duck.opening import LAKE_EXTENSIONS, open_duckdb, prepare, remove_spill

__all__ = [
    "LAKE_EXTENSIONS",
    "DuckError",
    "ExtensionMissing",
    "ExtensionTampered",
    "open_duckdb",
    "prepare",
    "remove_spill",
]
