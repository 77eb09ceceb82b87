"""The data plane: reading from and loading into a warehouse without knowing its vendor."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from oneclick.core.secrets import SecretText
from oneclick.warehouses.contract.errors import NotSupported
from oneclick.warehouses.contract.instance import Instance, Login


@dataclass(frozen=True, kw_only=True)
class Access:
    """One login of one warehouse, with its secret."""

    instance: Instance
    login: Login
    secret: SecretText
    correlation_id: str = ""


@dataclass(frozen=True, kw_only=True)
class SessionLimits:
    """Bounds of one data session. `memory_bytes` and `threads` matter where the query runs on our side."""

    timeout_s: float = 60.0
    memory_bytes: int = 1 << 30
    threads: int = 2


@dataclass(frozen=True, kw_only=True, order=True)
class TableName:
    """A table inside a warehouse."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, kw_only=True)
class TableInfo:
    """A table and its size. `rows` is exact or None; `columns` are (name, type in the warehouse's spelling)."""

    table: TableName
    rows: int | None = None
    size_bytes: int | None = None
    columns: tuple[tuple[str, str], ...] = ()


class LoadMode(Enum):
    """What happens to the rows that are there already."""

    REPLACE = "replace"
    APPEND = "append"
    MERGE = "merge"


class Deletes(Enum):
    """What happens to rows whose key is gone at the source."""

    KEEP = "keep"
    MARK = "mark"
    REMOVE = "remove"


DELETED_AT = "_deleted_at"
"""The column that `Deletes.MARK` fills, TIMESTAMP WITH TIME ZONE; NULL for rows that exist."""


@dataclass(frozen=True, kw_only=True)
class BulkLoad:
    """Columnar files for one table, loaded all or not at all.

    `files` are Parquet files of one schema. `load_id` names this load for ever: loading it again does nothing.
    `fence` is the number of the lease under which it runs: a smaller one than the table has seen is refused with
    `Conflict`. `key` are the columns that identify a row, for `LoadMode.MERGE`. `note` is kept beside `load_id`, in the
    same transaction, for whoever asks for this load again.

    `present_keys` and `replaced_keys` are what `QueryLoad` calls so, as Parquet files that hold the columns of `key`;
    `deletes` and `most_deleted` are as there. A row without a key is never gone. A provider that can merge can do both.
    """

    files: Sequence[Path]
    table: TableName
    load_id: str
    fence: int
    mode: LoadMode = LoadMode.APPEND
    key: tuple[str, ...] = ()
    present_keys: Sequence[Path] = ()
    replaced_keys: Sequence[Path] = ()
    deletes: Deletes = Deletes.KEEP
    most_deleted: int | None = None
    note: str = ""

    @property
    def every_file(self) -> Sequence[Path]:
        """All that must be read."""
        return (*self.files, *self.present_keys, *self.replaced_keys)


@dataclass(frozen=True, kw_only=True)
class QueryLoad:
    """The rows of a SELECT in a DuckDB connection, for one table; otherwise like `BulkLoad`.

    Of several rows with one key, `newest_first` (an ORDER BY) says which wins. `present_keys` selects the key of every
    row that the source still has; `deletes` says what happens to the others. With fewer rows than `least_rows`, or
    more deletes than `most_deleted`, the load is refused with `TooFewRows`, and nothing is changed.

    `replaced_keys` selects values of `key` whose rows go before new ones are added (`LoadMode.APPEND`): all rows of
    one key give way together, however many there are of it.
    """

    select: str
    table: TableName
    load_id: str
    fence: int
    mode: LoadMode = LoadMode.APPEND
    key: tuple[str, ...] = ()
    newest_first: str = ""
    present_keys: str = ""
    replaced_keys: str = ""
    deletes: Deletes = Deletes.KEEP
    least_rows: int = 0
    most_deleted: int | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class LoadResult:
    """What a load did. `is_repeat`: this `load_id` was in already, and nothing was done.

    `deleted` rows were marked or removed; `changes` are the columns that the table was given, in words; `note` is the
    one of the load that is in, which was written in the same transaction. `written_bytes` is the size of the files that
    came in, 0 for rows that a lake keeps in its catalog, and None where nobody knows.
    """

    rows: int
    deleted: int = 0
    changes: tuple[str, ...] = ()
    note: str = ""
    table_rows: int | None = None
    written_bytes: int | None = None
    is_repeat: bool = False


class ArrowStream(Protocol):
    """Rows as record batches, handed over by the Arrow C stream interface
    (https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html).
    """

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


@dataclass(frozen=True, kw_only=True)
class DuckDBAttachment:
    """Statements that make the warehouse visible in a DuckDB connection under the name `catalog`.

    `statements` may contain secrets: run them, never log them.
    """

    catalog: str
    statements: tuple[SecretText, ...]
    extensions: tuple[str, ...] = field(default=())


class DuckDBConnection(Protocol):
    """What we need of a `duckdb.DuckDBPyConnection`, as the contract knows no driver."""

    def execute(self, query: str, parameters: Any = None, /) -> Any:
        """Run one statement."""


class DataSession(ABC):
    """One connection with one login. Not shared between threads, but for `cancel()`."""

    @abstractmethod
    def query(self, sql: str, parameters: Sequence[object] = ()) -> ArrowStream:
        """Run one statement and hand out its rows as they come.

        Parameters stand in the text as $1, $2 and so on. Afterwards, or after an error, the next statement can run:
        rows that nobody has taken are given up.
        """

    @abstractmethod
    def cancel(self) -> None:
        """Stop what runs, from another thread; the running call raises."""

    @abstractmethod
    def close(self) -> None:
        """Give the connection back; twice is fine."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class DataPlane(ABC):
    """What a login can do with data."""

    @abstractmethod
    def connect(self, limits: SessionLimits = SessionLimits()) -> DataSession:
        """Open a session; raises `InvalidCredentials` or `Unavailable`."""

    @abstractmethod
    def bulk_load(self, load: BulkLoad) -> LoadResult:
        """Load files into one table, exactly once."""

    @abstractmethod
    def list_tables(self) -> Sequence[TableInfo]:
        """Every table that this login sees, but for our own book-keeping."""

    def maintain(self, *, now: datetime, longest_run: timedelta) -> Mapping[str, int]:
        """Do what the warehouse needs from time to time, beside loads and queries; returns numbers for the log.

        `longest_run` is how long a load or query may take at most. Where the provider tidies up by itself, there is
        nothing to do.
        """
        return {}

    def duckdb_attach(self) -> DuckDBAttachment:
        """How DuckDB reaches the warehouse straight; `NotSupported` where it can't."""
        raise NotSupported("DuckDB can't write to this kind of warehouse straight.")

    def load_queries(
        self,
        connection: DuckDBConnection,
        loads: Sequence[QueryLoad],
        *,
        folders: Sequence[Path] = (),
        on_begin: Callable[[QueryLoad], None] = lambda load: None,
    ) -> Sequence[LoadResult]:
        """Load from what else is attached to a DuckDB connection: all tables in one transaction, each exactly once.

        Goes with `duckdb_attach`. What is read is seen as it was at one moment, if the sources can. The connection
        may read `folders`, and is of no other use afterwards. `on_begin` hears which load is begun.
        """
        raise NotSupported("DuckDB can't write to this kind of warehouse straight.")
