"""From psycopg's rows to Arrow batches.

It costs: about 300,000 rows a second and no more, because each value passes through Python. For an example that is a
fair price for a page of code; an adapter for big results would use its vendor's Arrow interface, or ADBC.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema

from oneclick.warehouses.contract.errors import NotSupported

BATCH_ROWS = 10_000

_EPOCH = dt.date(1970, 1, 1)
_EPOCH_TIME = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DECIMAL = DataType.decimal128(38, 9)
_DECIMAL_BOUND = Decimal(10) ** 29


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """How one PostgreSQL type becomes Arrow: a plain Arrow type to build from, and the type to cast that to."""

    plain: DataType
    final: DataType
    convert: Callable[[Any], Any] | None = None


def _same(data_type: DataType) -> _Kind:
    return _Kind(plain=data_type, final=data_type)


def _days(value: dt.date) -> int:
    return (value - _EPOCH).days


def _microseconds(value: dt.datetime) -> int:
    moment = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return (moment - _EPOCH_TIME) // dt.timedelta(microseconds=1)


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite() or abs(value) >= _DECIMAL_BOUND:
        raise NotSupported(f"The number {value} doesn't fit.", hint="Cast it to text or to double precision.")
    return f"{value:f}"


_TEXT = _same(DataType.string())

# By the type's OID, https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat
_KINDS: dict[int, _Kind] = {
    16: _same(DataType.bool()),
    17: _Kind(plain=DataType.binary(), final=DataType.binary(), convert=bytes),
    20: _same(DataType.int64()),
    21: _same(DataType.int16()),
    23: _same(DataType.int32()),
    25: _same(DataType.string()),
    700: _same(DataType.float32()),
    701: _same(DataType.float64()),
    1043: _same(DataType.string()),
    1082: _Kind(plain=DataType.int32(), final=DataType.date32(), convert=_days),
    1114: _Kind(plain=DataType.int64(), final=DataType.timestamp("us"), convert=_microseconds),
    1184: _Kind(plain=DataType.int64(), final=DataType.timestamp("us", tz="UTC"), convert=_microseconds),
    1700: _Kind(plain=DataType.string(), final=_DECIMAL, convert=_decimal_text),
}


def has_kind(oid: int) -> bool:
    """Whether the type has an Arrow type here; the others travel as PostgreSQL writes them (JSON, UUID, arrays)."""
    return oid in _KINDS


def to_arrow(columns: Sequence[tuple[str, int]], rows: Iterator[Sequence[Any]]) -> RecordBatchReader:
    """A reader over `rows` that takes them as they are asked for; `columns` are (name, type's OID)."""
    kinds = [_KINDS.get(oid, _TEXT) for _, oid in columns]
    schema = Schema([Field(name, kind.final) for (name, _), kind in zip(columns, kinds, strict=True)])
    return RecordBatchReader.from_batches(schema, _batches(schema, kinds, rows))


def _batches(schema: Schema, kinds: Sequence[_Kind], rows: Iterator[Sequence[Any]]) -> Iterator[RecordBatch]:
    waiting: list[Sequence[Any]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == BATCH_ROWS:
            yield _batch(schema, kinds, waiting)
            waiting = []
    if waiting:
        yield _batch(schema, kinds, waiting)


def _batch(schema: Schema, kinds: Sequence[_Kind], rows: list[Sequence[Any]]) -> RecordBatch:
    columns = zip(*rows, strict=True)
    arrays = [_array(kind, values) for kind, values in zip(kinds, columns, strict=True)]
    return RecordBatch(arrays, schema=schema)


def _array(kind: _Kind, values: Sequence[Any]) -> Array:
    convert = kind.convert
    plain = values if convert is None else [None if value is None else convert(value) for value in values]
    array = Array(list(plain), type=kind.plain)
    return array if kind.plain == kind.final else array.cast(kind.final)
