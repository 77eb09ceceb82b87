"""What APIs send that isn't as it should be, each at the wire: what the update comes to, and in which words."""

import resource
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import cycle
from typing import Any

import pytest

from oneclick.accounts.roles import Principal
from oneclick.pipelines import services
from oneclick.pipelines.contract.errors import BadFlow, SourceDamaged, SourceRefused
from oneclick.pipelines.models import FlowRun, RunState
from oneclick.warehouses.contract.descriptions import CheckResult
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Rows
from tests.pipelines.sources import drive, update
from tests.pipelines.templates.api_ingestion.conftest import Serve
from tests.pipelines.templates.api_ingestion.stub import (
    SECRET,
    SHOP,
    Reply,
    Request,
    Shop,
    Stub,
    connect,
    make_flow,
    record,
)
from tests.pipelines.test_engine import full

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("impatient")]

ONE_PAGE = {"name": "orders", "rate_limit": "1000"}
BEARER = {"auth": "bearer token"}


def data(*records: Any, **around: Any) -> Reply:
    return Reply(body={"data": list(records), **around})


def broken_off(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"data": [{"id": 1}')
    connection.shutdown(socket.SHUT_RDWR)


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n" + b'{"data": ["')
    for _ in range(1 << 14):
        connection.sendall(b"x" * (1 << 16))


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("reply", "words"),
        [
            (Reply(body=b"<!DOCTYPE html><html>Sign in</html>"), "a web page, not with JSON"),
            (Reply(body=b'{"data": [{"id": 1}, {"id"'), "isn't JSON, or it is cut off"),
            (Reply(body=b'{"data": [{"id": 1}]} {}'), "isn't JSON, or it is cut off"),
            (Reply(body=b"[1, 2,]"), "isn't JSON"),
            (Reply(body=b"\xff\xfe\x00{"), "isn't UTF-8"),
            (Reply(body=b"[" * 100_000), "nested too deeply"),
            (Reply(body={"message": "try later"}), "no list of records; it has: message"),
            (Reply(body=[1, 2, 3]), "None of the 3 records is an object"),
        ],
        ids=["html", "truncated", "two documents", "comma", "encoding", "deep", "an object", "numbers"],
    )
    def test_what_cannot_be_read_is_told_and_replaces_nothing(
        self, member: Principal, warehouse: Warehouse, stub: Stub, rows_in: Rows, *, reply: Reply, words: str
    ) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, name="orders", rate_limit="1000")
        stub.answer = lambda request: data(record(1))
        update(member, flow)
        stub.answer = lambda request: reply
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.FAILED, "source_damaged"), run.error_message
        assert words in run.error_message
        assert run.error_hint
        assert rows_in("raw.orders", "count(*)") == [(1,)]

    @pytest.mark.parametrize(
        ("value", "words"),
        [({"id": 1}, "one object at 'data'"), ("x", "a single value at 'data'"), (None, "")],
        ids=["object", "text", "null"],
    )
    def test_something_else_where_the_list_was(
        self, member: Principal, warehouse: Warehouse, stub: Stub, value: Any, words: str
    ) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, **SHOP)
        stub.answer = lambda request: Reply(body={"data": value})
        run = update(member, flow)
        if value is None:
            assert (run.state, run.rows) == (RunState.DONE, 0)
        else:
            assert (run.state, run.error_code) == (RunState.FAILED, "source_damaged")
            assert words in run.error_message

    @pytest.mark.parametrize(
        ("status", "code", "words"),
        [
            (401, "source_refused", "doesn't know us"),
            (403, "source_refused", "doesn't let us read"),
            (404, "page_missing", "nothing at this address"),
            (400, "source_refused", "refuses our request"),
        ],
    )
    def test_a_refusal_is_told_without_what_we_sent(
        self, member: Principal, warehouse: Warehouse, stub: Stub, *, status: int, code: str, words: str
    ) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, given={"token": SECRET}, **SHOP, **BEARER)
        stub.answer = lambda request: Reply(body={"you sent": request.headers["authorization"]}, status=status)
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.FAILED, code)
        assert words in run.error_message
        assert SECRET not in run.error_message + run.error_hint

    def test_one_page_that_is_too_large_is_refused_in_bounded_memory(
        self, member: Principal, warehouse: Warehouse, stub: Stub
    ) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, **SHOP)
        stub.answer = lambda request: Reply(raw=endless)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.FAILED, "source_damaged")
        assert "more than the 32 MB" in run.error_message
        assert "page size" in run.error_hint
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 << 10

    def test_being_sent_on_into_this_machine_is_refused(
        self, member: Principal, warehouse: Warehouse, stub: Stub, serve: Serve, settings: Any
    ) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, **SHOP)
        allowed = list(settings.ONECLICK_OUTBOUND_ALLOW)
        inside = serve(lambda request: data(record(1)))
        settings.ONECLICK_OUTBOUND_ALLOW = allowed
        stub.answer = lambda request: Reply(status=302, headers={"Location": inside.url})
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.FAILED, "destination_refused")
        assert inside.requests == []

    def test_a_next_page_at_another_server_gets_no_secret(
        self, member: Principal, warehouse: Warehouse, stub: Stub, serve: Serve
    ) -> None:
        other = serve(lambda request: data(record(2)))
        stub.answer = lambda request: data(record(1), next=f"{other.url}/more")
        config = {**ONE_PAGE, **BEARER, "pagination": "next address", "next_path": "next"}
        run = update(member, make_flow(member, warehouse, stub, choose=full, given={"token": SECRET}, **config))
        assert (run.state, run.error_code) == (RunState.FAILED, "source_damaged")
        assert "at another server" in run.error_message
        assert other.requests == []


