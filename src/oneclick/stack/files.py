"""Small files that must survive a crash whole, and the last words of a log."""

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

TAIL_BYTES = 8192


def write_private(path: Path, text: str) -> None:
    """Replace the file in one step, readable by its owner alone; its folder is made where it is missing."""
    with _private_draft(path, text) as draft:
        draft.replace(path)


def write_private_once(path: Path, text: str) -> None:
    """The same where there is no such file yet; of several at once the first one's text stays."""
    with _private_draft(path, text) as draft, contextlib.suppress(FileExistsError):
        os.link(draft, path)


@contextlib.contextmanager
def _private_draft(path: Path, text: str) -> Iterator[Path]:
    """The text on disk beside the file, gone afterwards."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def last_words(path: Path) -> str:
    """The last line of a log that says anything; of a line in JSON what it tells, of an exception what it was."""
    lines = [line.strip() for line in last_lines(path, 20) if line.strip()]
    if not lines:
        return "it said nothing"
    try:
        event = json.loads(lines[-1])
    except ValueError:
        return lines[-1]
    if not isinstance(event, dict):
        return lines[-1]
    return str(event.get("exception") or event.get("event") or lines[-1]).strip().splitlines()[-1]


def last_lines(path: Path, count: int) -> list[str]:
    """The end of a log; empty where there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - max(TAIL_BYTES, count * 400)))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []
