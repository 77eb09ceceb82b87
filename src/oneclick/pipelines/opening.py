"""The DuckDB of one update, in which a source is attached and rows are brought on their way."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from oneclick.duck import LAKE_EXTENSIONS, open_duckdb

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_BYTES = 400 << 20


@contextmanager
def opened(home: Path, extensions: Sequence[str]) -> Iterator["DuckDBPyConnection"]:
    """Open it with what lakes need and with the source's own `extensions`; raises `DuckError`."""
    wanted = tuple(dict.fromkeys((*LAKE_EXTENSIONS, *extensions)))
    with closing(open_duckdb(home=home, extensions=wanted, memory_bytes=MEMORY_BYTES)) as duck:
        # The order of rows means nothing in a table, and keeping it costs memory and time.
        duck.execute("SET preserve_insertion_order = false; SET python_enable_replacements = false")
        yield duck
