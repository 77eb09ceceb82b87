"""The connectors that there are: a list that we ship, so that nothing else can be installed under a similar name."""

import functools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oneclick.pipelines.contract.errors import BadFlow

CATALOGUE = Path(__file__).with_name("catalogue.json")
_VERSION = re.compile(r"\d+(\.\d+){1,3}((a|b|rc|\.dev|\.post)\d+)?")


@dataclass(frozen=True, kw_only=True)
class Connector:
    """One connector on PyPI. `tried` is the version that our tests run; empty for those that nobody tried here.

    `version` is the one to install where nobody says another: the tried one, or the newest when the list was made.
    Where `resumes` is False, the states that it tells in the middle of reading can't be gone on from, against the
    protocol.
    """

    name: str
    title: str
    version: str
    tried: str = ""
    resumes: bool = True

    @property
    def package(self) -> str:
        """Its name on PyPI."""
        return f"airbyte-source-{self.name}"


def known(words: str = "") -> Sequence[Connector]:
    """The connectors whose name or title has all these words, those that were tried first."""
    wanted = words.casefold().split()
    found = [
        each for each in _catalogue().values() if all(word in f"{each.name} {each.title}".casefold() for word in wanted)
    ]
    return sorted(found, key=lambda each: (not each.tried, each.title.casefold()))


def connector(name: str) -> Connector:
    """The connector of that name; raises `BadFlow`."""
    found = _catalogue().get(name)
    if found is None:
        raise BadFlow(f"There is no connector {name!r}.", hint="Choose one of the list.")
    return found


def checked_version(version: str) -> str:
    """The version, if it is one; raises `BadFlow`."""
    if not _VERSION.fullmatch(version):
        raise BadFlow(f"{version!r} isn't a version.", hint="It is like 7.2.1: one exact version.")
    return version


@functools.cache
def _catalogue() -> dict[str, Connector]:
    found = {}
    for name, facts in json.loads(CATALOGUE.read_text(encoding="utf-8")).items():
        tried = facts.get("tried", "")
        found[name] = Connector(
            name=name, title=facts["title"], version=tried or facts["version"], tried=tried,
            resumes=facts.get("resumes", True),
        )  # fmt: skip
    return found
