"""Known APIs as data: each file here fills in what its API's documentation says, and names where it says so."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from oneclick.pipelines.contract.errors import BadFlow

NO_RECIPE = "none"
_BLANK = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One API. `settings` are answers to the template's form; `asks` are further fields, whose answers go into `{…}`
    of the settings; `sources` are the pages that say so.
    """

    name: str
    title: str
    sources: tuple[str, ...]
    settings: Mapping[str, str]
    asks: Mapping[str, str]


@cache
def all_recipes() -> Mapping[str, Recipe]:
    """All recipes by name."""
    found = sorted((each for each in files(__name__).iterdir() if each.name.endswith(".toml")), key=lambda f: f.name)
    return {recipe.name: recipe for recipe in (_read(each.name, each.read_text("utf-8")) for each in found)}


def names() -> Sequence[str]:
    """What recipes there are."""
    return tuple(all_recipes())


def named(name: str) -> Recipe | None:
    """The recipe of that name, if it is one."""
    return all_recipes().get(name)


def applied(config: Mapping[str, str]) -> dict[str, str]:
    """The settings, with those of the recipe where nothing else was said; raises `BadFlow`."""
    given = {name: str(value).strip() for name, value in config.items() if str(value).strip()}
    name = given.pop("recipe", NO_RECIPE)
    recipe = named(name)
    if recipe is None:
        if name != NO_RECIPE:
            raise BadFlow(f"There is no recipe {name!r}.", hint=f"Choose one of: {', '.join(names())}.")
        return given
    answers = {ask: given.pop(ask, "") for ask in recipe.asks}
    return {**{key: _filled(value, answers, recipe) for key, value in recipe.settings.items()}, **given}


def _filled(text: str, answers: Mapping[str, str], recipe: Recipe) -> str:
    from urllib.parse import quote

    def answer(match: re.Match[str]) -> str:
        if not answers.get(match[1]):
            raise BadFlow(f"{recipe.asks.get(match[1], match[1])} is missing.")
        return quote(answers[match[1]], safe="")

    return _BLANK.sub(answer, text)


def _read(file: str, text: str) -> Recipe:
    said = tomllib.loads(text)
    return Recipe(
        name=file.removesuffix(".toml"), title=said["title"], sources=tuple(said["sources"]),
        settings={name: str(value) for name, value in said["settings"].items()}, asks=dict(said.get("asks", {})),
    )  # fmt: skip
