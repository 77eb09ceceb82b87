"""Where rows come from.

A `Source` is asked to `check`, to `discover` its streams and, in a run, to open a `Reading`. What a reading yields are
`Batch`es: each is a SELECT in the run's own DuckDB connection, over a database that the source attached there or over
files that it wrote into the run's folder. So rows are never Python's, and whoever loads needs not know the source.

A run calls, for each stream, `bound` and then `batches`. What `bound` returns is kept before anything is read, and the
position that a batch carries is kept in the same transaction as its rows, so that a run that was killed goes on without
losing or doubling any.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeAlias

from oneclick.core.secrets import SecretText
from oneclick.pipelines.contract.errors import FlowError
from oneclick.warehouses.contract.data_plane import Deletes, DuckDBConnection, LoadMode
from oneclick.warehouses.contract.descriptions import Check

Position: TypeAlias = Mapping[str, Any]
"""How far a stream was read, as JSON; only its source understands it. Empty: from the start."""

OnProgress: TypeAlias = Callable[[str, int | None], None]
"""Hears what is done in a few words, and how many rows have come so far, where that is known.

It raises what ends the run where somebody stopped it: a source that works outside of DuckDB calls it once a second.
"""


class Concern(Enum):
    """Why somebody should think before copying a column."""

    SECRET = "secret"  # noqa: S105 - a word, no secret
    PERSONAL = "personal"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a stream: `type` as DuckDB writes it, `source_type` as the source does."""

    name: str
    type: str
    source_type: str = ""
    concern: Concern | None = None


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One table's worth of rows that a source can give.

    `key` identifies a row; `cursors` are the columns that can tell what is new, the best first; `rows` is an estimate.
    With `has_own_state` the source itself knows how far it was read: there is nothing to look back for, and nothing
    tells which rows are gone.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    cursors: tuple[str, ...] = ()
    rows: int | None = None
    has_own_state: bool = False


class Mode(Enum):
    """How a stream is brought up to date."""

    FULL = "full"
    """All rows replace those of before."""
    DELTA = "delta"
    """Rows that are new or changed since are merged by the key."""
    APPEND = "append"
    """Rows that are new since are added."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is wanted of one stream. `look_back` is in seconds, or in the cursor's own unit where that is a number."""

    stream: str
    table: str
    mode: Mode = Mode.FULL
    key: tuple[str, ...] = ()
    cursor: str = ""
    look_back: int = 0
    deletes: Deletes = Deletes.KEEP
    columns: tuple[str, ...] = ()
    """Those to bring; empty: all that there are when a run begins."""
    left_out: tuple[str, ...] = ()
    hashed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows for one table; `suffix` makes a child's name from the stream's table.

    `position` is how far the stream was read once they are in. `present_keys` selects the key of every row that the
    source still has. `replaced_keys` selects values of `key` whose rows give way to these (with `LoadMode.APPEND`).
    `rejects` selects those rows that don't fit, as `reason` and `raw`.
    """

    select: str
    mode: LoadMode
    position: Position = field(default_factory=dict)
    key: tuple[str, ...] = ()
    newest_first: str = ""
    present_keys: str = ""
    replaced_keys: str = ""
    rejects: str = ""
    suffix: str = ""


class Reading(ABC):
    """A source that was opened for one run."""

    def bound(self, wanted: Wanted, position: Position) -> Position:
        """How far this run is to read, fixed before it does; raises `SourceError`."""
        return {}

    def columns(self, wanted: Wanted) -> Sequence[Column]:
        """Those that the stream has now and that are wanted; none where only reading it tells."""
        return ()

    @abstractmethod
    def batches(self, wanted: Wanted, position: Position, bound: Position) -> Sequence[Batch]:
        """What is new since `position`: first the stream's own rows, then those of child tables."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a source shows before anything is kept: first rows as texts, and what was found out about it, in words."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    found: Mapping[str, str] = field(default_factory=dict)


class Source(ABC):
    """One place to bring rows from, as a flow's settings describe it."""

    duckdb_extensions: tuple[str, ...] = ()

    @abstractmethod
    def check(self) -> Sequence[Check]:
        """What must be so for rows to come, and whether it is. Changes nothing at the source."""

    @abstractmethod
    def discover(self) -> Sequence[Stream]:
        """What there is; raises `SourceError`."""

    @abstractmethod
    def reading(self, duck: DuckDBConnection, folder: Path, on_progress: OnProgress) -> AbstractContextManager[Reading]:
        """Open it for one run; raises `SourceError`.

        `folder` is the run's own and is still there at its next attempt. `duck` is open until the rows are loaded;
        the extensions that `duckdb_extensions` names are loaded in it.
        """

    def preview(self) -> Preview | None:
        """A look at what it gives, for sources where that tells more than names; raises `SourceError`."""
        return None

    def explain(self, error: BaseException) -> FlowError | None:
        """What the source has to say of an error that came up while its rows were loaded; None: nothing."""
        return None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a source is made from: a flow's answers, its secrets, and the installation's home folder.

    `tenant` is the organisation's id: files of a source lie in a folder of that name, where there are any.
    """

    config: Mapping[str, str]
    secrets: Mapping[str, SecretText]
    home: Path
    tenant: str = ""
