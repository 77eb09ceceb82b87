"""What the documentation tells people to type exists."""

import re
import shlex
from pathlib import Path

import click
import pytest

from oneclick.cli import main
from oneclick.project.environment import SETTINGS
from oneclick.project.reference import all_errors
from tests.docs.pages import PAGES, TOP, console_lines, name_of, spans

IN_A_HINT = re.compile(r"oneclick((?: [a-z]+(?:-[a-z]+)*)+)")
SETTING = re.compile(r"\b(?:ONECLICK_[A-Z_]*[A-Z]|DATABASE_URL(?:_FILE)?)\b")
NAMES = {setting.name for setting in SETTINGS}
OF_MAKE = {"ONECLICK_DEMO"}


def commands(page: Path) -> list[list[str]]:
    typed = [line for line in console_lines(page) if "oneclick " in line]
    typed += [span for span in spans(page) if span.startswith("oneclick ") and "…" not in span]
    parts = [part for line in typed for part in re.split(r"[;|]|&&", line)]
    return [
        words[1:] for part in parts if (words := shlex.split(part))[:1] == ["oneclick"] and words[1:2] != ["COMMAND"]
    ]


def assert_exists(words: list[str]) -> None:
    command, context = main, click.Context(main)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"there is no command {words[0]!r}"
        command, words = found, words[1:]
    known = {name for parameter in command.get_params(context) for name in (*parameter.opts, *parameter.secondary_opts)}
    unknown = {word.split("=")[0] for word in words if word.startswith("-") and len(word) > 1} - known
    assert not unknown, f"{command.name} has no {unknown}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_with_its_options_exists(page: Path) -> None:
    for words in commands(page):
        assert_exists(words)


def test_every_command_in_a_hint_exists() -> None:
    hints = {error.__qualname__: found for error in all_errors() for found in IN_A_HINT.findall(error.hint)}

    assert hints
    for named in hints.values():
        assert_exists(_as_command(named.split()))


def _as_command(words: list[str]) -> list[str]:
    """The command's own words: a hint's sentence may go on behind it."""
    first = main.get_command(click.Context(main), words[0])
    return words[:2] if isinstance(first, click.Group) else words[:1]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_setting_exists(page: Path) -> None:
    named = {name for name in SETTING.findall(page.read_text()) if not name.endswith("_")}

    assert {name.removesuffix("_FILE") for name in named} - NAMES - OF_MAKE == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(), re.MULTILINE))
    typed = [*console_lines(page), *spans(page)]

    named = {word for text in typed for word in re.findall(r"^make ([a-z-]+)", text)}

    assert named <= targets | not_built_yet(page)


def not_built_yet(page: Path) -> set[str]:
    """Targets that the list of proofs names as promised."""
    if page.name != "proofs.md":
        return set()
    _, _, later = page.read_text().partition("## Not built yet")
    return set(re.findall(r"`make ([a-z-]+)`", later))
