"""Looking at a warehouse's tables: what there is, its columns, and its first rows, all with the read login."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from oneclick.accounts.roles import Permission, Principal
from oneclick.duck.quoting import identifier, literal
from oneclick.queries import guard, services
from oneclick.queries.errors import ColumnNotFound, QueryTooComplex, TableNotFound
from oneclick.queries.freshness import loaded_at
from oneclick.queries.models import QueryPurpose
from oneclick.queries.services import QueryResult
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses import services as warehouses
from oneclick.warehouses.contract.data_plane import TableInfo, TableName
from oneclick.warehouses.contract.instance import AccessLevel

FIRST_ROWS = 100
LONGEST_TEXT = 200
_SPECIAL = "!%_"


@dataclass(frozen=True, kw_only=True)
class ListedTable:
    """A table, and when it was last loaded, where that is known."""

    info: TableInfo
    loaded_at: datetime | None = None

    @property
    def name(self) -> TableName:
        """Schema and name."""
        return self.info.table


@dataclass(frozen=True, kw_only=True)
class Narrowing:
    """Which rows are wanted: those where a column, or any, holds `text`; `is_whole`: is exactly that text."""

    text: str = ""
    column: str = ""
    is_whole: bool = False


EVERY_ROW = Narrowing()


def tables(principal: Principal, warehouse: UUID | str, sought: str = "") -> Sequence[ListedTable]:
    """The tables by schema and name; `sought` is a part of "schema.name", in any case of letters.

    Raises `NotAllowed`, `NotFound`, and `ContractError` where the warehouse can't be reached.
    """
    principal.demand(Permission.QUERY_DATA)
    found = warehouse_queries.warehouse(principal.organisation_id, warehouse)
    listed = warehouses.data_plane(found, AccessLevel.READ).list_tables()
    times = loaded_at(found.id)
    rows = (ListedTable(info=info, loaded_at=times.get(info.table)) for info in listed)
    wanted = sought.strip().casefold()
    return sorted((row for row in rows if wanted in str(row.name).casefold()), key=lambda row: row.name)


def table(principal: Principal, warehouse: UUID | str, name: TableName) -> ListedTable:
    """One table; raises `TableNotFound` beside what `tables` raises."""
    for found in tables(principal, warehouse):
        if found.name == name:
            return found
    raise TableNotFound(f"There is no table {str(name)[:200]!r} in this warehouse.")


def rows(
    principal: Principal,
    warehouse: UUID | str,
    info: TableInfo,
    narrowing: Narrowing = EVERY_ROW,
    *,
    limit: int = FIRST_ROWS,
) -> QueryResult:
    """The first rows that are wanted; raises `ColumnNotFound` and what a query raises."""
    sql = statement(info, narrowing)
    return services.run(principal, warehouse, sql, limit=limit, purpose=QueryPurpose.LOOKED)


def statement(info: TableInfo, narrowing: Narrowing = EVERY_ROW) -> str:
    """The SELECT for the rows that are wanted, in SQL that every warehouse reads alike."""
    source = f"SELECT * FROM {identifier(info.table.schema)}.{identifier(info.table.name)}"
    if not narrowing.text:
        return source
    sql = f"{source} WHERE {' OR '.join(_conditions(info, narrowing))}"
    if len(sql) > guard.MAX_LENGTH:
        raise QueryTooComplex(
            f"The table has {len(info.columns):,} columns, too many to look through all of them at once.",
            hint="Choose the column to look in.",
        )
    return sql


def _conditions(info: TableInfo, narrowing: Narrowing) -> Iterator[str]:
    names = [name for name, _ in info.columns]
    if narrowing.column and narrowing.column not in names:
        raise ColumnNotFound(f"The table {info.table} has no column {narrowing.column[:200]!r}.")
    text = narrowing.text[:LONGEST_TEXT]
    for name in [narrowing.column] if narrowing.column else names:
        value = f"CAST({identifier(name)} AS VARCHAR)"
        holds = f"LOWER({value}) LIKE LOWER({_within(text)}) ESCAPE '!'"
        yield f"{value} = {_text(text)}" if narrowing.is_whole else holds


def _within(text: str) -> str:
    return _text("%" + "".join(f"!{sign}" if sign in _SPECIAL else sign for sign in text) + "%")


def _text(text: str) -> str:
    """A text without a backslash in it, which some warehouses take for the beginning of an escape."""
    return "(" + " || CHR(92) || ".join(literal(part) for part in text.split("\\")) + ")"