class TestPagesWithoutEnd:
    def test_the_same_page_for_ever_is_told(self, member: Principal, warehouse: Warehouse, stub: Stub) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, **SHOP)
        stub.answer = lambda request: data(record(1), record(2))
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.FAILED, "source_damaged")
        assert "the same page again and again: page 2 is page 1 once more" in run.error_message

    def test_going_round_in_a_circle_is_told(self, member: Principal, warehouse: Warehouse, stub: Stub) -> None:
        def circle(request: Request) -> Reply:
            at = int(request.query.get("cursor", "0"))
            return data(record(at), next_cursor=str((at + 1) % 3 or 1))

        stub.answer = circle
        run = update(member, make_flow(member, warehouse, stub, choose=full, **ONE_PAGE))
        assert (run.state, run.error_code) == (RunState.FAILED, "source_damaged")
        assert "in a circle" in run.error_message

    @pytest.mark.parametrize("kind", ["page number", "cursor"])
    def test_pages_without_an_end_end_at_the_limit(
        self, member: Principal, warehouse: Warehouse, stub: Stub, kind: str
    ) -> None:
        def endless_pages(request: Request) -> Reply:
            at = int(request.query.get("page") or request.query.get("cursor") or 1)
            return data(record(at), next_cursor=str(at + 1))

        stub.answer = endless_pages
        cursor = {"next_path": "next_cursor", "page_param": "cursor"} if kind == "cursor" else {}
        config = {**ONE_PAGE, "pagination": kind, "most_pages": "20", **cursor}
        run = update(member, make_flow(member, warehouse, stub, choose=full, **config))
        assert (run.state, run.error_code) == (RunState.FAILED, "source_damaged")
        assert "After 20 pages" in run.error_message
        assert len(stub.requests) <= 25


class TestServersInTrouble:
    def test_what_passes_is_waited_for(
        self, member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows
    ) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, **SHOP)
        troubles = [
            Reply(status=500), Reply(status=429, headers={"Retry-After": "0"}), Reply(status=502),
            Reply(raw=lambda connection: connection.close()), Reply(raw=broken_off), Reply(status=503),
            Reply(status=429, headers={"Retry-After": format_datetime(datetime.now(UTC), usegmt=True)}),
            Reply(status=403, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}),
        ]  # fmt: skip
        sound = cycle([False, True])  # never more in a row than there are tries
        orders.before = lambda request: None if not troubles or next(sound) else troubles.pop()
        run = update(member, flow)
        assert (run.state, run.rows, run.error_message) == (RunState.DONE, 120, "")
        assert rows_in("raw.orders", "count(*), count(DISTINCT id)") == [(120, 120)]

    def test_retry_after_is_honoured(self, member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, **SHOP)
        times: list[datetime] = []

        def busy(request: Request) -> Reply | None:
            times.append(datetime.now(UTC))
            return Reply(status=429, headers={"Retry-After": "1"}) if len(times) == 1 else None

        orders.before = busy
        assert update(member, flow).state == RunState.DONE
        assert times[1] - times[0] >= timedelta(seconds=1)

    @pytest.mark.parametrize(
        ("trouble", "code"),
        [
            (Reply(status=429), "source_busy"),
            (Reply(status=500), "source_unavailable"),
            (Reply(raw=broken_off), "source_unavailable"),
        ],
        ids=["429", "500", "broken off"],
    )
    def test_trouble_that_stays_is_tried_again_later_and_goes_on_where_it_was(
        self, member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows,
        *, trouble: Reply, code: str,
    ) -> None:  # fmt: skip
        flow = make_flow(member, warehouse, stub, choose=full, **SHOP)
        orders.before = lambda request: trouble if int(request.query["page"]) >= 3 else None
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.WAITING, code)
        orders.before = lambda request: None
        stub.requests.clear()
        FlowRun.objects.update(wake_at=None)
        run = drive(member, run)
        assert (run.state, run.rows) == (RunState.DONE, 120)
        assert "1" not in stub.asked("page")
        assert rows_in("raw.orders", "count(*), count(DISTINCT id)") == [(120, 120)]

    def test_a_long_pause_is_slept_by_nobody(self, member: Principal, warehouse: Warehouse, stub: Stub) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, **SHOP)
        stub.answer = lambda request: Reply(status=429, headers={"Retry-After": "600"})
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.WAITING, "source_busy")
        assert run.wake_at is not None
        assert run.wake_at > datetime.now(UTC) + timedelta(seconds=590)

    def test_the_rate_limit_is_kept(self, member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, **(SHOP | {"rate_limit": "20"}))
        orders.size = 10
        times: list[datetime] = []

        def note(request: Request) -> None:
            times.append(datetime.now(UTC))

        orders.before = note
        update(member, flow)
        assert len(times) >= 13
        assert (max(times) - min(times)).total_seconds() >= (len(times) - 1) / 20 - 0.06

    def test_a_run_is_stopped_while_it_waits(
        self, member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop
    ) -> None:
        flow = make_flow(member, warehouse, stub, choose=full, **SHOP)
        run = services.run_now(member, flow.id)

        def stop(request: Request) -> Reply:
            FlowRun.objects.filter(id=run.id).update(stop_asked_at=datetime.now(UTC))
            return Reply(status=429, headers={"Retry-After": "30"})

        orders.before = stop
        began = datetime.now(UTC)
        run = drive(member, run)
        assert (run.state, run.error_code) == (RunState.STOPPED, "run_stopped")
        assert datetime.now(UTC) - began < timedelta(seconds=10)


