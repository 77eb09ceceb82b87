"""Files that people send by a page: kept until they are loaded, looked at and loaded by a worker.

1. `receive` keeps the file in a folder of its own and asks for a look.
2. `look` notes what was found; the person says what is otherwise (`look_again`), as often as they want.
3. `start_load` asks for the load, which `load` does. A worker that is killed does it again, and no row comes twice.

An order has a number, and whoever works on an older one changes nothing (compare-and-swap on `Upload.order`). What
was found lies beside the file, not in our database: it shows rows of the customer's.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.db import transaction
from django.db.models import Sum

from oneclick.accounts.roles import Permission, Principal
from oneclick.accounts.standing import principal_now
from oneclick.audit.services import record
from oneclick.core.correlation import current_correlation_id
from oneclick.core.errors import OneClickError
from oneclick.job_queue.wake import wake
from oneclick.pipelines.answers import Answers
from oneclick.pipelines.models import Upload, UploadState
from oneclick.pipelines.progress import noted_progress
from oneclick.pipelines.templates.file_import import naming
from oneclick.pipelines.templates.file_import.errors import UploadBusy, UploadNotFound, UploadTooLarge
from oneclick.pipelines.templates.file_import.scratch import translated_disk_errors
from oneclick.pipelines.templates.file_import.services import load_file, preview_file
from oneclick.warehouses import queries as warehouse_queries

LOOK = "pipelines.look_at_upload"
LOAD = "pipelines.load_upload"
KEPT_FOR = timedelta(days=1)
AT_WORK = (UploadState.LOOKING, UploadState.LOADING)
MAX_NAME_BYTES = 200

_PREVIEW = "preview.json"
_LOST = ("The file couldn't be worked on.", "Try again. If that doesn't help, ask your operator to look at the log.")


def upload_of(principal: Principal, warehouse_id: UUID, upload_id: UUID) -> Upload:
    """One of the organisation's; raises `NotAllowed` and `UploadNotFound`."""
    principal.demand(Permission.LOAD_DATA)
    found = Upload.objects.filter(
        id=upload_id, organisation_id=principal.organisation_id, warehouse_id=warehouse_id
    ).select_related("warehouse")
    upload = found.first()
    if upload is None:
        raise UploadNotFound
    return upload


def receive(principal: Principal, warehouse_id: UUID, file: "UploadedFile[Any]") -> Upload:
    """Keep a file and have it looked at. Raises `UploadTooLarge` and `ScratchUnavailable`."""
    principal.demand(Permission.LOAD_DATA)
    warehouse = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    _refuse_too_much(principal.organisation_id, file.size or 0)
    name = _safe_name(file.name or "")
    upload = Upload(
        organisation_id=principal.organisation_id,
        warehouse=warehouse,
        file_name=name,
        size_bytes=file.size or 0,
        answers=Answers(table=naming.table_name(Path(name))).noted(),
        asked_by=principal.label,
        correlation_id=current_correlation_id(),
    )
    _keep(file, file_of(upload))
    with transaction.atomic():
        upload.save(force_insert=True)
        wake(LOOK, upload_id=str(upload.id), order=upload.order)
        _record(principal, upload, "upload.received")
    return upload


def look_again(principal: Principal, upload: Upload, answers: Answers) -> None:
    """Have the file looked at once more, with what was said. Raises `UploadBusy`."""
    if answers.reads_other_columns_than(Answers.kept(upload.answers)):
        answers = answers.without_columns
    _order(principal, upload, UploadState.LOOKING, LOOK, answers=answers.noted())


def start_load(principal: Principal, upload: Upload, answers: Answers) -> None:
    """Have the file loaded; looked at again where it is now read in another way. Raises `UploadBusy`."""
    if answers.reads_otherwise_than(Answers.kept(upload.answers)):
        look_again(principal, upload, answers)
    else:
        _order(principal, upload, UploadState.LOADING, LOAD, answers=answers.noted(), load_id=None)


def discard(principal: Principal, upload: Upload) -> None:
    """Remove the file. Raises `UploadBusy` while it is loaded."""
    with transaction.atomic():
        gone, _ = Upload.objects.filter(id=upload.id).exclude(state=UploadState.LOADING).delete()
        if not gone:
            raise UploadBusy
        _record(principal, upload, "upload.discarded")
    _remove(folder_of(upload.id))


def look(upload_id: UUID, order: int) -> None:
    """Done by a worker: find out what is in the file, and note it."""

    def find(upload: Upload, answers: Answers) -> None:
        with noted_progress(upload) as tell:
            found = preview_file(file_of(upload), options=answers.options_to_look(), on_progress=tell)
        path = folder_of(upload.id) / _PREVIEW
        with translated_disk_errors():
            path.write_text(json.dumps(asdict(found)))
        _end(upload, UploadState.READY)

    _work(upload_id, order, UploadState.LOOKING, find)


def load(upload_id: UUID, order: int) -> None:
    """Done by a worker: bring the rows into the warehouse, and remove the file."""

    def bring(upload: Upload, answers: Answers) -> None:
        with noted_progress(upload) as tell:
            report = load_file(
                _whoever_asked(upload),
                upload.warehouse_id,
                file_of(upload),
                table=answers.table,
                schema=answers.schema,
                mode=answers.mode,
                options=answers.options(),
                file_name=upload.file_name,
                on_progress=tell,
                resumes=upload.load_id,
                on_begun=lambda load_id: _note_load(upload, load_id),
            )
        result = {
            "rows": report.rows,
            "rejected": report.rejected,
            "seconds": round(report.seconds, 3),
            "schema": report.table.schema,
            "table": report.table.name,
            "rejected_table": report.rejected_table.name if report.rejected_table else "",
        }
        _end(upload, UploadState.DONE, result=result)
        _remove(folder_of(upload.id))

    _work(upload_id, order, UploadState.LOADING, bring)


