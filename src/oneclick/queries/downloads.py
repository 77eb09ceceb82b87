"""The files that a result can be had as: over REST by the header `Accept`, on pages by a button."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from oneclick.queries import outputs
from oneclick.queries.excel import MAX_ROWS as MAX_EXCEL_ROWS
from oneclick.queries.excel import write_excel
from oneclick.queries.services import QueryResult

MAX_ROWS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """One kind of file. `label` is for people, `ending` has no dot; `write` None: its lines stream."""

    ending: str
    label: str
    media_type: str
    write: Callable[[QueryResult, IO[bytes]], None] | None
    max_rows: int = MAX_ROWS

    def answer(self, result: QueryResult) -> HttpResponseBase:
        """The rows as the body of an answer."""
        if self.write is None:
            return StreamingHttpResponse(outputs.csv_lines(result), content_type=f"{self.media_type}; charset=utf-8")
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
        try:
            self.write(result, file)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return FileResponse(file, content_type=self.media_type)


CSV = FileFormat(ending="csv", label="CSV", media_type="text/csv", write=None)
EXCEL = FileFormat(
    ending="xlsx",
    label="Excel",
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    write=write_excel,
    max_rows=MAX_EXCEL_ROWS,
)
PARQUET = FileFormat(
    ending="parquet", label="Parquet", media_type="application/vnd.apache.parquet", write=outputs.write_parquet
)
ARROW = FileFormat(
    ending="arrow", label="Arrow", media_type="application/vnd.apache.arrow.stream", write=outputs.write_arrow
)

FORMATS = (CSV, EXCEL, PARQUET, ARROW)
FOR_PEOPLE = (CSV, EXCEL, PARQUET)


def by_media_type() -> dict[str, FileFormat]:
    """Every format by what `Accept` calls it."""
    return {each.media_type: each for each in FORMATS}


def for_people(ending: str) -> FileFormat | None:
    """The format that a page offers under that ending."""
    return next((each for each in FOR_PEOPLE if each.ending == ending), None)


def with_counts(answer: HttpResponseBase, result: QueryResult) -> HttpResponseBase:
    """The answer, saying in its headers how many rows it has and whether that is all; kept nowhere."""
    answer["X-Row-Count"] = str(result.row_count)
    answer["X-Is-Truncated"] = str(result.is_truncated).lower()
    answer["Cache-Control"] = "no-store"
    return answer


def attachment(chosen: FileFormat, result: QueryResult, name: str) -> HttpResponseBase:
    """The rows as a file to keep; its name says so where there were more rows than it holds."""
    answer = with_counts(chosen.answer(result), result)
    part = f" (first {result.row_count} rows)" if result.is_truncated else ""
    answer["Content-Disposition"] = content_disposition_header(True, f"{name}{part}.{chosen.ending}") or "attachment"
    return answer
