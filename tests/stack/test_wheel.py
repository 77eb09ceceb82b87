"""What a user installs: the wheel in an empty environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installations import environment

PROJECT = Path(__file__).parents[2]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_wheel_in_an_empty_environment_migrates_and_serves(tmp_path: Path, empty_home: Path) -> None:
    uv = shutil.which("uv") or str(PROJECT / ".tools" / "uv")
    _run(uv, "build", "--wheel", "--out-dir", str(tmp_path / "dist"), str(PROJECT))
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    _run(uv, "venv", "--python", sys.executable, str(tmp_path / "venv"))
    _run(uv, "pip", "install", "--python", str(tmp_path / "venv" / "bin" / "python"), str(wheel))
    oneclick = str(tmp_path / "venv" / "bin" / "oneclick")
    settings = environment(empty_home)

    up = subprocess.run(
        [oneclick, "up", "--detach"], env=settings, cwd="/", capture_output=True, text=True, check=False
    )
    try:
        assert up.returncode == 0, up.stderr
        examined = _run(oneclick, "doctor", env=settings)
        assert "The database is up to date." in examined
    finally:
        _run(oneclick, "down", env=settings)


def _run(*command: str, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, env=env or dict(os.environ), cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout
