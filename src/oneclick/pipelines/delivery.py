"""Bringing batches into a warehouse, each exactly once: straight where DuckDB can write there, else by files."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from oneclick.duck.newest import newest_rows
from oneclick.duck.quoting import literal
from oneclick.pipelines.contract.sources import Batch, Position, Wanted
from oneclick.warehouses.contract.data_plane import (
    BulkLoad,
    DataPlane,
    DuckDBConnection,
    LoadMode,
    LoadResult,
    QueryLoad,
    TableName,
)
from oneclick.warehouses.contract.errors import NotSupported, TooFewRows

LEAST_SHARE = 0.5
"""A source that has less than this share of its rows of before replaces nothing unless somebody says so."""
FEW = 100
"""Tables with fewer rows may shrink as they like, but never to nothing."""
REJECTED = "_rejected"


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One batch on its way to one table, which the stream's `columns` (name to type) became.

    `rows_before` guards against a source that shrank; None: no guard.
    """

    wanted: Wanted
    batch: Batch
    table: TableName
    load_id: str
    rows_before: int | None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def least_rows(self) -> int:
        """With fewer than these rows nothing is replaced."""
        if self.rows_before is None or self.batch.mode is not LoadMode.REPLACE or self.batch.suffix:
            return 0
        return self._kept(self.rows_before)

    @property
    def most_deleted(self) -> int | None:
        """More deletes than these are refused."""
        if self.rows_before is None or not self.batch.present_keys:
            return None
        return self.rows_before - self._kept(self.rows_before)

    @staticmethod
    def _kept(rows: int) -> int:
        return int(rows * LEAST_SHARE) if rows >= FEW else min(rows, 1)


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What came of one parcel; `position` is the one that its rows belong to."""

    parcel: Parcel
    result: LoadResult
    position: Position


OnBegin = Callable[[Parcel], None]


def deliver(
    plane: DataPlane, duck: DuckDBConnection, parcels: Sequence[Parcel], *, fence: int, folder: Path, on_begin: OnBegin
) -> Sequence[Delivered]:
    """Load all of them. `duck` is of no other use afterwards. Raises what the warehouse raises."""
    loads = [_load(parcel, fence) for parcel in parcels]
    by_id = {parcel.load_id: parcel for parcel in parcels}

    def tell(load: QueryLoad) -> None:
        on_begin(by_id[load.load_id])

    try:
        results = plane.load_queries(duck, loads, folders=[folder], on_begin=tell)
    except NotSupported:
        results = [_by_file(plane, duck, load, folder, tell) for load in loads]
    return [
        Delivered(parcel=parcel, result=result, position=json.loads(result.note or "{}"))
        for parcel, result in zip(parcels, results, strict=True)
    ]


def _load(parcel: Parcel, fence: int) -> QueryLoad:
    batch = parcel.batch
    return QueryLoad(
        select=batch.select, table=parcel.table, load_id=parcel.load_id, fence=fence, mode=batch.mode, key=batch.key,
        newest_first=batch.newest_first, present_keys=batch.present_keys, replaced_keys=batch.replaced_keys,
        deletes=parcel.wanted.deletes, least_rows=parcel.least_rows, most_deleted=parcel.most_deleted,
        note=json.dumps(batch.position),
    )  # fmt: skip


def _by_file(
    plane: DataPlane, duck: DuckDBConnection, load: QueryLoad, folder: Path, tell: Callable[[QueryLoad], None]
) -> LoadResult:
    """One table by way of Parquet files; each is a transaction of its own there."""
    tell(load)
    stem = load.load_id.rpartition("/")[2]
    file = folder / f"{stem}.parquet"
    rows = _write(duck, newest_rows(load.select, load.key, load.newest_first), file)
    if rows < load.least_rows:
        raise TooFewRows(f"Only {rows:,} rows came for {load.table}, and at least {load.least_rows:,} were expected.")
    result = plane.bulk_load(
        BulkLoad(
            files=[file], table=load.table, load_id=load.load_id, fence=load.fence, mode=load.mode, key=load.key,
            present_keys=_keys(duck, load.present_keys, folder / f"{stem}.present.parquet"),
            replaced_keys=_keys(duck, load.replaced_keys, folder / f"{stem}.replaced.parquet"),
            deletes=load.deletes, most_deleted=load.most_deleted, note=load.note,
        )
    )  # fmt: skip
    return result if result.written_bytes is not None else replace(result, written_bytes=file.stat().st_size)


def _keys(duck: DuckDBConnection, select: str, file: Path) -> Sequence[Path]:
    if not select:
        return ()
    _write(duck, select, file)
    return [file]


def _write(duck: DuckDBConnection, select: str, file: Path) -> int:
    row = duck.execute(f"COPY ({select}) TO {literal(str(file))} (FORMAT parquet)").fetchone()
    return int(row[0]) if row else 0
