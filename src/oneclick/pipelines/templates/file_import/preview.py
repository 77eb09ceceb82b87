"""What would be loaded, before anything is: columns with their types, the first rows, and how many don't fit."""

from dataclasses import dataclass

from oneclick.duck.quoting import identifier
from oneclick.pipelines.templates.file_import import json_lines
from oneclick.pipelines.templates.file_import.detect import FileFacts
from oneclick.pipelines.templates.file_import.looking import Looked
from oneclick.pipelines.templates.file_import.rejects import count_csv_rejects
from oneclick.pipelines.templates.file_import.styles import FIND_OUT, Styles
from oneclick.pipelines.templates.file_import.work import Work

SAMPLE_ROWS = 20
MAX_TEXT = 200


@dataclass(frozen=True, kw_only=True)
class PreviewColumn:
    """A column. `is_ambiguous`: it stays text because its values could be read in two ways."""

    name: str
    type: str
    is_ambiguous: bool = False
    misfits: int = 0


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What was found. `sample` are the first rows that fit, as texts; `rejected` rows would be set aside."""

    format: str
    columns: tuple[PreviewColumn, ...]
    sample: tuple[tuple[str | None, ...], ...]
    rows: int
    rejected: int
    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    has_header: bool | None = None
    styles: Styles = FIND_OUT
    sheet: str = ""
    sheets: tuple[str, ...] = ()


def preview(work: Work, looked: Looked, facts: FileFacts) -> Preview:
    """Read the rows as they would be loaded, and keep the first ones."""
    with work.stage("Counting the rows that fit"):
        # Only a result that was taken to its end has its rejects noted, and only columns that are read have any.
        ((rows, *_),) = work.duck.execute(f"SELECT count(*), count(COLUMNS(*)) FROM ({looked.select})").fetchall()
        rejected = _rejected(work, looked, rows)
        work.duck.execute("SET preserve_insertion_order = true")
        first = work.duck.sql(f"SELECT * FROM ({looked.select}) LIMIT {SAMPLE_ROWS}")
        columns = list(zip(first.columns, map(str, first.types), strict=True))
        texts = ", ".join(f"CAST({identifier(name)} AS VARCHAR)[:{MAX_TEXT}]" for name, _ in columns)
        sample = work.duck.execute(f"SELECT {texts} FROM ({looked.select}) LIMIT {SAMPLE_ROWS}").fetchall()
    verdicts = looked.judged.verdicts if looked.judged else [None] * len(columns)
    return Preview(
        format=facts.ending,
        columns=tuple(
            PreviewColumn(
                name=name,
                type=kind,
                is_ambiguous=bool(verdict and verdict.is_ambiguous),
                misfits=verdict.misfits if verdict else 0,
            )
            for (name, kind), verdict in zip(columns, verdicts, strict=True)
        ),
        sample=tuple(sample),
        rows=rows,
        rejected=rejected,
        encoding=facts.encoding,
        delimiter=looked.written.delimiter if looked.written else "",
        quote=looked.written.quote if looked.written else "",
        has_header=_has_header(looked),
        styles=looked.styles,
        sheet=looked.sheet.name if looked.sheet else "",
        sheets=looked.sheet.names if looked.sheet else (),
    )


def _has_header(looked: Looked) -> bool | None:
    if looked.written:
        return looked.written.has_header
    return looked.sheet.header_line is not None if looked.sheet else None


def _rejected(work: Work, looked: Looked, rows: int) -> int:
    if looked.objects:
        return json_lines.count_rejects(work.duck, looked.objects)
    if looked.lacking_key:
        row = work.duck.execute(f"SELECT count(*) FROM {looked.lacking_key}").fetchone()
        return int(row[0]) if row else 0
    ill_typed = looked.rows - rows if looked.judged and looked.judged.tolerant else 0
    return ill_typed + count_csv_rejects(work.duck)
