"""A file on its way from a page to a table: sent, looked at, corrected, loaded, and gone from our disk."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from oneclick.accounts.models import Membership
from oneclick.audit.models import AuditEvent
from oneclick.core.clock import utcnow
from oneclick.pipelines import uploads
from oneclick.pipelines.models import FileLoad, Upload, UploadState
from oneclick.warehouses.adapters.local.data_plane import LocalDataPlane
from oneclick.warehouses.models import Warehouse, WarehouseState
from tests.accounts.conftest import signed_in
from tests.cast import Cast
from tests.pipelines.conftest import Rows
from tests.pipelines.test_sheets import book

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = b"id;day;amount\n1;31.12.2025;1.234,50\n2;01.02.2026;2,5\n"
Send = Callable[..., Upload]


@pytest.fixture
def member_client(cast: Cast) -> Client:
    return signed_in(cast.member)


@pytest.fixture
def send(warehouse: Warehouse, member_client: Client) -> Send:
    """Sends a file by the page, as a member; what the worker does about it is done at once, if not told otherwise."""

    def post(name: str, content: bytes, *, is_worked_on: bool = True) -> Upload:
        answer = member_client.post(load_path(warehouse), {"file": SimpleUploadedFile(name, content)})
        assert answer.status_code == 302, answer.content
        upload = Upload.objects.get(id=answer["Location"].rsplit("/", 1)[1])
        if is_worked_on:
            work()
        upload.refresh_from_db()
        return upload

    return post


def work() -> None:
    """Do what the worker would."""
    for task, arguments in asked_for():
        act = {uploads.LOOK: uploads.look, uploads.LOAD: uploads.load}[task]
        act(UUID(arguments["upload_id"]), arguments["order"])


def asked_for() -> list[tuple[str, dict[str, Any]]]:
    """What waits in the queue for uploads; it is taken out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args FROM procrastinate_jobs WHERE task_name LIKE '%%upload' ORDER BY id")
        found = [(str(name), json.loads(arguments)) for name, arguments in cursor.fetchall()]
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name LIKE '%%upload'")
    return found


def load_path(warehouse: Warehouse) -> str:
    return f"/warehouses/{warehouse.id}/load"


def page_path(upload: Upload) -> str:
    return f"/warehouses/{upload.warehouse_id}/load/{upload.id}"


