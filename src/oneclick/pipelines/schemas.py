"""What the REST API and `--json` say about loads."""

from typing import TYPE_CHECKING, Annotated, Literal

from ninja import Schema
from pydantic import Field

from oneclick.web.rest import Input

if TYPE_CHECKING:
    from oneclick.pipelines.templates.file_import.preview import Preview
    from oneclick.pipelines.templates.file_import.services import LoadReport


class ReadRequest(Input):
    """What is known about how a file is written; empty means: find out."""

    key: Annotated[list[str], Field(default_factory=list, description="The columns that identify a row, to merge by.")]
    delimiter: Annotated[str, Field(description="What stands between values.", max_length=1)] = ""
    has_header: Annotated[bool | None, Field(description="Whether the first line holds names.")] = None
    encoding: Annotated[str, Field(description="Such as utf-8, cp1252, utf-16.")] = ""
    sheet: Annotated[str, Field(description="A spreadsheet's sheet; empty: the first with cells.")] = ""
    decimal: Annotated[
        Literal["", "point", "comma"], Field(description="Numbers as in 1,234.50 (point) or 1.234,50 (comma).")
    ] = ""
    dates: Annotated[
        Literal["", "day-first", "month-first"], Field(description="Dates as in 31/12/2026 or 12/31/2026.")
    ] = ""
    types: Annotated[
        list[str],
        Field(default_factory=list, description="Types of columns, each as in amount=DOUBLE; others are inferred."),
    ]


class LoadRequest(ReadRequest):
    """How a file is written and where its rows go; empty means: find out."""

    table: Annotated[str, Field(description="The table; empty: named after the file.")] = ""
    schema_name: Annotated[str, Field(alias="schema", description="The table's schema.")] = "raw"
    mode: Annotated[
        Literal["replace", "append", "merge"],
        Field(description="What happens to the rows there; merge: rows with the same key are replaced."),
    ] = "replace"


class PreviewColumnAnswer(Schema):
    """A column as it would become."""

    name: str
    type: Annotated[str, Field(description="Such as BIGINT, DOUBLE, DATE, TIMESTAMP or VARCHAR.")]
    is_ambiguous: Annotated[bool, Field(description="It stays text, as its values could be read in two ways.")]
    misfits: Annotated[int, Field(description="Values that don't fit the type.")]


class PreviewAnswer(Schema):
    """What loading a file would bring."""

    format: Annotated[str, Field(description="By the file's ending, such as .csv.")]
    columns: list[PreviewColumnAnswer]
    sample: Annotated[list[list[str | None]], Field(description="The first rows that fit, as texts.")]
    rows: int
    rejected: Annotated[int, Field(description="Rows that would be set aside.")]
    encoding: str
    delimiter: str
    quote: str
    has_header: bool | None
    decimal: Annotated[str, Field(description="How numbers are written: point or comma; empty: can't be told.")]
    dates: Annotated[str, Field(description="What comes first in dates: day-first or month-first; empty: the year.")]
    sheet: str
    sheets: list[str]

    @classmethod
    def of(cls, found: "Preview") -> "PreviewAnswer":
        """From the service's answer."""
        columns = [
            PreviewColumnAnswer(name=each.name, type=each.type, is_ambiguous=each.is_ambiguous, misfits=each.misfits)
            for each in found.columns
        ]
        return cls(
            format=found.format, columns=columns, sample=[list(row) for row in found.sample], rows=found.rows,
            rejected=found.rejected, encoding=found.encoding, delimiter=found.delimiter, quote=found.quote,
            has_header=found.has_header, decimal=found.styles.decimal or "", dates=found.styles.dates or "",
            sheet=found.sheet, sheets=list(found.sheets),
        )  # fmt: skip


class ColumnAnswer(Schema):
    """One column."""

    name: str
    type: Annotated[str, Field(description="Such as BIGINT, DOUBLE, DATE, TIMESTAMP or VARCHAR.")]


class LoadAnswer(Schema):
    """What a load did."""

    table: Annotated[str, Field(description="schema.name")]
    rows: int
    rejected: Annotated[int, Field(description="Rows that didn't fit and were set aside.")]
    rejected_table: Annotated[str | None, Field(description="Where they are, with line and reason.")]
    columns: list[ColumnAnswer]
    encoding: Annotated[str, Field(description="How the file's text was encoded; empty for Parquet and spreadsheets.")]
    sheet: Annotated[str, Field(description="The spreadsheet's sheet.")]
    decimal: Annotated[str, Field(description="How numbers are written: point or comma; empty: can't be told.")]
    dates: Annotated[str, Field(description="What comes first in dates: day-first or month-first; empty: the year.")]
    seconds: float
    load_id: str
    is_repeat: Annotated[bool, Field(description="The rows were in already: an earlier load had been cut off.")]

    @classmethod
    def of(cls, report: "LoadReport") -> "LoadAnswer":
        """From the service's report."""
        return cls(
            table=str(report.table),
            rows=report.rows,
            rejected=report.rejected,
            rejected_table=str(report.rejected_table) if report.rejected_table else None,
            columns=[
                ColumnAnswer(name=name, type=kind) for name, kind in zip(report.columns, report.types, strict=True)
            ],
            encoding=report.encoding,
            sheet=report.sheet,
            decimal=report.styles.decimal or "",
            dates=report.styles.dates or "",
            seconds=round(report.seconds, 3),
            load_id=report.load_id,
            is_repeat=report.is_repeat,
        )
