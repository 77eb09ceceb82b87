"""`/api/warehouses/{warehouse}/query`, `/tables` and `/table` beside it, and `/api/queries`."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Path, Query, Router, Schema, Status

from oneclick.accounts.bearer import principal_of
from oneclick.accounts.roles import Permission
from oneclick.queries import downloads, outputs, services
from oneclick.queries import tables as warehouse_tables
from oneclick.queries.history import history
from oneclick.queries.schemas import (
    QueryAnswer,
    QueryHistoryAnswer,
    QueryRequest,
    RowsRequest,
    TableAnswer,
    TableRef,
    TablesAnswer,
)
from oneclick.queries.services import QueryResult
from oneclick.warehouses import queries as warehouse_queries
from oneclick.warehouses.api import WarehouseRef
from oneclick.web.rest import Before, Limit, Page, errors, page

warehouses = Router(tags=["Queries"])
queries = Router(tags=["Queries"])

JSON = "application/json"

_TEXT = {"type": "string"}
_BINARY = {"type": "string", "format": "binary"}
_PRODUCES = {
    "responses": {
        200: {
            "content": {
                media_type: {
                    "schema": {"type": "string"} if each is downloads.CSV else {"type": "string", "format": "binary"}
                }
                for media_type, each in downloads.by_media_type().items()
            }
        }
    }
}


@warehouses.post(
    "/{warehouse}/query",
    response={200: QueryAnswer, **errors(404)},
    operation_id="runQuery",
    openapi_extra=_PRODUCES,
)
def run_query(request: HttpRequest, warehouse: WarehouseRef, asked: QueryRequest) -> HttpResponseBase:
    """Run one read-only statement. The header `Accept` chooses JSON, CSV, Excel, Parquet or an Arrow stream.

    The query runs in a process of its own, with limits on time and memory, and that warehouse's read login alone.
    """
    result = services.run(principal_of(request), warehouse, asked.sql, limit=asked.limit, timeout_s=asked.timeout_s)
    return _answer(request, result)


@warehouses.get("/{warehouse}/tables", response={200: TablesAnswer, **errors(404)}, operation_id="listTables")
def list_tables(
    request: HttpRequest,
    warehouse: WarehouseRef,
    contains: Annotated[str, Query(description="Only tables whose schema.name has this text in it.")] = "",
) -> HttpResponse:
    """The tables of a warehouse with their columns, by schema and name, as they are at this moment."""
    found = warehouse_tables.tables(principal_of(request), warehouse, contains)
    return _written(TablesAnswer.model_construct(items=[TableAnswer.of(each) for each in found]))


@warehouses.get("/{warehouse}/table", response={200: TableAnswer, **errors(404)}, operation_id="getTable")
def get_table(request: HttpRequest, warehouse: WarehouseRef, wanted: Query[TableRef]) -> HttpResponse:
    """One table with its columns."""
    found = warehouse_tables.table(principal_of(request), warehouse, wanted.table)
    return _written(TableAnswer.of(found))


@warehouses.get(
    "/{warehouse}/table/rows",
    response={200: QueryAnswer, **errors(404)},
    operation_id="listRows",
    openapi_extra=_PRODUCES,
)
def list_rows(request: HttpRequest, warehouse: WarehouseRef, wanted: Query[RowsRequest]) -> HttpResponseBase:
    """The first rows of a table. The header `Accept` chooses the format, as for a query."""
    principal = principal_of(request)
    found = warehouse_tables.table(principal, warehouse, wanted.table)
    result = warehouse_tables.rows(principal, warehouse, found.info, wanted.narrowing, limit=wanted.limit)
    return _answer(request, result)


@queries.get("", response={200: Page[QueryHistoryAnswer], **errors(404)}, operation_id="listQueries")
def list_queries(
    request: HttpRequest,
    warehouse: Annotated[str | None, Query(description="Only queries on this warehouse: id or name.")] = None,
    limit: Limit = 50,
    before: Before = None,
) -> Page[QueryHistoryAnswer]:
    """Queries of your organisation, newest first; never their rows."""
    principal = principal_of(request)
    principal.demand(Permission.QUERY_DATA)
    only = warehouse_queries.warehouse(principal.organisation_id, warehouse).id if warehouse else None
    found = history(principal.organisation_id, warehouse_id=only, limit=limit + 1, before=before)
    return page([QueryHistoryAnswer.of(line) for line in found], limit)


@queries.post("/{query}/cancel", response={204: None, **errors(404)}, operation_id="cancelQuery")
def cancel_query(request: HttpRequest, query: Annotated[UUID, Path(description="The query's id.")]) -> Status[None]:
    """Stop a running query within about a second: your own, or as an admin anybody's. Ended already is fine."""
    services.cancel(principal_of(request), query)
    return Status(HTTPStatus.NO_CONTENT, None)


def _answer(request: HttpRequest, result: QueryResult) -> HttpResponseBase:
    formats = downloads.by_media_type()
    wanted = formats.get(request.get_preferred_type([JSON, *formats]) or JSON)
    answer = wanted.answer(result) if wanted else StreamingHttpResponse(_json(result), content_type=JSON)
    return downloads.with_counts(answer, result)


def _written(answer: Schema) -> HttpResponse:
    """By the names of the outside: ninja would look for an attribute `schema`, which is one of pydantic's own."""
    return HttpResponse(answer.model_dump_json(by_alias=True), content_type=JSON)


def _json(result: QueryResult) -> Iterator[str]:
    """The answer as text: each row is JSON already, with numbers that Python's floats couldn't carry."""
    columns = [{"name": name, "type": kind} for name, kind in zip(result.columns, result.types, strict=True)]
    yield f'{{"columns": {json.dumps(columns)}, "rows": ['
    comma = ""
    for row in outputs.json_rows(result, as_objects=False):
        yield comma + row
        comma = ",\n"
    end = {"row_count": result.row_count, "is_truncated": result.is_truncated, "seconds": round(result.seconds, 4)}
    yield f"], {json.dumps(end)[1:]}"