def text_of(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content
    return re.sub(r"\s+", " ", answer.content.decode())


def form_of(upload: Upload, **changes: Any) -> dict[str, Any]:
    """The form as the page shows it, with changes."""
    return {"table": "orders", "schema": "raw", "mode": "replace"} | changes


def press(client: Client, upload: Upload, button: str, **changes: Any) -> Upload:
    answer = client.post(page_path(upload), form_of(upload, **changes) | {button: "yes"})
    assert answer.status_code == 302, answer.content
    work()
    upload.refresh_from_db()
    return upload


def test_what_is_in_the_file_is_shown_before_anything_is_written(
    send: Send, member_client: Client, rows_in: Rows
) -> None:
    upload = send("Orders 2026.csv", ORDERS)
    assert upload.state == UploadState.READY
    page = text_of(member_client, page_path(upload))
    for words in ("2 rows in 3 columns", "As found: Semicolon", "As found: 1.234,50", "As found: 31/12/2026",
                  "As found: In the first row", "As found: date", "As found: whole number", "2025-12-31",
                  "1234.5", 'value="orders_2026"'):  # fmt: skip
        assert words in page, words
    assert not FileLoad.objects.exists()


def test_the_file_becomes_a_table_and_is_gone_from_our_disk(
    send: Send, member_client: Client, rows_in: Rows, warehouse: Warehouse
) -> None:
    upload = press(member_client, send("orders.csv", ORDERS + b"3\n"), "load")
    assert (upload.state, upload.result["rows"], upload.result["rejected"]) == (UploadState.DONE, 2, 1)
    assert rows_in("raw.orders", "id, amount") == [(1, 1234.5), (2, 2.5)]
    assert not uploads.folder_of(upload.id).exists()
    page = text_of(member_client, page_path(upload))
    assert "2 rows loaded into orders" in page
    assert "1 row we set aside" in page
    assert f"/warehouses/{warehouse.id}/table?schema=raw&name=orders_rejected" in page
    events = AuditEvent.objects.filter(action__startswith="upload", target_id=str(warehouse.id))
    assert list(events.values_list("action", flat=True)) == ["upload.received"]


def test_what_was_found_can_be_corrected(send: Send, member_client: Client, rows_in: Rows) -> None:
    upload = send("orders.csv", b"id;zip;amount\n1;1234;5\n2;2345;6\n")
    upload = press(member_client, upload, "again", type_1="TEXT", type_2="DECIMAL(18,2)", table="shops")
    page = text_of(member_client, page_path(upload))
    assert 'value="TEXT" selected' in page
    assert 'value="shops"' in page
    upload = press(member_client, upload, "load", type_1="TEXT", type_2="DECIMAL(18,2)", table="shops")
    assert upload.state == UploadState.DONE
    assert rows_in("raw.shops", "zip, amount::VARCHAR") == [("1234", "5.00"), ("2345", "6.00")]


def test_rows_are_never_loaded_in_a_way_that_nobody_saw(send: Send, member_client: Client) -> None:
    upload = send("orders.csv", ORDERS)
    upload = press(member_client, upload, "load", has_header="no")
    assert upload.state == UploadState.READY
    assert "column0" in text_of(member_client, page_path(upload))
    assert press(member_client, upload, "load", has_header="no").state == UploadState.DONE


def test_a_sheet_is_chosen_and_rows_are_merged(send: Send, member_client: Client, rows_in: Rows) -> None:
    press(member_client, send("orders.csv", b"id;note\n1;one\n2;two\n"), "load")
    sheets = book([("x",), ("y",)], [("id", "note"), (2, "TWO"), (3, "three")], names=["Cover", "Rows"])
    upload = press(member_client, send("orders.xlsx", sheets), "again", sheet="Rows")
    assert "orders is there, with 2 rows" in text_of(member_client, page_path(upload))
    refused = member_client.post(page_path(upload), form_of(upload, sheet="Rows", mode="merge", load="yes"))
    assert (refused.status_code, b"Choose at least one column" in refused.content) == (422, True)
    upload = press(member_client, upload, "load", sheet="Rows", mode="merge", key=["id"])
    assert (upload.state, upload.error_message) == (UploadState.DONE, "")
    assert rows_in("raw.orders") == [(1, "one"), (2, "TWO"), (3, "three")]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.csv", bytes(range(256)) * 100, "isn&#x27;t text"),
        ("t.xlsx", b"PK\x03\x04", "breaks off"),
        ("t.xls", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "with a password"),
        ("notes", b"a\n1\n", "doesn&#x27;t say what is in the file"),
        ("t.csv", b"a,b\n", "holds no rows"),
        ("../../etc/pass<b>wd.csv", b"\x00\x01" * 100, "pass&lt;b&gt;wd.csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_so_and_can_be_replaced(
    send: Send, member_client: Client, name: str, content: bytes, words: str
) -> None:
    upload = send(name, content)
    assert upload.state == UploadState.FAILED
    page = text_of(member_client, page_path(upload))
    assert words in page
    assert "Choose another file" in page
    assert press(member_client, upload, "again").state == UploadState.FAILED


@pytest.mark.parametrize(("form", "words"), [({}, "Choose a file first"), ({"file": ""}, "Choose a file first")])
def test_no_file_is_told_so(member_client: Client, warehouse: Warehouse, form: dict[str, str], words: str) -> None:
    answer = member_client.post(load_path(warehouse), form)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)