class TestValues:
    def bring(self, member: Principal, warehouse: Warehouse, stub: Stub, *records: Any) -> FlowRun:
        stub.answer = lambda request: Reply(body=list(records))
        return update(member, make_flow(member, warehouse, stub, choose=full, **ONE_PAGE))

    def test_any_text_stays_what_it_is(
        self, member: Principal, warehouse: Warehouse, stub: Stub, rows_in: Rows
    ) -> None:
        text = b'"\xf0\x9f\x90\x98 \\ud83d\\udc18 a\\nb \\\\ \\"q\\" \\\\ud83d"'
        raw = b'[\n{"id": 1, "t": ' + text + b', "\\u00fc n\\u00ef/x~y": 1},'
        stub.answer = lambda request: Reply(body=raw + b'\r\n{"id": 2, "t": "half \\ud83d", "select": null}]')
        run = update(member, make_flow(member, warehouse, stub, choose=full, **ONE_PAGE))
        assert run.state == RunState.DONE, run.error_message
        assert rows_in("raw.orders", 'id, t, "ü nï/x~y"') == [
            (1, '🐘 🐘 a\nb \\ "q" \\ud83d', 1), (2, "half �", None),
        ]  # fmt: skip

    def test_types_hold_all_values(self, member: Principal, warehouse: Warehouse, stub: Stub, rows_in: Rows) -> None:
        early = [
            {"id": n, "code": f"{n:05d}", "late": n, "real": n, "big": n, "day": "2024-01-02", "at": "2024-01-02",
             "odd": n, "list": [n], "mixed_list": [n], "empty": None, "nothing": [], "flag": True}
            for n in range(1, 3001)
        ]  # fmt: skip
        last = {"id": 3001, "code": "x", "late": "text", "real": 0.5, "big": 123456789012345678901234567890,
                "day": "2024-02-30", "at": "2024-01-02T03:04:05Z", "odd": {"a": 1}, "list": [2.5], "mixed_list": ["a"],
                "new": "seen late", "flag": None}  # fmt: skip
        run = self.bring(member, warehouse, stub, *early, last)
        assert (run.state, run.rows) == (RunState.DONE, 3001), run.error_message
        assert dict(rows_in("(DESCRIBE raw.orders)", "column_name, column_type")) == {
            "id": "BIGINT", "code": "VARCHAR", "late": "VARCHAR", "real": "DOUBLE", "big": "VARCHAR", "day": "VARCHAR",
            "at": "VARCHAR", "odd": "JSON", "list": "DOUBLE[]", "mixed_list": "VARCHAR[]", "new": "VARCHAR",
            "flag": "BOOLEAN",
        }  # fmt: skip
        found = rows_in("(FROM raw.orders WHERE id = 3001)", "code, late, real, big, day, list, new, odd::VARCHAR")
        assert found == [
            ("x", "text", 0.5, "123456789012345678901234567890", "2024-02-30", [2.5], "seen late", '{"a":1}')
        ]  # fmt: skip
        assert rows_in("(FROM raw.orders WHERE id = 7)", "code, late") == [("00007", "7")]

    def test_names_that_collide_are_told_apart(
        self, member: Principal, warehouse: Warehouse, stub: Stub, rows_in: Rows
    ) -> None:
        run = self.bring(member, warehouse, stub, {"id": 1, "ID": 2, "a": {"b": 3}, "a_b": 4, "": 5, "_row_id": 6})
        assert run.state == RunState.DONE, run.error_message
        ((row,),) = rows_in("(SELECT o FROM raw.orders o)", "o")
        assert sorted(value for value in row.values()) == [1, 2, 3, 4, 5, 6]

    def test_what_is_no_object_is_set_aside(
        self, member: Principal, warehouse: Warehouse, stub: Stub, rows_in: Rows
    ) -> None:
        run = self.bring(member, warehouse, stub, {"id": 1}, 7, None, {"id": 2})
        assert (run.state, run.rows, run.rejected) == (RunState.DONE, 2, 2), run.error_message
        assert [raw for _, raw in rows_in("raw.orders_rejected")] == ["7", "null"]
        run = update(member, run.flow)
        assert rows_in("raw.orders_rejected", "count(*)") == [(2,)]

    def test_a_record_without_its_key_is_set_aside(
        self, member: Principal, warehouse: Warehouse, stub: Stub, orders: Shop, rows_in: Rows
    ) -> None:
        orders.records.append(record(500) | {"id": None})
        orders.records.sort(key=lambda each: each["id"] or 0)
        orders.records[0]["id"] = None
        stub.answer = lambda request: Reply(body={"data": orders.records}) if "page" not in request.query else (
            Reply(body={"data": orders.records if request.query["page"] == "1" else []})
        )  # fmt: skip
        run = update(member, make_flow(member, warehouse, stub, choose=full, **SHOP))
        assert (run.state, run.rows, run.rejected) == (RunState.DONE, 120, 1), run.error_message
        ((reason, _),) = rows_in("raw.orders_rejected")
        assert reason == "It has no id, which is needed to tell it from others."

    def test_one_record_of_many_megabytes_comes(
        self, member: Principal, warehouse: Warehouse, stub: Stub, rows_in: Rows
    ) -> None:
        run = self.bring(member, warehouse, stub, {"id": 1, "t": "ü" * (2 << 20)}, {"id": 2, "t": "x"})
        assert run.state == RunState.DONE, run.error_message
        assert rows_in("raw.orders", "id, length(t)") == [(1, 2 << 20), (2, 1)]


