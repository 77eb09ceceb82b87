import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, TOP, name_of, prose, spans

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
OUR_PATH = re.compile(r"(?:docs|src|tests|examples|bench|deploy|\.ci|\.github)/[\w./-]+|Makefile|pyproject\.toml")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    targets = [plain or attribute for plain, attribute in LINK.findall(prose(page))]
    relative = [target.split("#")[0] for target in targets if "://" not in target]

    dead = [target for target in relative if target and not (page.parent / target).exists()]

    assert not dead


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_path_that_is_named_exists(page: Path) -> None:
    named = [found.group() for span in spans(page) if (found := OUR_PATH.match(span))]

    assert not [path for path in named if not (TOP / path).exists()]


def test_every_page_can_be_reached_from_the_index() -> None:
    reachable, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reachable:
            continue
        reachable.add(page)
        targets = [plain.split("#")[0] for plain, _ in LINK.findall(prose(page))]
        waiting += [(page.parent / target).resolve() for target in targets if target.endswith(".md")]

    assert {page for page in PAGES if DOCS in page.parents} <= reachable
