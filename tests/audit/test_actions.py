"""Every action that the code writes into the log is in the table, in one style, and none is there for nothing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import oneclick
from oneclick.audit.actions import ACTIONS

SOURCES = Path(oneclick.__file__).parent
DOTTED = re.compile(r"[a-z_]+(\.[a-z_]+)+")
IRREGULAR = {"begun", "left", "run"}


def writers() -> Iterator[tuple[Path, ast.Module]]:
    """The modules that write events."""
    for path in SOURCES.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        if "record" in [n.name for node in imports if node.module == "oneclick.audit.services" for n in node.names]:
            yield path, tree


def written(tree: ast.Module) -> Iterator[str]:
    """The dotted words of a module, but for file names and its named constants, such as the name of a task."""
    constants = {id(node.value) for node in tree.body if isinstance(node, ast.Assign)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in constants:
            continue
        if DOTTED.fullmatch(node.value) and not node.value.endswith(".json"):
            yield node.value


def test_the_table_holds_what_the_code_writes_and_nothing_else() -> None:
    found = {action for _, tree in writers() for action in written(tree)}

    assert found - ACTIONS.keys() == set(), "name and explain it in audit/actions.py"
    assert ACTIONS.keys() - found == set(), "nobody writes it"


def test_no_action_is_put_together() -> None:
    for path, tree in writers():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "action":
                assert not isinstance(node.value, ast.JoinedStr | ast.BinOp), f"{path}:{node.value.lineno}"


def test_actions_are_a_noun_and_a_past_participle() -> None:
    for action in ACTIONS:
        noun, _, happened = action.partition(".")
        words = happened.split("_")
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", action), action
        assert noun
        assert any(word.endswith(("ed", "en")) or word in IRREGULAR for word in words), action
        assert ACTIONS[action].endswith(".")
