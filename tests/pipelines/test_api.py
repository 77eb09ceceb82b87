import gzip
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from oneclick.accounts.roles import Role
from oneclick.accounts.services import issue_token
from oneclick.provisioning.losses import tables_at_stake
from oneclick.warehouses.models import Warehouse
from tests.cast import Cast
from tests.pipelines.conftest import Rows
from tests.pipelines.test_sheets import book

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def upload(cast: Cast, warehouse: Warehouse) -> Any:
    """Posts a file, as a member if no other role is named."""

    def post(
        name: str, content: bytes, *, to: str = "load", role: Role = Role.MEMBER, outside: bool = False, **form: Any
    ) -> Any:
        _, token = issue_token(cast.outsider if outside else cast.admin, name="t", role=role, days=1)
        return Client(raise_request_exception=False).post(
            f"/api/warehouses/{warehouse.id}/{to}",
            {"file": SimpleUploadedFile(name, content), **form},
            headers={"Authorization": f"Bearer {token.reveal()}"},
        )

    return post


def test_an_uploaded_file_becomes_a_table(upload: Any, warehouse: Warehouse, rows_in: Rows) -> None:
    answer = upload("Orders.csv", b"a,b\n1,x\n2\n3,y\n")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["table"], body["rows"], body["rejected"]) == ("raw.orders", 2, 1)
    assert body["columns"] == [{"name": "a", "type": "BIGINT"}, {"name": "b", "type": "VARCHAR"}]
    assert rows_in("raw.orders") == [(1, "x"), (3, "y")]
    assert all(table.is_ours for table in tables_at_stake(warehouse))


def test_types_can_be_said(upload: Any, rows_in: Rows) -> None:
    answer = upload("t.csv", b"a,b\n007,7\n1,x\n", types=["a=text", "b=bigint"])
    assert answer.status_code == 200, answer.content
    assert [column["type"] for column in answer.json()["columns"]] == ["VARCHAR", "BIGINT"]
    assert rows_in("raw.t") == [("007", 7)]
    assert rows_in("raw.t_rejected", "line_number, column_name, raw") == [(3, "b", "1,x")]
    refused = upload("t.csv", b"a\n1\n", types="nope=bigint")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "bad_import_option")


def test_a_sheet_is_merged_by_its_key(upload: Any, rows_in: Rows) -> None:
    upload("t.csv", b"id;amount\n1;1,5\n2;2,5\n")
    answer = upload("t.xlsx", book([], [("id", "amount"), (2, "1.234,50"), (3, "5")], names=["a", "b"]), sheet="B",
                    mode="merge", key=["id"], decimal="comma")  # fmt: skip
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["rows"], body["sheet"], body["decimal"], body["dates"]) == (2, "b", "comma", "")
    assert rows_in("raw.t") == [(1, 1.5), (2, 1234.5), (3, 5.0)]


def test_a_large_upload_goes_by_way_of_the_disk(upload: Any, settings: Any, rows_in: Rows) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    answer = upload("t.csv.gz", gzip.compress(b"a\n" + b"1\n" * 50_000), table="big", mode="append")
    assert answer.json()["rows"] == 50_000
    assert rows_in("raw.big", "sum(a)") == [(50_000,)]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("t.csv", b"", "file_empty"),
        ("t.csv", b"a,b\n", "file_empty"),
        ("t.xlsx", b"PK\x03\x04", "file_damaged"),
        ("../../etc/passwd", b"a\n1\n", "file_format_unknown"),
        ("t.parquet", b"PAR1 but no more", "file_damaged"),
    ],
)
def test_a_bad_file_is_refused_with_a_code(upload: Any, name: str, content: bytes, code: str) -> None:
    answer = upload(name, content)
    assert answer.status_code == 422, answer.content
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["hint"]


def test_a_reader_may_not_and_an_outsider_finds_nothing(upload: Any) -> None:
    assert upload("t.csv", b"a\n1\n", role=Role.READER).status_code == 403
    assert upload("t.csv", b"a\n1\n", role=Role.ADMIN, outside=True).status_code == 404


def test_a_preview_says_what_would_come_and_writes_nothing(upload: Any, warehouse: Warehouse) -> None:
    answer = upload("Orders.csv", b"a;b\n1;1,5\n2;x\n3;4,5\n", to="preview", types="b=DOUBLE")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert [(each["name"], each["type"]) for each in body["columns"]] == [("a", "BIGINT"), ("b", "DOUBLE")]
    assert (body["sample"], body["rows"], body["rejected"]) == ([["1", "1.5"], ["3", "4.5"]], 2, 1)
    assert (body["delimiter"], body["has_header"], body["decimal"]) == (";", True, "comma")
    assert not tables_at_stake(warehouse)
    assert upload("t.csv", b"", to="preview").status_code == 422
    assert upload("t.csv", b"a\n1\n", to="preview", outside=True).status_code == 404
    assert upload("t.csv", b"a\n1\n", to="preview", role=Role.READER).status_code == 403
