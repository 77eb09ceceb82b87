"""The rows of one stream on their way: a file that grows, and a checkpoint beside it.

The checkpoint says up to which byte the file holds the rows before a state. Whoever goes on after a crash cuts the file
there and asks the connector to go on from that state; so no row is lost, and none is there twice.
"""

import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

import msgspec

KEPT_EVERY_S = 1.0
BUFFER_BYTES = 1 << 20
LARGEST_ROW_BYTES = 15 << 20
"""DuckDB's reader gets one more megabyte for a line."""
RAW_CHARS = 2000


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """How far a stream was read: its rows and bytes before `state`, which is as the protocol's state file has it."""

    state: Any = None
    bytes: int = 0
    rows: int = 0
    is_done: bool = False


class RecordFile:
    """The rows of one stream in a run's folder; open while the context is."""

    def __init__(self, folder: Path, stream: str) -> None:
        name = hashlib.sha256(stream.encode()).hexdigest()[:16]
        self.path = folder / f"rows-{name}.jsonl"
        self._marks = folder / f"rows-{name}.checkpoint"
        self.checkpoint = self._read()
        self._newest = self.checkpoint
        self._kept_at = 0.0
        self._file: BinaryIO | None = None
        self._pending: list[bytes] = []
        self.rows = self.bytes = 0

    def __enter__(self) -> Self:
        self._file = self.path.open("ab")
        self.go_back()
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def add(self, data: msgspec.Raw) -> None:
        """One row, as the connector wrote it."""
        text = bytes(data)
        reason = _unreadable(text)
        if reason:
            self._add(
                msgspec.json.encode({"n": self.rows, "r": reason, "x": text[:RAW_CHARS].decode(errors="replace")})
            )
        else:
            self._add(b'{"n":%d,"d":%b}' % (self.rows, text))

    def keep(self, state: Any) -> None:
        """All rows so far come before this state."""
        self._flush()
        self._newest = Checkpoint(state=state, bytes=self.bytes, rows=self.rows)
        if time.monotonic() - self._kept_at >= KEPT_EVERY_S:
            self._write(self._newest)

    def finish(self, *, only_kept: bool) -> None:
        """The connector has ended: nothing is to come. `only_kept`: what came after the last state comes again."""
        self._flush()
        if only_kept:
            self.go_back()
        self._write(Checkpoint(state=self._newest.state, bytes=self.bytes, rows=self.rows, is_done=True))

    def go_back(self) -> None:
        """To the last state."""
        self._pending.clear()
        self.rows, self.bytes = self._newest.rows, self._newest.bytes
        self._opened.truncate(self.bytes)

    def begin_again(self) -> None:
        """Without any row."""
        self._newest = Checkpoint()
        self.go_back()
        self._write(self._newest)

    @property
    def since_state(self) -> int:
        """Rows since the last state."""
        return self.rows - self._newest.rows

    @property
    def state(self) -> Any:
        """The last state; None where there was none yet."""
        return self._newest.state

    @property
    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise ValueError("the file isn't open")
        return self._file

    def _add(self, line: bytes) -> None:
        self._pending.append(line)
        self.rows += 1
        self.bytes += len(line) + 1
        if len(self._pending) >= _MOST_PENDING or len(line) > BUFFER_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._pending:
            self._opened.write(b"\n".join(self._pending) + b"\n")
            self._pending.clear()
        self._opened.flush()

    def _write(self, checkpoint: Checkpoint) -> None:
        """Rows first, then what is said of them, each down to the disk."""
        os.fsync(self._opened.fileno())
        draft = self._marks.with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(checkpoint))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._marks)
        self.checkpoint = checkpoint
        self._kept_at = time.monotonic()

    def _read(self) -> Checkpoint:
        """The checkpoint, where the file has all the rows that it tells of."""
        try:
            found = Checkpoint(**json.loads(self._marks.read_bytes()))
            return found if self.path.stat().st_size >= found.bytes else Checkpoint()
        except (FileNotFoundError, ValueError, TypeError):
            return Checkpoint()


_MOST_PENDING = 1000


def _unreadable(text: bytes) -> str:
    """Why DuckDB couldn't read the row, which would fail all the others; empty: it can."""
    if len(text) > LARGEST_ROW_BYTES:
        return f"The row is larger than {LARGEST_ROW_BYTES >> 20} MB."
    if not text.startswith(b"{"):
        return "The row is no JSON object."
    try:
        if not text.isascii():
            text.decode()
        if b"\\ud" in text or b"\\uD" in text:
            json.dumps(json.loads(text), ensure_ascii=False).encode()
    except UnicodeError:
        return "The row holds half a character."
    return ""
