"""What somebody says about an uploaded file: how it is read, and where its rows go."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from oneclick.pipelines.templates.file_import import styles
from oneclick.pipelines.templates.file_import.services import DEFAULT_SCHEMA
from oneclick.pipelines.templates.file_import.work import Options
from oneclick.warehouses.contract.data_plane import LoadMode


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Empty means: find out. `types` are names of types by column; `key` counts for merging alone."""

    table: str = ""
    schema: str = DEFAULT_SCHEMA
    mode: str = LoadMode.REPLACE.value
    key: tuple[str, ...] = ()
    delimiter: str = ""
    has_header: bool | None = None
    encoding: str = ""
    sheet: str = ""
    decimal: str = ""
    dates: str = ""
    types: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def kept(cls, noted: Mapping[str, Any]) -> "Answers":
        """As they were noted."""
        return cls(**{**noted, "key": tuple(noted.get("key", ()))})

    def noted(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    def reads_other_columns_than(self, other: "Answers") -> bool:
        """Whether the file has other columns, read like this."""
        return (self.delimiter, self.has_header, self.encoding, self.sheet) != (
            other.delimiter, other.has_header, other.encoding, other.sheet,
        )  # fmt: skip

    def reads_otherwise_than(self, other: "Answers") -> bool:
        """Whether the rows look otherwise, read like this."""
        return replace(self, **_PLACE) != replace(other, **_PLACE)

    @property
    def without_columns(self) -> "Answers":
        """The same for other columns, of which nobody has said anything yet."""
        return replace(self, types={}, key=())

    def options(self) -> Options:
        """For reading the file; raises `BadImportOption`."""
        return Options(
            delimiter=self.delimiter,
            has_header=self.has_header,
            encoding=self.encoding,
            sheet=self.sheet,
            styles=styles.said(decimal=self.decimal, dates=self.dates),
            types=self.types,
            key=self.key if self.mode == LoadMode.MERGE.value else (),
        )

    def options_to_look(self) -> Options:
        """The same without the key: its columns are chosen when the file was looked at."""
        return replace(self.options(), key=())


_PLACE: Mapping[str, Any] = {"table": "", "schema": "", "mode": "", "key": ()}
