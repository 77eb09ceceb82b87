"""Names that every warehouse takes, made from file names and headers."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from oneclick.pipelines.templates.file_import.errors import BadImportOption

MAX_LENGTH = 63
REJECTED_SUFFIX = "_rejected"

_ENDINGS = re.compile(r"(\.(csv|tsv|txt|tab|json|jsonl|ndjson|parquet|pq|xlsx|xlsm|xlsb|xls|ods|gz))+$", re.IGNORECASE)
_LEGAL_TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,53}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufeff]+")


def table_name(path: Path) -> str:
    """`Sales 2024 (final).csv` → `sales_2024_final`; always legal."""
    plain = unicodedata.normalize("NFKD", _ENDINGS.sub("", path.name)).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[: MAX_LENGTH - len(REJECTED_SUFFIX)].strip("_")
    if not name:
        return "loaded_file"
    return f"t_{name}"[: MAX_LENGTH - len(REJECTED_SUFFIX)] if name[0].isdigit() else name


def checked_name(name: str, *, what: str) -> str:
    """The name that somebody chose; raises `BadImportOption` for one that not every warehouse takes."""
    if not _LEGAL_TABLE.fullmatch(name):
        raise BadImportOption(
            f"The {what} name {name!r} isn't possible.",
            hint="Use up to 54 letters, digits and _, and start with a letter.",
        )
    if name.startswith("__") or name.lower().endswith(REJECTED_SUFFIX):
        raise BadImportOption(f"The {what} name {name!r} is one that we use ourselves.", hint="Choose another one.")
    return name


def column_names(raw: Sequence[str]) -> list[str]:
    """Header cells as column names: trimmed, blank ones numbered, doubled ones (in any case) with a number behind."""
    taken: set[str] = set()
    found = []
    for position, cell in enumerate(raw, start=1):
        wanted = _fitting(_CONTROL.sub(" ", cell).strip() or f"column_{position}", MAX_LENGTH)
        name, number = wanted, 1
        while name.casefold() in taken:
            number += 1
            name = f"{_fitting(wanted, MAX_LENGTH - len(str(number)) - 1)}_{number}"
        taken.add(name.casefold())
        found.append(name)
    return found


def _fitting(name: str, size_bytes: int) -> str:
    return name.encode()[:size_bytes].decode(errors="ignore").strip()
