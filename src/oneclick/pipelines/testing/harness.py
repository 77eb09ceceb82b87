"""What the suite asks of you: your template, the settings of a source with rows, and hands that reach around it."""

from abc import ABC, abstractmethod

from oneclick.pipelines.contract.sources import Settings
from oneclick.pipelines.contract.templates import Template


class SourceHarness(ABC):
    """A source that holds ten rows or more in the stream `stream`, and goes on living.

    What changes the source goes there by a way of its own, not by the code under test.
    """

    stream: str
    """The name of a stream with a key of one column, and with something that tells what is new."""

    key: str
    """That column."""

    @property
    @abstractmethod
    def template(self) -> Template:
        """The template under test."""

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """A source that works, with no more rights than the template's steps give."""

    @abstractmethod
    def keys(self) -> frozenset[str]:
        """The key of each row that is there, as DuckDB writes it as VARCHAR."""

    @abstractmethod
    def add(self, rows: int) -> None:
        """Put that many new rows there, as its application would."""

    @abstractmethod
    def change(self) -> str | None:
        """Change a row that has been there long, as its application would, and return its key; None: rows never
        change there.
        """

    @property
    def refused(self) -> Settings | None:
        """The same with a wrong secret; None for a source that has none."""
        return None

    @property
    def unreachable(self) -> Settings | None:
        """The same at an address where nobody answers; None where there is no such thing."""
        return None
