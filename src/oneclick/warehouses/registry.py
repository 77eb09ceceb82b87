"""Which adapters there are: ours by one line each, other people's by the entry point `oneclick.adapters`."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from oneclick.warehouses.contract.adapter import Adapter
from oneclick.warehouses.contract.errors import InvalidConfig
from oneclick.warehouses.contract.instance import Installation

DEFAULT = "local"
"""The provider of whoever names none: it needs no account."""

BUILT_IN: dict[str, str] = {
    DEFAULT: "oneclick.warehouses.adapters.local:LocalAdapter",
}


def providers() -> tuple[str, ...]:
    """The keys of all providers, ours first."""
    return tuple(_locations())


def adapter_class(provider: str) -> type[Adapter[Any]]:
    """The adapter's class; raises `InvalidConfig` for a provider that doesn't exist."""
    location = _locations().get(provider)
    if location is None:
        raise InvalidConfig(f"There is no provider {provider!r}.", hint=f"Choose one of: {', '.join(providers())}.")
    module, _, name = location.partition(":")
    found: type[Adapter[Any]] = getattr(import_module(module), name)
    return found


def title(provider: str) -> str:
    """What people call it; its key where its package isn't installed any more."""
    try:
        return adapter_class(provider).facts.title
    except InvalidConfig:
        return provider


def labels(provider: str) -> Mapping[str, str]:
    """What the fields of its form are called; none where its package isn't installed any more."""
    try:
        return {field.name: field.label for field in adapter_class(provider).facts.fields}
    except InvalidConfig:
        return {}


def load(provider: str, installation: Installation) -> Adapter[Any]:
    """The adapter of that provider for one installation. Needs no Django."""
    return adapter_class(provider)(installation)


@cache
def _locations() -> Mapping[str, str]:
    theirs = {point.name: point.value for point in entry_points(group="oneclick.adapters")}
    return {**BUILT_IN, **{name: value for name, value in sorted(theirs.items()) if name not in BUILT_IN}}
