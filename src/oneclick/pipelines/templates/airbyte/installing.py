"""Connectors on this machine: each version in an environment of its own, made once, whole or not at all.

::

    HOME/connectors/
    ├── faker/7.2.1/installed.json    what it is, what it took, what it asks for
    ├── faker/7.2.1/venv/
    ├── .drafts/faker-7.2.1/          while it is being installed
    ├── .locks/faker-7.2.1            held by who installs or removes it, shared by who uses it
    └── .cache/                       of the installer

What a killed installation left is a draft whose lock is free; the next one removes it.
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from configparser import ConfigParser
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import oneclick
from oneclick.core.clock import utcnow
from oneclick.pipelines.templates.airbyte import bounds
from oneclick.pipelines.templates.airbyte.conversation import Conversation
from oneclick.pipelines.templates.airbyte.errors import ConnectorInstallFailed, ConnectorInUse, ConnectorNotInstalled
from oneclick.pipelines.templates.airbyte.known import Connector, checked_version, connector
from oneclick.pipelines.templates.airbyte.process import ConnectorProcess, Limits

FACTS = "installed.json"
LIMITS = Limits(memory_bytes=4 << 30, silence_s=1800)
POLL_S = 0.2
_OUR_UV = Path(oneclick.__file__).parents[2] / ".tools" / "uv"
_USER_IN_ADDRESS = re.compile(r"//[^/@\s]+@")

OnStep = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A connector that is there. `entry` is what it starts with, as `module:function`; `spec` is what it asks for."""

    name: str
    version: str
    entry: str
    size_bytes: int
    seconds: float
    installed_at: str
    spec: dict[str, Any] = field(default_factory=dict)
    folder: Path

    @property
    def command(self) -> Sequence[str]:
        """What starts it. Not by its script, which would name the folder that it was installed in."""
        module, _, function = self.entry.partition(":")
        start = f"import sys; from {module} import {function} as run; sys.argv[0] = 'source'; sys.exit(run())"
        return [str(self.folder / "venv" / "bin" / "python"), "-I", "-c", start]


def installed(home: Path) -> Sequence[Installed]:
    """Every connector that is there."""
    return [_read(facts) for facts in sorted(_root(home).glob(f"[!.]*/*/{FACTS}"))]


def find(home: Path, name: str, version: str) -> Installed | None:
    """The connector in that version, if it is there."""
    facts = _folder(home, name, version) / FACTS
    return _read(facts) if facts.exists() else None


@contextlib.contextmanager
def using(home: Path, name: str, version: str) -> Iterator[Installed]:
    """The connector, which isn't removed while the body runs; raises `ConnectorNotInstalled`."""
    with _locked(home, name, version, fcntl.LOCK_SH, lambda: None):
        found = find(home, name, version)
        if found is None:
            raise ConnectorNotInstalled(f"{connector(name).title} {version} isn't installed on this machine.")
        yield found


def install(home: Path, name: str, version: str, *, on_step: OnStep = lambda what: None) -> Installed:
    """Bring a connector onto this machine, which takes minutes: for workers. One that is there stays as it is.

    `on_step` hears from time to time what is done, and may raise to give up. Raises `BadFlow`,
    `ConnectorInstallFailed`, and what the connector says when it is asked for its settings.
    """
    with _locked(home, name, version, fcntl.LOCK_EX, lambda: on_step("Waiting for another installation")):
        if found := find(home, name, version):
            return found
        _forget_drafts(home)
        draft = _root(home) / ".drafts" / f"{name}-{version}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700, parents=True)
        try:
            made = _made(home, draft, connector(name), version, on_step)
            target = _folder(home, name, version)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return replace(made, folder=target)


def remove(home: Path, name: str, version: str) -> None:
    """Remove a connector; one that isn't there is fine. Raises `ConnectorInUse`."""
    connector(name), checked_version(version)

    def refuse() -> None:
        raise ConnectorInUse(f"{connector(name).title} {version} is at work at this moment.")

    with _locked(home, name, version, fcntl.LOCK_EX, refuse):
        draft = _root(home) / ".drafts" / f"{name}-{version}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.parent.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            _folder(home, name, version).rename(draft)
        shutil.rmtree(draft, ignore_errors=True)


