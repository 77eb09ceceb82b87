"""The list of proofs names tests that exist, and nothing in it is left open in silence."""

import ast
import re

import pytest

from tests.docs.pages import DOCS, TOP

PAGE = (DOCS / "reference" / "proofs.md").read_text()
BUILT, _, LATER = PAGE.partition("## Not built yet")
PROOF = re.compile(r"`((?:tests|examples|bench|src)/[\w/.-]+\.py)(?:::([\w:]+))?`")
ROW = re.compile(r"^\| (\d+[a-z]?) \| (.+) \|$", re.MULTILINE)


@pytest.mark.parametrize(("path", "name"), sorted(set(PROOF.findall(PAGE))))
def test_every_named_test_exists(path: str, name: str) -> None:
    tree: ast.AST = ast.parse((TOP / path).read_text())
    for part in name.split("::") if name else []:
        named = {
            node.name: node
            for node in ast.iter_child_nodes(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        }
        assert part in named, f"{path} has no {part}"
        tree = named[part]


@pytest.mark.parametrize("row", ROW.findall(BUILT), ids=lambda row: row[0])
def test_every_line_is_proved_or_says_that_it_is_not(row: tuple[str, str]) -> None:
    _, text = row

    assert PROOF.search(text) or "**Not shown yet" in text


def test_what_is_not_built_names_no_test() -> None:
    assert ROW.findall(LATER)
    assert not PROOF.search(LATER)
