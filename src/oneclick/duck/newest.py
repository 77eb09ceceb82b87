"""Of several rows with one key, the newest."""

from collections.abc import Sequence

from oneclick.duck.quoting import identifier


def newest_rows(select: str, key: Sequence[str], newest_first: str) -> str:
    """A SELECT with one row of each key: the first by `newest_first`, an ORDER BY; all rows where that is empty."""
    if not newest_first:
        return select
    by = ", ".join(map(identifier, key))
    return f"FROM ({select}) QUALIFY row_number() OVER (PARTITION BY {by} ORDER BY {newest_first}) = 1"
