"""Connectors on this machine: installed once, whole or not at all, removed unless they are at work."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from oneclick.pipelines.contract.errors import BadFlow
from oneclick.pipelines.templates.airbyte import installing
from oneclick.pipelines.templates.airbyte.errors import ConnectorInstallFailed, ConnectorInUse, ConnectorNotInstalled
from tests.installations import new_home
from tests.pipelines.templates.airbyte.conftest import FAKE, NAME, VERSION

INSTALLER = """
import sys
from pathlib import Path
import django
from django.conf import settings
settings.configure()
from oneclick.pipelines.templates.airbyte import installing
if sys.argv[4:]:
    installing._uv = lambda: sys.argv[4]
print("started", flush=True)
print(installing.install(Path(sys.argv[1]), sys.argv[2], sys.argv[3]).seconds)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    made = new_home("connectors")
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(autouse=True)
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of PyPI, with a connector in it."""
    name = f"airbyte_source_{NAME.replace('-', '_')}-{VERSION}"
    with ZipFile(tmp_path / f"{name}-py3-none-any.whl", "w") as wheel:
        wheel.write(FAKE, "fake_connector.py")
        facts = f"{name}.dist-info"
        wheel.writestr(f"{facts}/METADATA", f"Metadata-Version: 2.1\nName: airbyte-source-{NAME}\nVersion: {VERSION}\n")
        wheel.writestr(f"{facts}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{facts}/entry_points.txt", f"[console_scripts]\nsource-{NAME} = fake_connector:run\n")
        wheel.writestr(f"{facts}/RECORD", "")
    for tool, switch in (("UV", "UV_NO_INDEX"), ("PIP", "PIP_NO_INDEX")):
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(tmp_path))
        monkeypatch.setenv(switch, "1")
    return tmp_path


def left_over(home: Path) -> list[Path]:
    return list((home / "connectors" / ".drafts").glob("*"))


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_a_connector_is_installed_once_and_removed(home: Path, monkeypatch: pytest.MonkeyPatch, *, tool: str) -> None:
    if tool == "pip":
        monkeypatch.setattr(installing, "_uv", lambda: None)
    made = installing.install(home, NAME, VERSION)
    assert (made.entry, made.size_bytes > 1000, made.seconds > 0) == ("fake_connector:run", True, True)
    assert made.spec["properties"]["token"]["airbyte_secret"]
    assert installing.installed(home) == [made]
    began = time.monotonic()
    assert installing.install(home, NAME, VERSION) == made
    assert time.monotonic() - began < 0.5
    with installing.using(home, NAME, VERSION) as found, pytest.raises(ConnectorInUse):
        installing.remove(home, found.name, found.version)
    installing.remove(home, NAME, VERSION)
    installing.remove(home, NAME, VERSION)
    assert installing.installed(home) == []
    assert left_over(home) == []
    with pytest.raises(ConnectorNotInstalled), installing.using(home, NAME, VERSION):
        pass


def test_a_version_that_is_not_there_leaves_nothing(home: Path) -> None:
    with pytest.raises(ConnectorInstallFailed, match=r"airbyte-source-hardcoded-records==9\.9\.9"):
        installing.install(home, NAME, "9.9.9")
    assert (installing.installed(home), left_over(home)) == ([], [])


@pytest.mark.parametrize(
    ("name", "version"), [("evil", "1.0.0"), ("../faker", "1.0.0"), (NAME, "latest"), (NAME, "../1.0")]
)
def test_nothing_else_can_be_installed(home: Path, name: str, version: str) -> None:
    with pytest.raises(BadFlow):
        installing.install(home, name, version)


def test_the_password_of_a_mirror_is_not_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_NO_INDEX")
    monkeypatch.delenv("UV_FIND_LINKS")
    monkeypatch.setenv("UV_INDEX_URL", "http://user:canary-mirror@127.0.0.1:1/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(ConnectorInstallFailed) as caught:
        installing.install(home, NAME, VERSION)
    assert "canary" not in str(caught.value)


def test_two_that_install_at_once_install_once(home: Path) -> None:
    made: list[installing.Installed] = []
    threads = [threading.Thread(target=lambda: made.append(installing.install(home, NAME, VERSION))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.installed_at for each in made}) == 1


def test_an_installation_that_was_killed_looks_like_none(home: Path, tmp_path: Path) -> None:
    slow = tmp_path / "bin" / "uv"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nmkdir -p $5; echo x > half; exec sleep 600.25\n")
    slow.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-c", INSTALLER, str(home), NAME, VERSION, str(slow)], stdout=subprocess.PIPE, env=os.environ
    )
    assert process.stdout is not None
    process.stdout.readline()
    half = home / "connectors" / ".drafts" / f"{NAME}-{VERSION}" / "half"
    until = time.monotonic() + 20
    while not half.exists() and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert half.exists()
    assert installing.installed(home) == []
    assert installing.find(home, NAME, VERSION) is None
    assert installing.install(home, NAME, VERSION).version == VERSION
    assert left_over(home) == []
