"""The files of DuckDB's extensions: found in their wheels, held against the hashes that we ship, and linked.

DuckDB checks a signature at each load, which takes half a second for the three that a lake needs. We compare the
whole file with the hash in `extensions.lock.json` instead, once for each state of the file: the stamp beside the
links holds what identifies that state (inode, size, times of change), so that the next process needn't read 100 MB.
"""

import functools
import hashlib
import json
import secrets
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from oneclick.duck.errors import DuckError, ExtensionMissing, ExtensionTampered

LOCK_FILE = Path(__file__).with_name("extensions.lock.json")


def link_extensions(home: Path, names: Iterable[str]) -> bool:
    """Link the files of `names` to where DuckDB looks for them: `extension_folder(home)`.

    Returns whether every file was compared with its published hash; where we ship no hash (another platform or
    extension), DuckDB has to check the signatures. Raises `ExtensionMissing` or `ExtensionTampered`.
    """
    version, platform = duckdb_build()
    hashes = published_hashes(version, platform)
    folder = extension_folder(home) / f"v{version}" / platform
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamps = _Stamps(folder / "verified.json")
    sources = {name: extension_file(name) for name in names}
    for name, source in sources.items():
        if name in hashes:
            _verify(name, source, hashes[name], stamps)
        _link(source, folder / source.name)
    stamps.save()
    return all(name in hashes for name in sources)


def extension_folder(home: Path) -> Path:
    """DuckDB's `extension_directory`."""
    return home / "duckdb-extensions"


def extension_file(name: str) -> Path:
    """The extension's file inside its wheel; raises `ExtensionMissing`."""
    version, _ = duckdb_build()
    spec = find_spec(f"duckdb_extension_{name}")
    for package in (spec.submodule_search_locations or []) if spec else []:
        file = Path(package) / "extensions" / f"v{version}" / f"{name}.duckdb_extension"
        if file.exists():
            return file
    wheel = f"duckdb-extension-{name.replace('_', '-')}=={version}"
    raise ExtensionMissing(
        f"DuckDB {version} needs the extension {name}, which isn't installed.", hint=f"Install {wheel}."
    )


@functools.cache
def duckdb_build() -> tuple[str, str]:
    """DuckDB's version and platform, as in ("1.5.5", "linux_amd64")."""
    import duckdb

    row = duckdb.connect().execute("PRAGMA platform").fetchone()
    if row is None:
        raise DuckError("DuckDB doesn't say which platform it was built for.")
    return duckdb.__version__, str(row[0])


@functools.cache
def published_hashes(version: str, platform: str) -> dict[str, str]:
    """The SHA-256 of each extension's file as it was published, by name; empty where we know none."""
    lock = json.loads(LOCK_FILE.read_text())
    hashes = lock["sha256"].get(platform, {}) if lock["duckdb"] == version else {}
    return {str(name): str(digest) for name, digest in hashes.items()}


class _Stamps:
    """Which states of which files were found to have which hash."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._known: dict[str, str] = json.loads(file.read_text())
        except (FileNotFoundError, ValueError):
            self._known = {}
        self._is_changed = False

    def digest(self, source: Path) -> str:
        """The file's SHA-256, read only when this state of the file is new."""
        status = source.stat()
        state = ":".join(
            map(str, (source, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
        )
        if state not in self._known:
            with source.open("rb") as file:
                self._known[state] = hashlib.file_digest(file, "sha256").hexdigest()
            self._is_changed = True
        return self._known[state]

    def save(self) -> None:
        if self._is_changed:
            draft = self._file.with_suffix(f".{secrets.token_hex(8)}")
            draft.write_text(json.dumps(self._known, indent=2))
            draft.replace(self._file)


def _verify(name: str, source: Path, published: str, stamps: _Stamps) -> None:
    if stamps.digest(source) != published:
        raise ExtensionTampered(
            f"The DuckDB extension {name} isn't the file that was published, so it isn't loaded: {source}",
            hint=f"Install duckdb-extension-{name.replace('_', '-')} again, and find out who changed the file.",
        )


def _link(source: Path, link: Path) -> None:
    if link.is_symlink() and link.readlink() == source:
        return
    draft = link.with_suffix(f".{secrets.token_hex(8)}")
    draft.symlink_to(source)
    draft.replace(link)
