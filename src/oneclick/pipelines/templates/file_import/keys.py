"""The columns by which rows are merged: what identifies a row."""

from collections.abc import Sequence

from oneclick.pipelines.templates.file_import.column_types import listed
from oneclick.pipelines.templates.file_import.errors import BadImportOption

EMPTY = "There is no value in the column that identifies the row."


def among(key: Sequence[str], columns: Sequence[str]) -> list[str]:
    """The key's columns as the file spells them. Raises `BadImportOption` for one that isn't there."""
    known = {column.casefold(): column for column in columns}
    if unknown := [name for name in key if name.casefold() not in known]:
        raise BadImportOption(
            f"The file has no column {unknown[0]!r} to merge rows by.", hint=f"It has: {listed(columns)}."
        )
    return list(dict.fromkeys(known[name.casefold()] for name in key))
