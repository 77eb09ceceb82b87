"""Where something is in a JSON document: as people write it (`data.items`), and as a JSON pointer (RFC 6901)."""

from collections.abc import Sequence
from typing import Any


def parts(path: str) -> tuple[str, ...]:
    """The names on the way; a path that begins with `/` is a pointer, in which names may hold dots."""
    cleaned = path.strip()
    if cleaned.startswith("/"):
        return tuple(part.replace("~1", "/").replace("~0", "~") for part in cleaned[1:].split("/"))
    return tuple(part for part in cleaned.removeprefix("$").split(".") if part)


def pointer(names: Sequence[str]) -> str:
    """The pointer to what these names lead to."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def dotted(names: Sequence[str]) -> str:
    """As people write it; as a pointer where a name holds what a dotted path couldn't."""
    is_plain = all(name and "." not in name and not name.startswith(("/", "$")) for name in names)
    return ".".join(names) if is_plain else pointer(names)


def found(document: Any, names: Sequence[str]) -> Any:
    """What is there, or None. `-1` is the last element of a list."""
    for name in names:
        if isinstance(document, dict):
            document = document.get(name)
        elif isinstance(document, list) and document and name == "-1":
            document = document[-1]
        else:
            return None
    return document
