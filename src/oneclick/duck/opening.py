"""Opening a DuckDB connection that keeps to our rules: our extensions, our folder, our limits."""

import contextlib
import functools
import os
import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from oneclick.duck.errors import DuckError
from oneclick.duck.extensions import extension_folder, link_extensions

if TYPE_CHECKING:
    import duckdb

LAKE_EXTENSIONS = ("ducklake", "httpfs", "postgres_scanner")
"""What a lake needs. httpfs brings the cipher that writes encrypted files."""

SPILL_FOLDER = "duckdb-spill"
SPILL_LIMIT = "16GB"
_DAY_S = 86_400


def open_duckdb(
    *,
    home: Path,
    extensions: Sequence[str] = LAKE_EXTENSIONS,
    memory_bytes: int | None = None,
    threads: int | None = None,
    database: str = ":memory:",
) -> "duckdb.DuckDBPyConnection":
    """Open DuckDB with these extensions loaded, in UTC, without reach into the home folder of whoever runs us.

    Nothing is downloaded, and nothing is loaded later on. Memory is `memory_bytes` at most; what doesn't fit
    spills into a folder of the connection's own. Raises `DuckError`.
    """
    import duckdb

    is_verified = link_extensions(home, extensions)
    config: dict[str, str | bool | int | float | list[str]] = {
        "extension_directory": str(extension_folder(home)),
        "secret_directory": str(extension_folder(home) / "secrets"),
        "allow_persistent_secrets": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_unsigned_extensions": is_verified,
        "allow_community_extensions": False,
        "temp_directory": str(_spill_folder(home)),
        "max_temp_directory_size": SPILL_LIMIT,
    }
    if memory_bytes is not None:
        config["memory_limit"] = f"{max(memory_bytes >> 10, 1)}KiB"
    if threads is not None:
        config["threads"] = threads
    try:
        connection = duckdb.connect(database, config=config)
        for name in extensions:
            connection.execute(f'LOAD "{name}"')
        # The bar would be drawn on the standard output of whatever command waits for the query.
        connection.execute(
            "SET allow_unsigned_extensions = false; SET TimeZone = 'UTC'; SET enable_progress_bar = false"
        )
    except duckdb.Error as exc:
        raise DuckError(f"DuckDB can't be opened: {exc}") from exc
    return connection


def prepare(home: Path, extensions: Sequence[str] = LAKE_EXTENSIONS) -> None:
    """Make what `open_duckdb` needs in the home folder, before rights to write there are given up."""
    link_extensions(home, extensions)
    _spill_root(home)


def remove_spill(home: Path, pid: int) -> None:
    """Remove what that process spilled, for who started it and has seen it end."""
    for folder in (home / SPILL_FOLDER).glob(f"{pid}-*"):
        if not _is_alive(folder.name):  # its id may belong to another one by now
            shutil.rmtree(folder, ignore_errors=True)


def _spill_folder(home: Path) -> Path:
    """A folder for this connection alone: two that share one overwrite each other's files. DuckDB makes it."""
    return _spill_root(home) / f"{os.getpid()}-{secrets.token_hex(4)}"


def _spill_root(home: Path) -> Path:
    root = home / SPILL_FOLDER
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(root)
    return root


@functools.cache
def _sweep(root: Path) -> None:
    """Remove what killed processes left behind, once per process. A day's grace, as their ids may be reused."""
    for folder in root.iterdir():
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _DAY_S and not _is_alive(folder.name):
                shutil.rmtree(folder, ignore_errors=True)


def _is_alive(name: str) -> bool:
    with contextlib.suppress(ProcessLookupError, ValueError):
        os.kill(int(name.split("-", 1)[0]), 0)
        return True
    return False
