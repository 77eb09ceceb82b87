"""What an adapter can do, and the numbers that bound it. All of it is stated; the suite checks the statements."""

from dataclasses import dataclass
from enum import Enum


class Capability(Enum):
    """Something that not every warehouse can do.

    The value is the sentence that the documentation and the comparison on the screen use.
    """

    ROTATE_CREDENTIALS = "A login is replaced while the old one goes on working until the new one is proved."
    READ_ONLY_ACCESS = "A second login that can read everything and change nothing."
    SPEND_CAP = "The provider itself stops the spending at the cap."
    RESIZE = "The size of a running warehouse can be changed."
    CANCEL_QUERY = "A running query can be stopped."
    MERGE = "A load updates rows by key, and follows those that its source no longer has."
    EXACTLY_ONCE_LOAD = "The data of a load and the note that it happened become visible together."
    DUCKDB_ATTACH = "DuckDB can write to it straight."
    DROP_DETECTION = "A change made behind our back is seen by `status()`."


class Support(Enum):
    """How far a capability goes."""

    NATIVE = "native"
    EMULATED = "emulated"
    NOT_YET = "not yet"
    IMPOSSIBLE = "impossible"

    @property
    def is_usable(self) -> bool:
        """Whether a caller may rely on it."""
        return self in (Support.NATIVE, Support.EMULATED)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Numbers of a provider. Lengths count characters."""

    name_max_length: int = 63
    name_pattern: str = r"[a-z][a-z0-9_-]*"
    reserved_names: frozenset[str] = frozenset()
    sizes: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    min_spend_cap: int = 0
