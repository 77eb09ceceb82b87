"""`/api/warehouses/{warehouse}/load` and `…/preview`: files that become tables."""

import shutil
from pathlib import Path
from typing import Annotated

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest
from ninja import File, Form, Router, UploadedFile

from oneclick.accounts.bearer import principal_of
from oneclick.accounts.roles import Permission
from oneclick.pipelines.schemas import LoadAnswer, LoadRequest, PreviewAnswer, ReadRequest
from oneclick.pipelines.templates.file_import import column_types, styles
from oneclick.pipelines.templates.file_import.scratch import scratch_folder
from oneclick.pipelines.templates.file_import.services import load_file, preview_file
from oneclick.pipelines.templates.file_import.work import Options
from oneclick.warehouses import queries
from oneclick.warehouses.api import WarehouseRef
from oneclick.web.rest import errors

router = Router(tags=["Data"])

SentFile = Annotated[
    UploadedFile, File(description="CSV, TSV, Excel, JSON lines or Parquet; text may be packed with gzip.")
]


@router.post("/{warehouse}/load", response={200: LoadAnswer, **errors(404, 409)}, operation_id="loadFile")
def load(
    request: HttpRequest,
    warehouse: WarehouseRef,
    file: SentFile,
    wanted: Form[LoadRequest],
) -> LoadAnswer:
    """Load a file into a table. Rows that don't fit are set aside in a table of their own, with line and reason.

    Answers when the rows are in; until then the table stays as it was.
    """
    principal = principal_of(request)
    principal.demand(Permission.LOAD_DATA)
    with scratch_folder(Path(settings.HOME)) as folder:
        report = load_file(
            principal,
            warehouse,
            _on_disk(file, folder),
            table=wanted.table,
            schema=wanted.schema_name,
            mode=wanted.mode,
            options=_options(wanted),
            file_name=file.name or "file",
        )
    return LoadAnswer.of(report)


@router.post("/{warehouse}/preview", response={200: PreviewAnswer, **errors(404)}, operation_id="previewFile")
def preview(request: HttpRequest, warehouse: WarehouseRef, file: SentFile, wanted: Form[ReadRequest]) -> PreviewAnswer:
    """What loading a file would bring: columns with their types, the first rows, and how many don't fit.

    Nothing is written, and the file isn't kept.
    """
    principal = principal_of(request)
    principal.demand(Permission.LOAD_DATA)
    queries.warehouse(principal.organisation_id, warehouse)
    with scratch_folder(Path(settings.HOME)) as folder:
        return PreviewAnswer.of(preview_file(_on_disk(file, folder), options=_options(wanted)))


def _options(wanted: ReadRequest) -> Options:
    return Options(
        delimiter=wanted.delimiter,
        has_header=wanted.has_header,
        encoding=wanted.encoding,
        sheet=wanted.sheet,
        styles=styles.said(decimal=wanted.decimal, dates=wanted.dates),
        types=column_types.parsed(wanted.types),
        key=tuple(wanted.key),
    )


def _on_disk(file: UploadedFile, folder: Path) -> Path:
    """Where the upload lies: its ending tells the format, the rest of its name is not trusted."""
    path = folder / f"upload{''.join(Path(file.name or '').suffixes[-2:])[-20:]}"
    if isinstance(file, TemporaryUploadedFile):
        path.symlink_to(file.temporary_file_path())
    else:
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy)
    return path
