"""The documentation as text: its pages, their code and the commands in it."""

import re
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).parents[2]
DOCS = TOP / "docs"
PAGES = sorted(
    [page for page in DOCS.rglob("*.md") if "_build" not in page.parts]
    + [TOP / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
)

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\S*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")


def name_of(page: Path) -> str:
    return str(page.relative_to(TOP))


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def spans(page: Path) -> list[str]:
    """What stands in backticks."""
    return _SPAN.findall(prose(page))


def console_lines(page: Path) -> Iterator[str]:
    """Each command that a reader is to type, with its continuation lines."""
    for block in _FENCE.finditer(page.read_text()):
        if block["language"] != "console":
            continue
        command = ""
        for line in [*block["body"].splitlines(), "$ "]:
            if line.strip().startswith("$ ") or line.strip() == "$":
                if command:
                    yield command
                command = line.strip().removeprefix("$").strip()
            else:
                command = f"{command.removesuffix(chr(92)).rstrip()} {line.strip()}"
