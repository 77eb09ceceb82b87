"""Log files of services: written in turn, of bounded size, and followed across their turns."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

MAX_BYTES = 8 << 20
KEPT = 3
POLL_S = 0.2


class RotatingLog:
    """A file that is put aside when it is full; the last few that were put aside are kept."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)

    def write(self, text: bytes) -> None:
        """Append. A disk that is full loses lines, never the service that writes them."""
        with self._lock:
            try:
                self._append(text)
            except OSError:
                return

    def _append(self, text: bytes) -> None:
        if self.path.exists() and self.path.stat().st_size + len(text) > self._max_bytes:
            _shift(self.path)
            self.path.rename(_aside(self.path, 1))
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)


def rotate_in_place(path: Path, *, max_bytes: int = MAX_BYTES) -> None:
    """Put a log aside whose writer keeps it open: copy and empty it. The writer must append."""
    try:
        if path.stat().st_size <= max_bytes:
            return
        _shift(path)
        shutil.copyfile(path, _aside(path, 1))
        os.truncate(path, 0)
    except OSError:
        return


def follow(logs: Mapping[str, Path], until: Callable[[], bool]) -> Iterator[tuple[str, str]]:
    """New lines of each log as (name, line), from this call on, until the function says so."""
    return _follow({name: _Cursor(path) for name, path in logs.items()}, until)


def _follow(cursors: Mapping[str, "_Cursor"], until: Callable[[], bool]) -> Iterator[tuple[str, str]]:
    while True:
        is_over = until()
        for name, cursor in cursors.items():
            for line in cursor.new_lines():
                yield name, line
        if is_over:
            return
        time.sleep(POLL_S)


class _Cursor:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._rest = b""
        self._file, self._at = self._end()

    def _end(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_ino, found.st_size

    def new_lines(self) -> list[str]:
        file, size = self._end()
        if file != self._file or size < self._at:
            self._file, self._at = file, 0
        if size == self._at:
            return []
        try:
            with self._path.open("rb") as opened:
                opened.seek(self._at)
                text = opened.read()
        except FileNotFoundError:
            return []
        self._at += len(text)
        *lines, self._rest = (self._rest + text).split(b"\n")
        return [line.decode(errors="replace") for line in lines]


def _aside(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def _shift(path: Path) -> None:
    for number in range(KEPT - 1, 0, -1):
        if _aside(path, number).exists():
            _aside(path, number).rename(_aside(path, number + 1))
