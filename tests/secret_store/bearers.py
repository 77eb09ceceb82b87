"""Every field of the product that a secret can be in, asked of the code itself: so a new one can't be forgotten."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import click
from django import forms

import oneclick
from oneclick.cli import main
from oneclick.project.api import api
from oneclick.project.environment import SETTINGS
from oneclick.warehouses import registry

NAME = re.compile(
    r"passw|secret|token|^code$|credential|api_?key|private|url$|snippets|authori[sz]ation", re.IGNORECASE
)
NO_SECRETS = re.compile(r"secret_(name|label|reference)|token_(id|type)|_endpoint$")
BELOW = ("oneclick.warehouses.testing", "oneclick.core.secrets")
"""Not the product: the suite that is shipped for authors of adapters, and the wrapper itself."""


def bearers() -> set[str]:
    """All of them by name, such as `setting DATABASE_URL` or `form ProviderForm.client_secret`."""
    modules = list(_modules())
    return {*_settings(), *_shapes(modules), *_forms(modules), *_schemas(), *_adapters(), *_options(main)}


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(oneclick.__path__, "oneclick."):
        if ".migrations" not in found.name and not found.name.endswith("__main__") and not found.name.startswith(BELOW):
            yield importlib.import_module(found.name)


def _settings() -> Iterator[str]:
    return (f"setting {setting.name}" for setting in SETTINGS if setting.secret)


def _shapes(modules: list[ModuleType]) -> Iterator[str]:
    """Fields of dataclasses that are wrapped as secrets."""
    for module, each in _classes(modules):
        if dataclasses.is_dataclass(each):
            for field in dataclasses.fields(each):
                if "SecretText" in str(field.type):
                    yield f"{module.removeprefix('oneclick.')} {each.__name__}.{field.name}"


def _forms(modules: list[ModuleType]) -> Iterator[str]:
    for _, each in _classes(modules):
        if issubclass(each, forms.BaseForm):
            for name, field in each.base_fields.items():
                if isinstance(field.widget, forms.PasswordInput) or _sounds_secret(name):
                    yield f"form {each.__name__}.{name}"


def _schemas() -> Iterator[str]:
    """What the REST API takes and gives."""
    for title, schema in api.get_openapi_schema()["components"]["schemas"].items():
        for name, described in schema.get("properties", {}).items():
            if name != "code" and _sounds_secret(name) and described.get("type") not in ("integer", "boolean"):
                yield f"api {title}.{name}"


def _adapters() -> Iterator[str]:
    for provider in registry.providers():
        for field in registry.adapter_class(provider).facts.fields:
            if field.is_secret:
                yield f"adapter {provider} {field.name}"


def _options(command: click.Command, path: str = "oneclick") -> Iterator[str]:
    for parameter in command.params:
        is_flag = isinstance(parameter, click.Option) and parameter.is_flag
        if parameter.name and not is_flag and _sounds_secret(parameter.name):
            yield f"option {path} {parameter.name}"
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _options(found, f"{path} {name}")


def _classes(modules: list[ModuleType]) -> Iterator[tuple[str, type[Any]]]:
    for module in modules:
        for _, each in inspect.getmembers(module, inspect.isclass):
            if each.__module__ == module.__name__:
                yield module.__name__, each


def _sounds_secret(name: str) -> bool:
    return NAME.search(name) is not None and NO_SECRETS.search(name) is None
