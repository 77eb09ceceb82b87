"""What the REST API takes and says about queries."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from oneclick.queries.downloads import MAX_ROWS
from oneclick.queries.models import QueryHistory, QueryState
from oneclick.queries.services import DEFAULT_ROWS
from oneclick.web.rest import Identified, Input


class QueryRequest(Input):
    """One read-only statement."""

    sql: Annotated[str, Field(description="One SELECT, DESCRIBE, SUMMARIZE or SHOW TABLES.", min_length=1)]
    limit: Annotated[int, Field(description="How many rows at most.", ge=1, le=MAX_ROWS)] = DEFAULT_ROWS
    timeout_s: Annotated[float | None, Field(description="Stop it after that many seconds.", gt=0)] = None


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


class QueryHistoryAnswer(Identified):
    """One query that was run."""

    warehouse_id: UUID
    asked_by: Annotated[str, Field(description="Who asked.")]
    sql: str
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
            state=QueryState(line.state),
            rows=line.rows,
            elapsed_ms=line.elapsed_ms,
            error_code=line.error_code,
            created_at=line.created_at,
        )
