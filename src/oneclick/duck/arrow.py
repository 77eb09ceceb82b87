"""Handing out DuckDB's rows as Arrow, in batches of a size that fits into memory.

Of a relation, DuckDB makes batches of a million rows: a gigabyte at a time, if a row has a kilobyte. A size can only
be given on the way through pyarrow, which weighs 150 MB and which we don't need otherwise. All that DuckDB takes from
it is one function that accepts the address of an Arrow C stream, so we put a stand-in there that hands the stream to
arro3 (https://arrow.apache.org/docs/format/CStreamInterface.html).
"""

import contextlib
import ctypes
import sys
import threading
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING

from arro3.core import RecordBatchReader

if TYPE_CHECKING:
    import duckdb

BATCH_ROWS = 50_000

_lock = threading.Lock()
_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = ctypes.py_object
_new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


def fetch_arrow(connection: "duckdb.DuckDBPyConnection", *, batch_rows: int = BATCH_ROWS) -> RecordBatchReader:
    """The rows of the SELECT that `connection` has just executed, made as they are read."""
    with _stand_in():
        reader: RecordBatchReader = connection.to_arrow_reader(batch_rows)
    return reader


class _ImportsFromC:
    """In place of `pyarrow.lib.RecordBatchReader`."""

    @staticmethod
    def _import_from_c(address: int) -> RecordBatchReader:
        capsule = _new_capsule(address, b"arrow_array_stream", None)
        return RecordBatchReader.from_arrow_pycapsule(capsule)


class _NeverMet:
    """In place of any other class of pyarrow: nothing is an instance of it."""


@contextlib.contextmanager
def _stand_in() -> Iterator[None]:
    package, library = ModuleType("pyarrow"), ModuleType("pyarrow.lib")
    vars(library)["RecordBatchReader"] = _ImportsFromC
    vars(package)["lib"] = library
    # DuckDB in another thread may look at this very moment whether an object is pyarrow's, and remember what it found.
    for module in (package, library):
        vars(module)["__getattr__"] = lambda name: _NeverMet
    names = {"pyarrow": package, "pyarrow.lib": library}
    with _lock:
        hidden = {name: sys.modules.pop(name) for name in names if name in sys.modules}
        sys.modules.update(names)
        try:
            yield
        finally:
            for name in names:
                del sys.modules[name]
            sys.modules.update(hidden)
