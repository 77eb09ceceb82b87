"""Which column can tell what is new in a table: a guess by types and names, the best first."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_CHANGED = re.compile(r"updat|modif|chang|last", re.IGNORECASE)
_MADE = re.compile(r"creat|insert|added|(^|_)at$|time", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A column that could be one."""

    name: str
    is_time: bool
    is_key: bool
    is_indexed: bool


def best_first(candidates: Iterable[Candidate]) -> Sequence[str]:
    """What changes with the row comes first, then what tells when it was made, then a key that counts up."""
    return [each.name for each in sorted(candidates, key=_rank)]


def _rank(candidate: Candidate) -> tuple[int, bool]:
    if candidate.is_time:
        meaning = 0 if _CHANGED.search(candidate.name) else 1 if _MADE.search(candidate.name) else 3
    else:
        meaning = 2 if candidate.is_key else 4
    return meaning, not candidate.is_indexed
