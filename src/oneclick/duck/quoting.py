"""Names, texts and paths as DuckDB's SQL writes them."""

import re
from pathlib import Path


def identifier(name: str) -> str:
    """A name."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text."""
    return "'" + text.replace("'", "''") + "'"


def pattern(path: Path) -> str:
    """A path for the functions that read files, which would take `*`, `?` and `[` for wild cards."""
    return literal(re.sub(r"([*?\[])", r"[\1]", str(path)))
