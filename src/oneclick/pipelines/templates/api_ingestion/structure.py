"""What the records look like: every field of every record, with the kinds of values that it has.

DuckDB says the structure of each record (`json_structure`); the few different ones are put together here.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from oneclick.pipelines.templates.api_ingestion import paths

DEEPEST = 5
MOST_NAMES = 200
"""An object with more names than this is a mapping from one thing to another, not a record: it stays JSON."""
INTEGERS = frozenset({"UBIGINT", "BIGINT", "HUGEINT", "UHUGEINT"})
LIST, OBJECT = "list", "object"


@dataclass(kw_only=True)
class Node:
    """One field: the kinds of single values seen, what is in its objects, and what is in its lists."""

    kinds: set[str] = field(default_factory=set)
    inside: "dict[str, Node]" = field(default_factory=dict)
    element: "Node | None" = None

    def take(self, structure: Any) -> None:
        """Add one more structure as `json_structure` writes it."""
        if isinstance(structure, str):
            if structure != "NULL":
                self.kinds.add(structure)
        elif isinstance(structure, list):
            self.kinds.add(LIST)
            self.element = self.element or Node()
            for each in structure:
                self.element.take(each)
        else:
            self.kinds.add(OBJECT)
            for name, each in structure.items():
                self.inside.setdefault(name, Node()).take(each)

    @property
    def is_table(self) -> bool:
        """Whether it is a list of objects with names."""
        return self.kinds == {LIST} and self.element is not None and self.element.is_record

    @property
    def is_record(self) -> bool:
        """Whether it is an object whose names are columns."""
        return self.kinds == {OBJECT} and 0 < len(self.inside) <= MOST_NAMES

    @property
    def type(self) -> str:
        """The type that holds all values, before texts are looked at; empty where nothing tells yet."""
        kinds = self.kinds
        if not kinds or (kinds == {OBJECT} and not self.inside):
            return ""
        if kinds == {LIST} and self.element is not None:
            inside = self.element.type
            return inside and ("JSON" if "[" in inside or inside == "JSON" else f"{inside}[]")
        if kinds & {LIST, OBJECT, "JSON"}:
            return "JSON"
        if kinds == {"BOOLEAN"}:
            return "BOOLEAN"
        if kinds <= INTEGERS:
            return "BIGINT"
        return "DOUBLE" if kinds <= INTEGERS | {"DOUBLE"} else "VARCHAR"


def put_together(structures: Iterable[str]) -> Node:
    """One node for all records."""
    root = Node()
    for text in structures:
        root.take(json.loads(text))
    return root


def fields(root: Node, known: Mapping[str, Any]) -> Iterator[tuple[str, Node]]:
    """Pointer and node of what becomes a column; what is `known` as one stays one, whatever it is now."""
    yield from _fields(root, (), known)


def tables(root: Node, known: Mapping[str, Any]) -> Iterator[tuple[str, Node]]:
    """Pointer and element of each list of objects that isn't known as a column."""
    for pointer, node in fields(root, known):
        if node.is_table and node.element is not None and pointer not in known:
            yield pointer, node.element


def _fields(node: Node, names: Sequence[str], known: Mapping[str, Any]) -> Iterator[tuple[str, Node]]:
    for name, inside in node.inside.items():
        here = (*names, name)
        pointer = paths.pointer(here)
        if inside.is_record and len(here) < DEEPEST and pointer not in known:
            yield from _fields(inside, here, known)
        else:
            yield pointer, inside