def _made(home: Path, draft: Path, kind: Connector, version: str, on_step: OnStep) -> Installed:
    package = f"{kind.package}=={version}"
    began = time.monotonic()
    cache = _root(home) / ".cache"
    cache.mkdir(mode=0o700, exist_ok=True)
    on_step(f"Installing {package}")
    for command in _commands(draft / "venv", package):
        _run(command, draft, cache, on_pulse=lambda: on_step(f"Installing {package}"))
    made = Installed(
        name=kind.name, version=version, entry=_entry(draft / "venv"), size_bytes=_size_bytes(draft),
        seconds=0, installed_at=utcnow().isoformat(), folder=draft,
    )  # fmt: skip
    on_step("Asking it for its settings")
    spec = Conversation(connector=made, folder=draft, on_pulse=lambda: on_step("Asking it for its settings")).spec()
    made = replace(made, spec=spec, seconds=round(time.monotonic() - began, 1))
    note(made)
    return made


def note(made: Installed) -> None:
    """Write down what an installed connector is, in its folder: from now on it counts as installed there."""
    facts = {key: value for key, value in asdict(made).items() if key != "folder"}
    (made.folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")


def _commands(venv: Path, package: str) -> Sequence[Sequence[str]]:
    """With uv where there is one, as it is ten times as fast."""
    python = str(venv / "bin" / "python")
    if uv := _uv():
        return [
            [uv, "venv", "--quiet", "--no-python-downloads", "--python", sys.executable, str(venv)],
            [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, package],
        ]
    return [
        [sys.executable, "-I", "-m", "venv", str(venv)],
        [python, "-I", "-m", "pip", "install", "--quiet", "--no-input", package],
    ]


def _uv() -> str | None:
    return str(_OUR_UV) if _OUR_UV.exists() else shutil.which("uv")


def _run(command: Sequence[str], draft: Path, cache: Path, *, on_pulse: Callable[[], None]) -> None:
    started = Path(command[0])
    tools = [started.parent, started.resolve().parent, Path(sys.prefix)]
    reach = bounds.of_installer(draft, cache, tools)
    with ConnectorProcess(command, folder=draft, bounds=reach, limits=LIMITS) as process:
        for _ in process.lines(on_pulse):
            pass
        if process.exit_code:
            said = _USER_IN_ADDRESS.sub("//•••@", process.last_words)[-500:]
            raise ConnectorInstallFailed(f"{command[-1]} couldn't be installed: {' '.join(said.split())}")


def _entry(venv: Path) -> str:
    """What the package's own script starts, as `module:function`."""
    for file in venv.glob("lib/python*/site-packages/airbyte_source_*.dist-info/entry_points.txt"):
        parser = ConfigParser(delimiters=("=",))
        parser.read_string(file.read_text(encoding="utf-8"))
        for script, entry in parser.items("console_scripts") if parser.has_section("console_scripts") else ():
            if script.startswith("source-"):
                return entry.strip()
    raise ConnectorInstallFailed("The package has nothing to start.", hint="Choose another version.")


def _size_bytes(folder: Path) -> int:
    return sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir())


def _read(facts: Path) -> Installed:
    return Installed(**json.loads(facts.read_text(encoding="utf-8")), folder=facts.parent)


def _root(home: Path) -> Path:
    root = home / "connectors"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root


def _folder(home: Path, name: str, version: str) -> Path:
    return _root(home) / connector(name).name / checked_version(version)


@contextlib.contextmanager
def _locked(home: Path, name: str, version: str, kind: int, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of one version; `on_wait` is called as long as others hold it, and may raise."""
    locks = _root(home) / ".locks"
    locks.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(locks / f"{connector(name).name}-{checked_version(version)}", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                on_wait()
                time.sleep(POLL_S)
        yield
    finally:
        os.close(descriptor)


def _forget_drafts(home: Path) -> None:
    """Remove what killed installations left."""
    for draft in (_root(home) / ".drafts").glob("*"):
        lock = _root(home) / ".locks" / draft.name
        with contextlib.suppress(OSError), lock.open("r+") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(draft, ignore_errors=True)
