"""What the REST API takes and says about queries."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from oneclick.queries.downloads import MAX_ROWS
from oneclick.queries.models import QueryHistory, QueryPurpose, QueryState
from oneclick.queries.services import DEFAULT_ROWS
from oneclick.queries.tables import FIRST_ROWS, LONGEST_TEXT, ListedTable, Narrowing
from oneclick.warehouses.contract.data_plane import TableName
from oneclick.web.rest import Identified, Input


class QueryRequest(Input):
    """One read-only statement."""

    sql: Annotated[str, Field(description="One SELECT, DESCRIBE, SUMMARIZE or SHOW TABLES.", min_length=1)]
    limit: Annotated[int, Field(description="How many rows at most.", ge=1, le=MAX_ROWS)] = DEFAULT_ROWS
    timeout_s: Annotated[float | None, Field(description="Stop it after that many seconds.", gt=0)] = None


class TableRef(Schema):
    """Which table is meant."""

    schema_name: Annotated[str, Field(alias="schema", description="The table's schema.")]
    name: Annotated[str, Field(description="The table's name.")]

    @property
    def table(self) -> TableName:
        """As the warehouse knows it."""
        return TableName(schema=self.schema_name, name=self.name)


class RowsRequest(TableRef):
    """Which rows of it are wanted."""

    contains: Annotated[str, Field(description="Only rows with this text in them.", max_length=LONGEST_TEXT)] = ""
    column: Annotated[str, Field(description="Look for the text in this column alone.")] = ""
    is_whole: Annotated[bool, Field(description="The value is the text, and doesn't only hold it.")] = False
    limit: Annotated[int, Field(description="How many rows at most.", ge=1, le=MAX_ROWS)] = FIRST_ROWS

    @property
    def narrowing(self) -> Narrowing:
        """What the rows must hold."""
        return Narrowing(text=self.contains, column=self.column, is_whole=self.is_whole)


class ResultColumn(Schema):
    """One column of the answer."""

    name: str
    type: Annotated[str, Field(description="Such as BIGINT, DECIMAL(18,3), VARCHAR or TIMESTAMP WITH TIME ZONE.")]


class QueryAnswer(Schema):
    """The rows. Ask for `text/csv`, Excel, Parquet or Arrow with the header `Accept`."""

    columns: list[ResultColumn]
    rows: Annotated[
        list[list[Any]],
        Field(description="In the order of `columns`. Decimals keep every digit; NaN and infinity are null."),
    ]
    row_count: int
    is_truncated: Annotated[bool, Field(description="There are more rows than `limit`.")]
    seconds: float


class TableAnswer(Schema):
    """A table of a warehouse."""

    model_config = ConfigDict(populate_by_name=True)

    schema_name: Annotated[str, Field(alias="schema")]
    name: str
    rows: Annotated[int | None, Field(description="Exact, or null where counting would take long.")]
    size_bytes: int | None
    columns: Annotated[list[ResultColumn], Field(description="Types are in the warehouse's own spelling.")]
    loaded_at: Annotated[datetime | None, Field(description="When it was last loaded, where that is known.")]

    @classmethod
    def of(cls, listed: ListedTable) -> "TableAnswer":
        """From what the warehouse says."""
        return cls(
            schema_name=listed.name.schema,
            name=listed.name.name,
            rows=listed.info.rows,
            size_bytes=listed.info.size_bytes,
            columns=[ResultColumn(name=name, type=kind) for name, kind in listed.info.columns],
            loaded_at=listed.loaded_at,
        )


class TablesAnswer(Schema):
    """The tables of a warehouse."""

    items: list[TableAnswer]


class QueryHistoryAnswer(Identified):
    """One query that was run."""

    warehouse_id: UUID
    asked_by: Annotated[str, Field(description="Who asked.")]
    sql: str
    purpose: Annotated[QueryPurpose, Field(description="`looked`: a table's rows were shown; `asked`: all others.")]
    state: QueryState
    rows: int | None
    elapsed_ms: int | None
    error_code: str
    created_at: datetime

    @classmethod
    def of(cls, line: QueryHistory) -> "QueryHistoryAnswer":
        """From its row."""
        return cls(
            id=line.id,
            warehouse_id=line.warehouse_id,
            asked_by=line.asked_by,
            sql=line.sql,
            purpose=QueryPurpose(line.purpose),
            state=QueryState(line.state),
            rows=line.rows,
            elapsed_ms=line.elapsed_ms,
            error_code=line.error_code,
            created_at=line.created_at,
        )
