"""What the public pages' head and foot lead to: the rooms with such pages register them in `AppConfig.ready()`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from oneclick.core.registry import Registry


@dataclass(frozen=True, kw_only=True)
class SiteLink:
    """One link; `url` is a path of ours."""

    label: str
    url: str


Links = Callable[[], Iterable[SiteLink]]
"""Asked at each page, because an operator may add a page at any time."""

HEAD: Registry[Links] = Registry("Links of the head")
FOOT: Registry[Links] = Registry("Links of the foot")


def links(of: Registry[Links]) -> Sequence[SiteLink]:
    """All of them, in order of registration."""
    return [link for found in of for link in found()]