def test_an_empty_file_and_one_that_is_too_large_are_refused(
    member_client: Client, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = member_client.post(load_path(warehouse), {"file": SimpleUploadedFile("t.csv", b"")})
    assert (answer.status_code, b"The file is empty" in answer.content) == (422, True)
    with (
        patch.object(SimpleUploadedFile, "size", 11 << 30, create=True),
        patch.object(uploads, "_keep", side_effect=AssertionError),
        pytest.raises(uploads.UploadTooLarge, match="10,240"),
    ):
        uploads.receive(_member(warehouse), warehouse.id, _huge())
    assert not Upload.objects.exists()


def test_files_that_wait_are_together_no_larger_than_one_may_be(
    send: Send, member_client: Client, warehouse: Warehouse
) -> None:
    waiting = send("orders.csv", ORDERS)
    Upload.objects.update(size_bytes=10 << 30)
    answer = member_client.post(load_path(warehouse), {"file": SimpleUploadedFile("t.csv", ORDERS)})
    assert (answer.status_code, b"Load or remove one of them first" in answer.content) == (422, True)
    press(member_client, waiting, "load")
    send("t.csv", ORDERS)


def _member(warehouse: Warehouse) -> Any:
    from oneclick.accounts.roles import Principal, PrincipalKind, Role

    return Principal(kind=PrincipalKind.OPERATOR, id="t", organisation_id=warehouse.organisation_id, role=Role.MEMBER)


def _huge() -> Any:
    file = SimpleUploadedFile("t.csv", b"a\n")
    file.size = 11 << 30
    return file


def test_a_worker_that_is_killed_does_it_again_and_no_row_comes_twice(
    send: Send, member_client: Client, rows_in: Rows
) -> None:
    """Killed before and after the rows were in, and after the load was noted as done."""
    upload = send("orders.csv", ORDERS)
    member_client.post(page_path(upload), form_of(upload, mode="append", load="yes"))
    ((_, arguments),) = asked_for()
    bulk_load = LocalDataPlane.bulk_load

    def killed_after(plane: Any, load: Any) -> Any:
        bulk_load(plane, load)
        raise KeyboardInterrupt

    for where in ("before", "after", "noted"):
        target, name, effect = {
            "before": (LocalDataPlane, "bulk_load", KeyboardInterrupt),
            "after": (LocalDataPlane, "bulk_load", killed_after),
            "noted": (uploads, "_end", KeyboardInterrupt),
        }[where]
        with patch.object(target, name, autospec=True, side_effect=effect), pytest.raises(KeyboardInterrupt):
            uploads.load(UUID(arguments["upload_id"]), arguments["order"])
    uploads.load(UUID(arguments["upload_id"]), arguments["order"])
    upload.refresh_from_db()
    assert (upload.state, FileLoad.objects.count()) == (UploadState.DONE, 1)
    assert rows_in("raw.orders", "id") == [(1,), (2,)]
    uploads.load(UUID(arguments["upload_id"]), arguments["order"])
    assert rows_in("raw.orders", "id") == [(1,), (2,)]


def test_an_order_that_came_late_changes_nothing(send: Send, member_client: Client) -> None:
    upload = send("orders.csv", ORDERS, is_worked_on=False)
    ((_, first),) = asked_for()
    uploads.look(UUID(first["upload_id"]), first["order"] + 1)
    upload.refresh_from_db()
    assert upload.state == UploadState.LOOKING
    answer = member_client.post(page_path(upload), form_of(upload) | {"again": "yes"})
    assert answer.status_code == 302
    assert "Wait until that has ended" in text_of(member_client, page_path(upload))
    assert asked_for() == []


def test_a_page_that_is_watched_is_read_again_when_the_work_has_ended(send: Send, member_client: Client) -> None:
    upload = send("orders.csv", ORDERS, is_worked_on=False)
    watched = member_client.get(page_path(upload), headers={"HX-Request": "true"})
    assert (watched.status_code, b"Looking at the file" in watched.content) == (200, True)
    assert b'http-equiv="refresh"' in watched.content
    work()
    assert member_client.get(page_path(upload), headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_who_may_not_load_any_more_loads_nothing(send: Send, member_client: Client, cast: Cast) -> None:
    upload = send("orders.csv", ORDERS)
    member_client.post(page_path(upload), form_of(upload, load="yes"))
    Membership.objects.filter(user_id=cast.member.id).update(role="reader")
    work()
    upload.refresh_from_db()
    assert (upload.state, "may not" in upload.error_message) == (UploadState.FAILED, True)
    assert not FileLoad.objects.exists()


def test_readers_may_not_and_outsiders_find_nothing(send: Send, cast: Cast, warehouse: Warehouse) -> None:
    upload = send("orders.csv", ORDERS)
    for path in (load_path(warehouse), page_path(upload)):
        assert signed_in(cast.reader).get(path).status_code == 403
        assert signed_in(cast.outsider).get(path).status_code == 404
        assert signed_in(cast.outsider).post(path, form_of(upload) | {"load": "yes"}).status_code == 404
    assert asked_for() == []


def test_a_file_can_be_removed(send: Send, member_client: Client) -> None:
    upload = send("orders.csv", ORDERS)
    answer = member_client.post(page_path(upload), {"discard": "yes"})
    assert answer["Location"] == f"/warehouses/{upload.warehouse_id}/load"
    assert not uploads.folder_of(upload.id).exists()
    text_of(member_client, page_path(upload), 404)


def test_files_are_kept_for_a_day(send: Send) -> None:
    old, new = send("old.csv", ORDERS), send("new.csv", ORDERS)
    Upload.objects.filter(id=old.id).update(made_at=utcnow() - timedelta(days=1, minutes=1))
    lost = Path(settings.HOME) / "uploads" / "00000000-0000-0000-0000-000000000000"
    lost.mkdir()
    uploads.forget_old(utcnow() + timedelta(hours=2))
    assert not Upload.objects.filter(id=old.id).exists()
    assert not uploads.folder_of(old.id).exists()
    assert not lost.exists()
    assert uploads.file_of(new).read_bytes() == ORDERS


def test_a_warehouse_that_is_not_ready_takes_no_file(member_client: Client, warehouse: Warehouse) -> None:
    Warehouse.objects.filter(id=warehouse.id).update(state=WarehouseState.CREATING)
    assert member_client.get(load_path(warehouse))["Location"] == f"/warehouses/{warehouse.id}/tables"


def test_the_way_to_the_page_is_shown_to_those_who_may(cast: Cast, warehouse: Warehouse) -> None:
    for path in (f"/warehouses/{warehouse.id}", f"/warehouses/{warehouse.id}/tables"):
        assert load_path(warehouse) in text_of(signed_in(cast.member), path)
        assert load_path(warehouse) not in text_of(signed_in(cast.reader), path)
