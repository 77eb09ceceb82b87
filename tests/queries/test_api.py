import io
import json
from typing import Any

import duckdb
import pytest
from arro3.io import read_ipc_stream
from django.http import HttpResponse
from django.test import Client

from oneclick.accounts.roles import Principal
from oneclick.accounts.services import issue_token
from oneclick.warehouses.models import Warehouse
from tests.accounts.conftest import signed_in
from tests.cast import Cast
from tests.queries.test_excel import cells, sheet_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ask(cast: Cast, warehouse: Warehouse) -> Any:
    """Posts a query, as a reader if nobody else is named."""

    def post(body: dict[str, object], *, accept: str = "application/json", of: Principal = cast.admin) -> HttpResponse:
        _, token = issue_token(of, name="t", role=cast.reader.role, days=1)
        return Client(raise_request_exception=False).post(
            f"/api/warehouses/{warehouse.id}/query",
            data=json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token.reveal()}", "Accept": accept},
        )  # type: ignore[return-value] # the test client adds to it

    return post


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_rows_come_as_json_with_every_digit(ask: Any) -> None:
    answer = ask(
        {"sql": "select 0.10::decimal(20,2) d, 'é\"' s, null n, [1] l, 'nan'::double f, 1e300 e, date '2020-01-02' t"}
    )
    assert answer.status_code == 200
    text = content(answer).decode()
    assert "[[0.10," in text
    body = json.loads(text)
    assert body["columns"][0] == {"name": "d", "type": "DECIMAL(20,2)"}
    assert body["rows"] == [[0.1, 'é"', None, [1], None, 1e300, "2020-01-02"]]
    assert (body["row_count"], body["is_truncated"]) == (1, False)


def test_rows_come_as_csv_excel_parquet_and_arrow(ask: Any) -> None:
    sql = {"sql": "select id, note from raw.orders order by id", "limit": 2}
    csv = ask(sql, accept="text/csv")
    assert content(csv).decode() == "id,note\r\n0,text 0\r\n1,text 1\r\n"
    assert csv["X-Is-Truncated"] == "true"
    excel = ask(sql, accept="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    assert len(cells(sheet_in(content(excel)))) == 3
    parquet = content(ask(sql, accept="application/vnd.apache.parquet"))
    assert parquet.startswith(b"PAR1")
    arrow = read_ipc_stream(io.BytesIO(content(ask(sql, accept="application/vnd.apache.arrow.stream"))))  # noqa: F841
    assert duckdb.sql("select count(*), sum(id) from arrow").fetchall() == [(2, 1)]


def test_an_answer_without_rows_is_still_json(ask: Any) -> None:
    assert json.loads(content(ask({"sql": "select id from raw.orders where false"})))["rows"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"sql": "drop table raw.orders"}, "not_a_read"),
        ({"sql": "from read_csv('/etc/passwd')"}, "forbidden_function"),
        ({"sql": "select * from nowhere"}, "query_failed"),
        ({"sql": "select 1", "limit": 0}, "invalid_request"),
        ({"sql": "select 1", "limits": 1}, "invalid_request"),
        ({"sql": "select 1", "timeout_s": 1e9}, "bad_query_limit"),
        ({}, "invalid_request"),
    ],
)
def test_what_is_wrong_is_said_with_a_code(ask: Any, body: dict[str, object], code: str) -> None:
    answer = ask(body)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["hint"]


def test_an_outsider_finds_nothing(ask: Any, outsider: Principal) -> None:
    assert ask({"sql": "select 1"}, of=outsider).status_code == 404


def test_the_history_is_listed_in_pages(ask: Any, cast: Cast) -> None:
    for number in range(3):
        ask({"sql": f"select {number}"})
    _, token = issue_token(cast.admin, name="t", role=cast.reader.role, days=1)
    client = Client(headers={"Authorization": f"Bearer {token.reveal()}"})
    first = client.get("/api/queries?limit=2").json()
    assert [line["sql"] for line in first["items"]] == ["select 2", "select 1"]
    second = client.get(f"/api/queries?limit=2&before={first['next']}").json()
    assert [line["sql"] for line in second["items"]] == ["select 0"]
    assert second["next"] is None
    assert client.post(f"/api/queries/{first['items'][0]['id']}/cancel").status_code == 403
    assert client.post(f"/api/queries/{cast.organisation.id}/cancel").status_code == 404


def get(client: Client, warehouse: Warehouse, path: str, **headers: str) -> Any:
    return client.get(f"/api/warehouses/{warehouse.id}/{path}", headers=headers)


def test_tables_and_their_columns_are_listed(cast: Cast, warehouse: Warehouse) -> None:
    reader = signed_in(cast.reader)

    found = get(reader, warehouse, "tables?contains=ord").json()["items"]

    assert found[0].pop("size_bytes") > 0
    assert found == [
        {
            "schema": "raw",
            "name": "orders",
            "rows": 5000,
            "columns": [
                {"name": name, "type": "VARCHAR" if name == "note" else "BIGINT"} for name in ("id", "shop", "note")
            ],
            "loaded_at": None,
        }
    ]  # fmt: skip
    assert get(reader, warehouse, "table?schema=raw&name=orders").json()["columns"] == found[0]["columns"]
    assert get(reader, warehouse, "tables?contains=nothing").json() == {"items": []}


def test_rows_of_a_table_are_narrowed_and_come_in_every_format(cast: Cast, warehouse: Warehouse) -> None:
    reader = signed_in(cast.reader)
    path = "table/rows?schema=raw&name=orders&contains=12&column=id&is_whole=true"

    assert json.loads(content(get(reader, warehouse, path)))["rows"] == [[12, 5, "text 12"]]
    assert content(get(reader, warehouse, path, accept="text/csv")) == b"id,shop,note\r\n12,5,text 12\r\n"
    first = json.loads(content(get(reader, warehouse, "table/rows?schema=raw&name=orders")))
    assert (first["row_count"], first["is_truncated"]) == (100, True)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("table?schema=raw&name=nothing", 404, "table_not_found"),
        ("table/rows?schema=raw&name=nothing", 404, "table_not_found"),
        ("table?schema=raw", 422, "invalid_request"),
        ("table/rows?schema=raw&name=orders&contains=x&column=nothing", 422, "column_not_found"),
        ("table/rows?schema=raw&name=orders&limit=0", 422, "invalid_request"),
        ("table/rows?schema=raw&name=orders&contains=" + "x" * 201, 422, "invalid_request"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_a_code(
    cast: Cast, warehouse: Warehouse, path: str, status: int, code: str
) -> None:
    answer = get(signed_in(cast.reader), warehouse, path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert get(signed_in(cast.outsider), warehouse, path).status_code in (404, 422)
