"""Loading a file into a table: who may, what is noted, and how often a row arrives (once).

1. Look at the file and convert it, in a scratch folder: so far the warehouse isn't touched.
2. Note the load (`FileLoad`). Its id is the warehouse's `load_id`, so a load that was cut off can be done again.
3. When it is this load's turn, the warehouse takes the rows, all or none; then the rejected rows. Note the result.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from oneclick.accounts.roles import Permission, Principal
from oneclick.audit.services import record
from oneclick.core.clock import utcnow
from oneclick.core.correlation import current_correlation_id
from oneclick.core.errors import OneClickError
from oneclick.pipelines.loaded import loaded_tables, next_fence
from oneclick.pipelines.models import FileLoad, LoadedTable, LoadState
from oneclick.pipelines.templates.file_import import detect, keys, naming, styles, turns
from oneclick.pipelines.templates.file_import.convert import Converted, Reading, convert, preview_of
from oneclick.pipelines.templates.file_import.detect import FileFacts
from oneclick.pipelines.templates.file_import.errors import BadImportOption, FileChanged, TableNotOurs, WarehouseLeaving
from oneclick.pipelines.templates.file_import.limits import Limits
from oneclick.pipelines.templates.file_import.preview import Preview
from oneclick.pipelines.templates.file_import.scratch import scratch_folder
from oneclick.pipelines.templates.file_import.styles import Styles
from oneclick.pipelines.templates.file_import.work import OnProgress, Options
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses import services as warehouses
from oneclick.warehouses.contract.data_plane import BulkLoad, DataPlane, LoadMode, TableName
from oneclick.warehouses.contract.errors import ContractError, TerminalError
from oneclick.warehouses.contract.instance import AccessLevel
from oneclick.warehouses.models import Warehouse

DEFAULT_SCHEMA = "raw"
FIND_OUT = Options()
MODES = tuple(mode.value for mode in LoadMode)


OnBegun = Callable[[UUID], None]


@dataclass(frozen=True, kw_only=True)
class LoadReport:
    """What a load did. `rejected` rows are in `rejected_table`, with the line they stand on and the reason."""

    table: TableName
    rows: int
    rejected: int
    rejected_table: TableName | None
    columns: tuple[str, ...]
    types: tuple[str, ...]
    encoding: str
    seconds: float
    load_id: str
    is_repeat: bool
    sheet: str = ""
    styles: Styles = styles.FIND_OUT


def load_file(
    principal: Principal,
    warehouse_id: UUID | str,
    path: Path,
    *,
    table: str = "",
    schema: str = DEFAULT_SCHEMA,
    mode: str = LoadMode.REPLACE.value,
    options: Options = FIND_OUT,
    file_name: str = "",
    on_progress: OnProgress = lambda what, share: None,
    resumes: UUID | None = None,
    on_begun: OnBegun = lambda load_id: None,
) -> LoadReport:
    """Load a CSV, TSV, Parquet or JSON file or a spreadsheet. Until the new rows are all in, the table stays as it was.

    The table is named after the file where `table` is empty. `file_name` is what the file is called where `path`
    is only where it lies. `on_begun` is told the load's id, before any row goes into the warehouse; whoever is killed
    after that and does it again says so (`resumes`), and no row comes twice. Raises `NotAllowed`, `NotFound`,
    `FileImportError` and what the warehouse raises.
    """
    began = time.monotonic()
    principal.demand(Permission.LOAD_DATA)
    warehouse = warehouse_queries.warehouse(principal.organisation_id, warehouse_id)
    turns.demand_staying(warehouse)
    wanted = _wanted(table or naming.table_name(Path(file_name or path.name)), schema, mode, options.key)
    plane = warehouses.data_plane(warehouse, AccessLevel.WRITE)
    ours = _ours(warehouse, plane, wanted)
    limits = _limits()
    facts = _looked_at(path, options, on_progress, limits)
    with scratch_folder(Path(settings.HOME)) as folder:
        done = convert(
            Reading(
                path=path, facts=facts, folder=folder, home=Path(settings.HOME),
                options=options, on_progress=on_progress, limits=limits,
            )
        )  # fmt: skip
        if not detect.is_unchanged(path, facts):
            raise FileChanged(f"{file_name or path.name} was changed while it was read.")
        name = file_name or path.name
        load = _resumed(warehouse, wanted, resumes) or _note_start(
            principal, warehouse, wanted, digest=_digest(facts, options), file_name=name
        )
        on_begun(load.id)
        delivery = _Delivery(load=load, warehouse=warehouse, plane=plane, wanted=wanted, ours=ours)
        with turns.turn(warehouse, wanted.table, on_wait=lambda: on_progress("Waiting for another load", None)):
            on_progress("Loading", None)
            is_repeat = delivery.bring_in(done)
    return LoadReport(
        table=wanted.table,
        rows=done.rows,
        rejected=done.rejected,
        rejected_table=wanted.rejected_table if done.rejected else None,
        columns=tuple(name for name, _ in done.columns),
        types=tuple(kind for _, kind in done.columns),
        encoding=facts.encoding,
        seconds=time.monotonic() - began,
        load_id=str(load.id),
        is_repeat=is_repeat,
        sheet=done.sheet,
        styles=done.styles,
    )


def preview_file(
    path: Path, *, options: Options = FIND_OUT, on_progress: OnProgress = lambda what, share: None
) -> Preview:
    """What the file would become: columns, first rows, how many fit. Nothing is written. Raises `FileImportError`."""
    limits = _limits()
    facts = _looked_at(path, options, on_progress, limits)
    with scratch_folder(Path(settings.HOME)) as folder:
        return preview_of(
            Reading(
                path=path, facts=facts, folder=folder, home=Path(settings.HOME),
                options=options, on_progress=on_progress, limits=limits,
            )
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    table: TableName
    mode: LoadMode
    key: tuple[str, ...] = ()

    @property
    def mode_of_rejected(self) -> LoadMode:
        """Rejected rows have no key to be merged by."""
        return LoadMode.APPEND if self.mode is LoadMode.MERGE else self.mode

    @property
    def rejected_table(self) -> TableName:
        return TableName(schema=self.table.schema, name=self.table.name + naming.REJECTED_SUFFIX)


def _wanted(name: str, schema: str, mode: str, key: tuple[str, ...]) -> _Wanted:
    if mode not in MODES:
        raise BadImportOption(f"There is no mode {mode!r}.", hint=f"Choose one of: {', '.join(MODES)}.")
    if (mode == LoadMode.MERGE.value) != bool(key):
        raise BadImportOption(
            "Rows are merged by the columns that identify them." if not key else "A key is only for merging rows.",
            hint="Name them, as in --mode merge --key id." if not key else "Say --mode merge, or leave the key out.",
        )
    table = TableName(schema=naming.checked_name(schema, what="schema"), name=naming.checked_name(name, what="table"))
    return _Wanted(table=table, mode=LoadMode(mode), key=key)


def _limits() -> Limits:
    given = settings.ENVIRONMENT
    return Limits.from_now(unpacked_bytes=given.load_unpacked_mb << 20, seconds=given.load_timeout_s)


def _looked_at(path: Path, options: Options, on_progress: OnProgress, limits: Limits) -> FileFacts:
    def on_bytes(done: int) -> None:
        on_progress("Reading the file", min(done / size, 1.0))

    try:
        size = max(path.stat().st_size, 1)
    except OSError:
        size = 1
    return detect.inspect(path, encoding=options.encoding, on_bytes=on_bytes, limits=limits)


def _ours(warehouse: Warehouse, plane: DataPlane, wanted: _Wanted) -> frozenset[TableName]:
    """Which of the tables are ours, or will be because they don't exist yet.

    A table that somebody made in the warehouse is never replaced, and nor is one named like our rejected rows.
    """
    names = {wanted.table, wanted.rejected_table}
    known = loaded_tables(warehouse.id)
    foreign = {info.table for info in plane.list_tables()} & (names - known) if names - known else set()
    kept = foreign - (set() if wanted.mode is LoadMode.REPLACE else {wanted.table})
    if kept:
        raise TableNotOurs(f"The table {min(kept)} exists and wasn't loaded by One-Click, so it isn't replaced.")
    return frozenset(names - foreign)


def _digest(facts: FileFacts, options: Options) -> str:
    """Names the file and what was said about it: read in another way, it is another load."""
    if options == FIND_OUT:
        return facts.digest
    said = repr(
        (
            options.delimiter, options.has_header, options.encoding, sorted(options.types.items()),
            options.sheet, options.styles.decimal, options.styles.dates, options.key,
        )
    )  # fmt: skip
    return hashlib.sha256(f"{facts.digest} {said}".encode()).hexdigest()


def _resumed(warehouse: Warehouse, wanted: _Wanted, load_id: UUID | None) -> FileLoad | None:
    """The load that its maker was killed in, whatever was noted of its end."""
    if load_id is None:
        return None
    noted = FileLoad.objects.filter(id=load_id, warehouse=warehouse, schema=wanted.table.schema, name=wanted.table.name)
    return noted.exclude(state=LoadState.SUPERSEDED).first()


@transaction.atomic
def _note_start(
    principal: Principal, warehouse: Warehouse, wanted: _Wanted, *, digest: str, file_name: str
) -> FileLoad:
    """The load to do: the one of this very file that was cut off, else a new one."""
    of_table = FileLoad.objects.filter(warehouse=warehouse, schema=wanted.table.schema, name=wanted.table.name)
    load, is_new = FileLoad.objects.get_or_create(
        warehouse=warehouse,
        schema=wanted.table.schema,
        name=wanted.table.name,
        mode=wanted.mode.value,
        digest=digest,
        state=LoadState.RUNNING,
        defaults={
            "organisation_id": warehouse.organisation_id,
            "file_name": file_name[-255:],
            "asked_by": principal.label,
            "correlation_id": current_correlation_id(),
        },
    )
    # Whoever replaces all rows again must not be told "done already" because of a load from before this one.
    older = of_table.filter(state=LoadState.RUNNING, id__lt=load.id)
    if wanted.mode is not LoadMode.REPLACE:
        older = older.filter(mode=LoadMode.REPLACE.value)
    older.update(state=LoadState.SUPERSEDED)
    record(
        organisation_id=principal.organisation_id,
        actor=principal.label,
        action="load.begun" if is_new else "load.resumed",
        target_kind="warehouse",
        target_id=str(warehouse.id),
        detail={"table": str(wanted.table), "mode": wanted.mode.value, "load": str(load.id)},
    )
    return load


@dataclass(frozen=True, kw_only=True)
class _Delivery:
    """The last step: handing converted rows to the warehouse."""

    load: FileLoad
    warehouse: Warehouse
    plane: DataPlane
    wanted: _Wanted
    ours: frozenset[TableName]

    def bring_in(self, done: Converted) -> bool:
        """Hand over the rows, then those that don't fit; whether they were in already."""
        rejected_table = self.wanted.rejected_table
        try:
            turns.demand_staying(self.warehouse)
            is_repeat = self._table(self.wanted.table, done.parts, str(self.load.id), key=self._key(done))
            if done.rejected or self._notes(rejected_table).exists():
                self._table(rejected_table, (done.rejects,), f"{self.load.id}-rejected")
        except ContractError as exc:
            self._explain(exc)
            if isinstance(exc, TerminalError):  # else it may have arrived: the next try must carry the same id
                _note_end(self.load, LoadState.FAILED, error_code=exc.code)
            raise
        except OneClickError as exc:
            _note_end(self.load, LoadState.FAILED, error_code=exc.code)
            raise
        _note_end(self.load, LoadState.DONE, rows=done.rows, rejected=done.rejected)
        return is_repeat

    def _explain(self, error: ContractError) -> None:
        """Raise `WarehouseLeaving` where the warehouse was deleted under our hands, whatever it said then."""
        try:
            turns.demand_staying(self.warehouse)
        except WarehouseLeaving as leaving:
            _note_end(self.load, LoadState.FAILED, error_code=leaving.code)
            raise leaving from error

    def _key(self, done: Converted) -> tuple[str, ...]:
        return tuple(keys.among(self.wanted.key, [name for name, _ in done.columns]))

    def _table(self, table: TableName, files: Sequence[Path], load_id: str, key: tuple[str, ...] = ()) -> bool:
        """One table. It is noted as ours first, so that it is ours also when we are killed in between."""
        is_new = False
        if table in self.ours:
            _, is_new = self._notes(table).get_or_create(
                defaults={"organisation_id": self.warehouse.organisation_id},
                warehouse=self.warehouse, schema=table.schema, name=table.name,
            )  # fmt: skip
        try:
            result = self.plane.bulk_load(
                BulkLoad(
                    files=files, table=table, load_id=load_id, fence=next_fence(),
                    mode=self.wanted.mode if table == self.wanted.table else self.wanted.mode_of_rejected, key=key,
                )
            )  # fmt: skip
        except TerminalError:
            if is_new:
                self._notes(table).delete()
            raise
        rows = self._count(table) if result.table_rows is None else result.table_rows
        self._notes(table).update(rows=rows, last_load_id=load_id, loaded_at=utcnow())
        return result.is_repeat

    def _notes(self, table: TableName) -> QuerySet[LoadedTable]:
        return LoadedTable.objects.filter(warehouse=self.warehouse, schema=table.schema, name=table.name)

    def _count(self, table: TableName) -> int:
        return next((info.rows or 0 for info in self.plane.list_tables() if info.table == table), 0)


def _note_end(
    load: FileLoad, state: LoadState, *, rows: int | None = None, rejected: int | None = None, error_code: str = ""
) -> None:
    FileLoad.objects.filter(id=load.id).update(
        state=state, rows=rows, rejected=rejected, error_code=error_code, finished_at=utcnow()
    )
