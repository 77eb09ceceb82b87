"""What an adapter or a template asks for, given on the command line: `--set NAME=VALUE`, and secrets in files."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from oneclick.core.secrets import SecretText
    from oneclick.warehouses.contract.descriptions import FormField

F = TypeVar("F", bound="Callable[..., Any]")


def described_options(command: F) -> F:
    """`--set` and `--secret-file`, handed to the command as `settings` and `secret_files`."""
    files = click.option(
        "--secret-file", "secret_files", multiple=True, metavar="NAME=PATH",
        help="A file with one of its secrets.  [default: asked for]",
    )  # fmt: skip
    return click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="One of its settings.")(
        files(command)
    )


def pairs(given: Sequence[str]) -> Mapping[str, str]:
    """`NAME=VALUE` by name; raises `click.BadParameter`."""
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise click.BadParameter(f"{each!r} isn't NAME=VALUE.")
        found[name.strip()] = value
    return found


def secrets(described: "Iterable[FormField]", files: Sequence[str]) -> "dict[str, SecretText]":
    """The secrets from files; those that no file was named for are asked for, unseen."""
    from oneclick.core.secrets import SecretText

    found = {name: SecretText(_read(path)) for name, path in pairs(files).items()}
    for field in described:
        if field.is_secret and field.name not in found:
            typed = click.prompt(
                field.label, hide_input=True, err=True, default="" if not field.is_required else None,
                show_default=False,
            )  # fmt: skip
            found |= {field.name: SecretText(typed)} if typed else {}
    return found


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise click.BadParameter(f"{path} can't be read as text.") from exc
