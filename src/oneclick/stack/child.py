"""Runs a function as a process that dies with its parent: `python -m oneclick.stack.child PARENT MODULE:FUNCTION`."""

import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from oneclick.stack.processes import MARK, die_with_parent


def command(target: str) -> list[str]:
    """What to start so that `target` ("module:function") runs as a child of this process."""
    return [sys.executable, "-m", "oneclick.stack.child", str(os.getpid()), target]


def environment(home: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment for such a child: ours, the settings, and the installation that it belongs to."""
    return {
        **_bytecode(home),
        "PYTHONUNBUFFERED": "1",
        "ONECLICK_HOME": os.fspath(home),
        MARK: os.fspath(home),
        **settings,
    }


def _bytecode(home: Path) -> dict[str, str]:
    # Without compiled modules every start costs seconds. Images often forbid to write them beside the sources, and
    # sometimes the sources belong to somebody else who never compiled them: then they are kept with our state.
    ours = dict(os.environ)
    sources = Path(__file__).parent
    is_never_compiled = not os.access(sources, os.W_OK) and not (sources / "__pycache__").exists()
    if ours.pop("PYTHONDONTWRITEBYTECODE", "") or is_never_compiled:
        ours.setdefault("PYTHONPYCACHEPREFIX", os.fspath(home / "cache" / "bytecode"))
    return ours


def main() -> None:
    """Tie this process to its parent, then run the function."""
    parent, target = sys.argv[1:]
    die_with_parent(int(parent))
    module, _, function = target.partition(":")
    getattr(importlib.import_module(module), function)()


if __name__ == "__main__":
    main()
