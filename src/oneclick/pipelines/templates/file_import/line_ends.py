"""Files with several kinds of line ends, which DuckDB refuses: written again with one kind."""

from pathlib import Path

from oneclick.pipelines.templates.file_import.limits import Limits
from oneclick.pipelines.templates.file_import.rejects import CHUNK_BYTES, open_source


def is_mixed(source: Path) -> bool:
    """Whether lines end in several ways, in quotes or out of them."""
    pairs = returns = feeds = 0
    last = b""
    with open_source(source) as file:
        while chunk := file.read(CHUNK_BYTES):
            pairs += chunk.count(b"\r\n") + (last == b"\r" and chunk.startswith(b"\n"))
            returns, feeds = returns + chunk.count(b"\r"), feeds + chunk.count(b"\n")
            last = chunk[-1:]
    return sum((pairs > 0, returns > pairs, feeds > pairs)) > 1


def with_one_kind(source: Path, folder: Path, limits: Limits) -> Path:
    """A copy in which every line ends with a line feed."""
    target = folder / f"even.{source.name.removesuffix('.gz')}"
    is_open = False
    with open_source(source) as file, target.open("wb") as copy:
        while chunk := file.read(CHUNK_BYTES):
            limits.check_time()
            text = chunk[1:] if is_open and chunk.startswith(b"\n") else chunk
            is_open = chunk.endswith(b"\r")
            copy.write(text.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    return target