class TestBeforeSaving:
    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (Reply(body=b"<html></html>"), "a web page"),
            (Reply(status=401), "doesn't know us"),
            (Reply(status=500), "an error of its own"),
        ],
    )
    def test_a_check_tells_what_is_wrong(
        self, member: Principal, warehouse: Warehouse, stub: Stub, answer: Reply, words: str
    ) -> None:
        flow = connect(member, warehouse, stub, given={"token": SECRET}, **ONE_PAGE, **BEARER)
        stub.answer = lambda request: answer
        (check,) = services.check(member, flow.id)
        assert check.result is CheckResult.FAILED
        assert words in check.title
        with pytest.raises((SourceDamaged, SourceRefused, Exception), match=words):
            services.discover(member, flow.id)

    def test_an_address_that_nobody_allowed_says_how_it_is_allowed(
        self, member: Principal, warehouse: Warehouse, stub: Stub, settings: Any
    ) -> None:
        settings.ONECLICK_OUTBOUND_ALLOW = []
        (check,) = services.check(member, connect(member, warehouse, stub).id)
        assert (check.result, check.remedy) == (
            CheckResult.FAILED, f"oneclick outbound allow {stub.destination}",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"url": "ftp://example.com"}, "isn't a web address"),
            ({"url": "https://user:pw@example.com/"}, "must not hold a user"),
            ({"auth": "magic"}, "Sign-in can't be"),
            ({"pagination": "cursor"}, "Next cursor is missing"),
            ({"rate_limit": "0"}, "rate limit is a number"),
            ({"recipe": "nonsense"}, "Recipe can't be"),
            ({"nonsense": "x"}, "no setting"),
        ],
    )
    def test_settings_that_cannot_be(
        self, member: Principal, warehouse: Warehouse, stub: Stub, change: dict[str, str], words: str
    ) -> None:
        with pytest.raises(BadFlow, match=words):
            connect(member, warehouse, stub, **{**ONE_PAGE, **change})