def preview_of(upload: Upload) -> Mapping[str, Any] | None:
    """What was found (`Preview`, as JSON), if the file was looked at with success."""
    try:
        found: Mapping[str, Any] = json.loads((folder_of(upload.id) / _PREVIEW).read_text())
    except (OSError, ValueError):
        return None
    return found


def forget_old(now: datetime) -> int:
    """Remove what was uploaded more than a day ago, and folders that nobody knows any more; returns how many."""
    old = Upload.objects.filter(made_at__lt=now - KEPT_FOR).exclude(state=UploadState.LOADING)
    old.delete()
    root = Path(settings.HOME) / "uploads"
    folders = [folder for folder in root.glob("*-*-*-*-*") if folder.is_dir()]
    known = {str(each) for each in Upload.objects.values_list("id", flat=True)}
    stale = [folder for folder in folders if folder.name not in known and _is_old(folder, now)]
    for folder in stale:
        _remove(folder)
    return len(stale)


def folder_of(upload_id: UUID) -> Path:
    """Where an upload lies."""
    return Path(settings.HOME) / "uploads" / str(upload_id)


def file_of(upload: Upload) -> Path:
    """The file itself, by its own name."""
    return folder_of(upload.id) / "file" / upload.file_name


def _refuse_too_much(organisation_id: UUID, size_bytes: int) -> None:
    """One organisation's files that wait to be loaded may together be as large as one file may."""
    most_mb = settings.ENVIRONMENT.upload_mb
    if size_bytes > most_mb << 20:
        raise UploadTooLarge(f"The file has {size_bytes >> 20:,} MiB; at most {most_mb:,} are taken here.")
    waiting = Upload.objects.filter(organisation_id=organisation_id).exclude(state=UploadState.DONE)
    kept_bytes = waiting.aggregate(total=Sum("size_bytes"))["total"] or 0
    if kept_bytes + size_bytes > most_mb << 20:
        raise UploadTooLarge(
            f"Files that wait to be loaded have {kept_bytes >> 20:,} MiB already; at most {most_mb:,} are kept.",
            hint="Load or remove one of them first. Each is removed after a day.",
        )


def _work(upload_id: UUID, order: int, state: UploadState, act: Callable[[Upload, Answers], None]) -> None:
    """Do what was ordered, unless another order came since; what goes wrong is noted for the person."""
    upload = Upload.objects.filter(id=upload_id, order=order, state=state).select_related("warehouse").first()
    if upload is None:
        return
    try:
        act(upload, Answers.kept(upload.answers))
    except OneClickError as error:
        _end(upload, UploadState.FAILED, error_message=error.message, error_hint=error.hint)
    except Exception:
        _end(upload, UploadState.FAILED, error_message=_LOST[0], error_hint=_LOST[1])
        raise


def _whoever_asked(upload: Upload) -> Principal:
    """With the rights that they have now. Raises `UploadNotFound` for somebody who left."""
    principal = principal_now(upload.asked_by, upload.organisation_id)
    if principal is None:
        raise UploadNotFound("Whoever asked for this load isn't in the organisation any more.")
    return principal


@transaction.atomic
def _order(principal: Principal, upload: Upload, state: UploadState, task: str, **changes: Any) -> None:
    order = upload.order + 1
    changed = (
        Upload.objects.filter(id=upload.id, order=upload.order)
        .exclude(state__in=[*AT_WORK, UploadState.DONE])
        .update(
            state=state, order=order, stage="", share=None, error_message="", error_hint="",
            asked_by=principal.label, correlation_id=current_correlation_id(), **changes,
        )
    )  # fmt: skip
    if not changed:
        raise UploadBusy
    wake(task, upload_id=str(upload.id), order=order)


def _end(upload: Upload, state: UploadState, **changes: Any) -> None:
    Upload.objects.filter(id=upload.id, order=upload.order).update(state=state, stage="", share=None, **changes)


def _note_load(upload: Upload, load_id: UUID) -> None:
    Upload.objects.filter(id=upload.id, order=upload.order).update(load_id=load_id)


def _record(principal: Principal, upload: Upload, action: str) -> None:
    record(
        organisation_id=principal.organisation_id,
        actor=principal.label,
        action=action,
        target_kind="warehouse",
        target_id=str(upload.warehouse_id),
        detail={"file": upload.file_name, "bytes": upload.size_bytes},
    )


def _keep(file: "UploadedFile[Any]", path: Path) -> None:
    with translated_disk_errors():
        path.parent.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.parent.mkdir(mode=0o700)
        path.parent.mkdir()
        if isinstance(file, TemporaryUploadedFile):
            shutil.move(file.temporary_file_path(), path)
            return
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy)


def _safe_name(name: str) -> str:
    """The name as the person knows it, if a file can be called so."""
    printable = "".join(character for character in name if character.isprintable() and character not in "/\\")
    stem, dot, ending = printable.rpartition(".")
    kept = stem.encode()[: MAX_NAME_BYTES - len(ending.encode()[:20])].decode(errors="ignore")
    return f"{kept}{dot}{ending[:20]}".strip() if kept else printable[-20:].strip(". ") or "file"


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _is_old(folder: Path, now: datetime) -> bool:
    try:
        return folder.stat().st_mtime < (now - timedelta(hours=1)).timestamp()
    except OSError:
        return False
