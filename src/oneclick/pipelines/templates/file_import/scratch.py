"""Folders for what lies between file and warehouse: private, and gone afterwards, also after a crash.

Whoever uses a folder holds a lock in it; a folder whose lock is free belongs to a process that died. A lock over all of
them is held while one is made and locked, so that nobody takes it for such a folder in between.
"""

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from oneclick.core.ids import new_id
from oneclick.pipelines.templates.file_import.errors import ScratchUnavailable

LOCK = ".lock"


@contextlib.contextmanager
def scratch_folder(home: Path) -> Iterator[Path]:
    """A fresh folder with mode 0700; raises `ScratchUnavailable`."""
    root = home / "scratch"
    with translated_disk_errors():
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(root):
            sweep(root)
            folder = root / new_id().hex
            folder.mkdir(mode=0o700)
            lock = (folder / LOCK).open("w")
            fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sweep(root: Path) -> None:
    """Remove what killed processes left."""
    for folder in root.iterdir():
        with contextlib.suppress(OSError), (folder / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def translated_disk_errors() -> Iterator[None]:
    """Raise `ScratchUnavailable` for a disk that is full or read-only."""
    try:
        yield
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise ScratchUnavailable from exc
        if exc.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise ScratchUnavailable(
                f"The folder {exc.filename} can't be written: {exc.strerror}.", hint="Check its owner and permissions."
            ) from exc
        raise
