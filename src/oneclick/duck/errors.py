"""Why DuckDB can't be opened.

::

    DuckError
    ├── ExtensionMissing     its wheel isn't installed, or is of another version
    └── ExtensionTampered    its file isn't the one that was published
"""

from oneclick.core.errors import OneClickError


class DuckError(OneClickError):
    """DuckDB can't be opened."""

    code = "duckdb_error"
    hint = "Install One-Click DWH again; its own data stays as it is."


class ExtensionMissing(DuckError):
    """An extension of DuckDB isn't installed."""

    code = "duckdb_extension_missing"


class ExtensionTampered(DuckError):
    """The file of a DuckDB extension was changed after it was published, so it isn't loaded."""

    code = "duckdb_extension_tampered"
