"""Pages that several rooms share, as tabs: a room adds its part in `AppConfig.ready()`.

`<c-parts of="account" current="devices" label="Parts of your account" />` shows them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from oneclick.core.registry import Registry

Whole = Literal["account", "operator"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part, with a page of its own; who may see one of them may see all."""

    key: str
    label: str
    url_name: str
    order: int


_parts: Mapping[str, Registry[Part]] = {
    "account": Registry("Part of one's account"),
    "operator": Registry("Part of the installation's pages"),
}


def register(whole: Whole, part: Part) -> Part:
    """Add a part to a whole."""
    return _parts[whole].register(part.key, part)


def parts_of(whole: str) -> Sequence[Part]:
    """The parts of a whole, in their order."""
    return sorted(_parts[whole], key=lambda part: part.order)
