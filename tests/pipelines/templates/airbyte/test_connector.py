"""An update of a data flow from a connector, into a real lake: what comes, what is kept, what goes wrong."""

import dataclasses
import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings as django_settings
from django.db import connections

from oneclick.accounts.roles import Principal
from oneclick.core.secrets import SecretText
from oneclick.outbound.destinations import parse
from oneclick.pipelines import services
from oneclick.pipelines.contract.errors import BadFlow
from oneclick.pipelines.contract.sources import Mode
from oneclick.pipelines.models import DataFlow, FlowRun, RunState
from oneclick.pipelines.templates.airbyte import conversation, known, reading
from oneclick.pipelines.templates.airbyte.errors import ConnectorNotInstalled
from oneclick.pipelines.templates.airbyte.installing import Installed
from oneclick.pipelines.templates.airbyte.process import Limits
from oneclick.warehouses.contract.descriptions import CheckResult
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Rows
from tests.pipelines.sources import drive, update
from tests.pipelines.templates.airbyte.conftest import NAME, TOKEN, MakeFlow, answers, append, at_work, change, full

pytestmark = pytest.mark.django_db(transaction=True)

CHOICES = [full, lambda each: each, append]
MODES = ["full", "delta", "append"]


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAUSE_S", 0.05)


def limited(monkeypatch: pytest.MonkeyPatch, **limits: Any) -> None:
    monkeypatch.setattr(conversation, "LIMITS", Limits(**limits))


class TestModes:
    def test_all_rows_come_with_their_types(self, member: Principal, make_flow: MakeFlow, rows_in: Rows) -> None:
        flow = make_flow("orders", "plain", count=1000)
        run = update(member, flow)
        assert (run.state, run.rows, run.rejected, run.error_message) == (RunState.DONE, 2000, 0, "")
        kinds = dict(rows_in("(DESCRIBE raw.orders)", "column_name, column_type"))
        assert kinds == {
            "id": "BIGINT", "name": "VARCHAR", "amount": "DOUBLE", "updated_at": "TIMESTAMP WITH TIME ZONE",
            "day": "DATE", "either": "JSON", "tags": "JSON",
        }  # fmt: skip
        ((row,),) = rows_in("(SELECT o FROM raw.orders o WHERE id = 6)", "o")
        assert row == {
            "id": 6, "name": "n6 é 🐘", "amount": 9.0, "updated_at": row["updated_at"], "day": dt.date(2024, 2, 29),
            "either": "6", "tags": '["a",6]',
        }  # fmt: skip
        assert rows_in("raw.orders", "count(*), count(DISTINCT id), sum(amount), count(either)") == [
            (1000, 1000, 750750.0, 750)
        ]

    @pytest.mark.parametrize("kind", ["STREAM", "GLOBAL", "LEGACY"])
    def test_what_changed_is_merged_by_the_key(
        self, member: Principal, make_flow: MakeFlow, rows_in: Rows, *, kind: str
    ) -> None:
        flow = make_flow(count=1000, state_kind=kind)
        update(member, flow)
        change(member, flow, count=1010, touch="5, 6, 5", state_kind=kind)
        again = update(member, flow)
        assert (again.state, again.rows, again.error_message) == (RunState.DONE, 12, "")
        assert rows_in("raw.orders", "count(*), count(*) FILTER (amount = -1)") == [(1010, 2)]
        assert "_deleted_at" not in dict(rows_in("(DESCRIBE raw.orders)", "column_name, 1"))

    def test_what_is_new_is_added_once(self, member: Principal, make_flow: MakeFlow, rows_in: Rows) -> None:
        flow = make_flow("orders", choose=append, count=500, fault="trailing")
        first = update(member, flow)
        # What comes behind the last state comes again.
        assert (first.rows, first.error_message) == (500, "")
        change(member, flow, count=510, fault="none")
        assert [update(member, flow).rows for _ in range(2)] == [10, 0]
        assert rows_in("raw.orders", "count(*), count(DISTINCT id)") == [(510, 510)]

    def test_the_key_may_be_left_out_of_what_is_added(
        self, member: Principal, make_flow: MakeFlow, rows_in: Rows
    ) -> None:
        flow = make_flow(choose=lambda each: dataclasses.replace(append(each), left_out=("id", "api_secret")), count=50)
        run = update(member, flow)
        assert (run.rows, run.error_message) == (50, "")
        assert rows_in("raw.orders", "count(DISTINCT name)") == [(50,)]

    def test_a_stream_without_a_key_or_a_cursor_of_its_own(
        self, member: Principal, make_flow: MakeFlow, rows_in: Rows
    ) -> None:
        flow = make_flow(
            "events", choose=lambda each: dataclasses.replace(each, mode=Mode.APPEND, cursor="(the connector's own)"),
            count=100,
        )  # fmt: skip
        update(member, flow)
        change(member, flow, count=130)
        assert update(member, flow).rows == 30
        assert rows_in("raw.events", "count(*), max(id)") == [(130, 130)]

    def test_a_connector_that_keeps_no_state_brings_all_rows_each_time(
        self, member: Principal, make_flow: MakeFlow, rows_in: Rows
    ) -> None:
        flow = make_flow(choose=append, count=50, fault="stateless", every=1000)
        assert [update(member, flow).rows for _ in range(2)] == [50, 50]
        assert rows_in("raw.orders", "count(*)") == [(50,)]

    def test_columns_are_left_out_and_made_unreadable(
        self, member: Principal, make_flow: MakeFlow, rows_in: Rows
    ) -> None:
        flow = make_flow(choose=lambda each: dataclasses.replace(each, hashed=("name",)), count=20, fault="odd")
        run = update(member, flow)
        assert (run.state, run.rejected, run.error_message) == (RunState.DONE, 4, "")
        ((name,),) = rows_in("(FROM raw.orders WHERE id = 1)", "name")
        assert len(name) == 64
        raws = [json.loads(raw) for (raw,) in rows_in("raw.orders_rejected", "raw") if raw]
        assert len(raws) == 3
        assert not [each for each in raws if {"api_secret", "name"} & set(each)]


class TestOddRows:
    def test_rows_that_do_not_fit_are_set_aside(self, member: Principal, make_flow: MakeFlow, rows_in: Rows) -> None:
        flow = make_flow(choose=full, count=1000, fault="odd")
        run = update(member, flow)
        assert (run.state, run.rows, run.rejected, run.error_message) == (RunState.DONE, 996, 4, "")
        assert [reason for (reason,) in rows_in("raw.orders_rejected", "reason")] == [
            "The row holds half a character.",
            "amount takes no such value: its type is DOUBLE.",
            "day takes no such value: its type is DATE.",
            "id takes no such value: its type is BIGINT.",
        ]
        assert rows_in("(FROM raw.orders WHERE id IN (13, 15))", "id, amount, day") == [
            (13, None, dt.date(2024, 2, 29)), (15, 22.5, dt.date(2024, 2, 28)),
        ]  # fmt: skip
        change(member, flow, count=1000)
        update(member, flow)
        assert rows_in("raw.orders_rejected", "count(*)") == [(0,)]

    def test_a_field_that_comes_up_late_is_brought_as_text_unless_it_looks_secret(
        self, member: Principal, make_flow: MakeFlow, rows_in: Rows
    ) -> None:
        flow = make_flow("orders", "plain", count=1000, fault="odd")
        update(member, flow)
        for table in ("orders", "plain"):
            assert rows_in(f"(FROM raw.{table} WHERE id = 950)", "late") == [('{"n":950}',)]
            assert "late password" not in dict(rows_in(f"(DESCRIBE raw.{table})", "column_name, 1"))

    @pytest.mark.parametrize(("policy", "state"), [("follow", RunState.DONE), ("ask", RunState.FAILED)])
    def test_a_new_column_of_the_catalog_is_followed_or_asked_about(
        self, member: Principal, make_flow: MakeFlow, rows_in: Rows, *, policy: str, state: RunState
    ) -> None:
        flow = make_flow(count=10, on_drift=policy)
        update(member, flow)
        change(member, flow, count=20, is_new="true")
        run = update(member, flow)
        assert run.state == state
        assert ("new is new" in run.error_message) == (policy == "ask")
        if policy == "follow":
            assert rows_in("raw.orders", "count(*), count(new)") == [(20, 10)]

    def test_what_is_printed_among_the_messages_loses_nothing(
        self, member: Principal, make_flow: MakeFlow, rows_in: Rows
    ) -> None:
        update(member, make_flow(count=500, fault="garbage"))
        assert rows_in("raw.orders", "count(*)") == [(500,)]

    def test_a_row_that_is_not_whole_fails_the_update(self, member: Principal, make_flow: MakeFlow) -> None:
        run = update(member, make_flow(count=500, fault="lost"))
        assert (run.state, run.error_code) == (RunState.FAILED, "source_damaged")


class TestFailures:
    @pytest.mark.parametrize("fault", ["crash once", "transient once"])
    @pytest.mark.parametrize("choose", CHOICES, ids=MODES)
    def test_a_failure_that_passes_is_gone_on_from(
        self, member: Principal, make_flow: MakeFlow, rows_in: Rows, *, choose: Any, fault: str
    ) -> None:
        if choose is full:
            fault = fault.removesuffix(" once")
        flow = make_flow(choose=choose, count=1000, fault=fault)
        run = update(member, flow)
        if choose is full:
            # It is always read from its start, where it fails again.
            assert run.state in (RunState.FAILED, RunState.WAITING)
            return
        assert (run.state, run.rows, run.error_message) == (RunState.DONE, 1000, "")
        assert rows_in("raw.orders", "count(*), count(DISTINCT id)") == [(1000, 1000)]

    def test_a_service_that_stays_away_is_tried_again_later_from_the_last_state(
        self, member: Principal, make_flow: MakeFlow, rows_in: Rows
    ) -> None:
        flow = make_flow(choose=append, count=1000, fault="transient")
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.WAITING, "source_unavailable")
        assert run.error_message == "The connector hardcoded-records says: The service is tired."
        change(member, flow, count=1000)
        FlowRun.objects.update(wake_at=None)
        run = drive(member, run)
        assert (run.state, run.rows) == (RunState.DONE, 1000)
        assert rows_in("raw.orders", "count(*), count(DISTINCT id)") == [(1000, 1000)]

    def test_a_connector_whose_states_cannot_be_gone_on_from_is_read_from_where_the_update_began(
        self, member: Principal, make_flow: MakeFlow, rows_in: Rows, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept = known._catalogue()
        monkeypatch.setitem(kept, NAME, dataclasses.replace(kept[NAME], resumes=False))
        flow = make_flow(choose=append, count=1000, fault="transient")
        run = update(member, flow)
        assert run.state == RunState.WAITING
        change(member, flow, count=1000, fault="lossy")
        FlowRun.objects.update(wake_at=None)
        assert drive(member, run).state == RunState.DONE
        assert rows_in("raw.orders", "count(*), count(DISTINCT id)") == [(1000, 1000)]

    def test_what_the_connector_says_is_told_without_secrets(self, member: Principal, make_flow: MakeFlow) -> None:
        run = update(member, make_flow(count=500, fault="config"))
        assert (run.state, run.error_code) == (RunState.FAILED, "source_refused")
        assert run.error_message == "The connector hardcoded-records says: The key ••• may not read orders."

    def test_a_connector_that_dies_without_a_word(self, member: Principal, make_flow: MakeFlow) -> None:
        run = update(member, make_flow(choose=full, count=500, fault="crash"))
        assert (run.state, run.error_code) == (RunState.FAILED, "connector_failed")
        assert "exit code 137" in run.error_message

    def test_memory_is_capped(self, member: Principal, make_flow: MakeFlow, monkeypatch: pytest.MonkeyPatch) -> None:
        flow = make_flow(count=500, fault="hog")
        limited(monkeypatch, memory_bytes=300 << 20)
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.FAILED, "connector_too_large")

    def test_silence_is_capped_and_children_are_ended_too(
        self, member: Principal, make_flow: MakeFlow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        flow = make_flow(count=500, fault="hang")
        limited(monkeypatch, silence_s=1)
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.WAITING, "connector_silent")
        assert at_work() == []

    def test_an_update_is_stopped_while_the_connector_says_nothing(
        self, member: Principal, make_flow: MakeFlow
    ) -> None:
        flow = make_flow(count=500, fault="hang")
        run = services.run_now(member, flow.id)
        stopper = threading.Timer(2, lambda: (services.stop(member, run.id), connections.close_all()))
        stopper.start()
        began = time.monotonic()
        assert drive(member, run).state == RunState.STOPPED
        stopper.join()
        assert time.monotonic() - began < 20
        assert at_work() == []

    def test_no_settings_are_left_behind(self, member: Principal, make_flow: MakeFlow) -> None:
        flow = make_flow(choose=append, count=500, fault="transient")
        run = update(member, flow)
        folder = Path(django_settings.HOME) / "runs" / str(run.id)
        kept = [file for file in folder.rglob("*") if file.is_file()]
        assert kept
        assert not [file for file in kept if TOKEN in file.read_text()]
        assert not list(folder.glob("talk-*"))


class TestContainment:
    def test_it_sees_none_of_our_files_and_nothing_of_our_environment(
        self, member: Principal, make_flow: MakeFlow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://canary")
        ours = Path(django_settings.HOME) / "ours"
        ours.write_text("canary")
        for path in (ours, Path(__file__), Path(f"/proc/{psutil.Process().pid}/environ")):
            run = update(member, make_flow(choose=full, count=500, fault="peek", what=path))
            assert run.error_message == (
                "The connector hardcoded-records says: found PermissionError, environment [], "
                "told on the command line: False"
            ), path

    def test_its_calls_go_through_the_guard(
        self, member: Principal, make_flow: MakeFlow, stub: str, settings: Any
    ) -> None:
        flow = make_flow(choose=full, count=500, fault="call", what=f"http://{stub}/")
        run = update(member, flow)
        assert (run.state, run.error_code) == (RunState.FAILED, "destination_refused")
        assert f"oneclick outbound allow {stub}" in run.error_hint
        settings.ONECLICK_OUTBOUND_ALLOW = [parse(stub)]
        assert update(member, flow).state == RunState.DONE


class TestForm:
    def test_it_asks_for_what_the_connector_wants(self, fake: Installed, member: Principal) -> None:
        from oneclick.pipelines.contract.templates import template

        fields = {field.name: field for field in template("airbyte").fields(answers())}
        assert list(fields)[:4] == ["connector", "version", "config.token", "config.count"]
        assert (fields["config.token"].is_secret, fields["config.token"].is_required) == (True, True)
        assert fields["config.every"].help == "Rows between two states. Usually 100."
        assert fields["config.state_kind"].choices == ("STREAM", "GLOBAL", "LEGACY")
        assert fields["config.source"].choices == ("Made up", "Elsewhere")
        assert "config.source.seed" in fields
        assert not fields["config.window.days"].is_required
        other = {field.name for field in template("airbyte").fields(answers(source="Elsewhere"))}
        assert "config.source.key" in other
        assert "config.source.seed" not in other
        assert [field.name for field in template("airbyte").fields({"connector": "github"})] == ["connector", "version"]

    @pytest.mark.parametrize(
        ("change_", "words"),
        [
            ({"config.count": "many"}, "must be a whole number"),
            ({"config.source": "Nowhere"}, "can't be"),
            ({"version": "latest"}, "isn't a version"),
            ({"connector": "mine"}, "Connector can't be"),
            ({"config.nonsense": "x"}, "no setting"),
        ],
    )
    def test_settings_that_cannot_be(
        self, fake: Installed, member: Principal, warehouse: Warehouse, *, change_: dict[str, str], words: str
    ) -> None:
        with pytest.raises(BadFlow, match=words):
            services.connect(
                member, template_key="airbyte", warehouse=warehouse.id, config=answers() | change_,
                given={"config.token": SecretText(TOKEN)},
            )  # fmt: skip


class TestChecks:
    @pytest.fixture
    def draft(self, fake: Installed, member: Principal, warehouse: Warehouse) -> DataFlow:
        return services.connect(
            member, template_key="airbyte", warehouse=warehouse.id, config=answers(),
            given={"config.token": SecretText(TOKEN)},
        )  # fmt: skip

    def test_all_is_well(self, member: Principal, draft: DataFlow) -> None:
        assert [check.result for check in services.check(member, draft.id)] == [CheckResult.PASSED] * 2

    def test_what_is_wrong_is_told_without_secrets(self, member: Principal, draft: DataFlow) -> None:
        services.reconnect(member, draft.id, config=answers(), given={"config.token": SecretText("wrong-secret")})
        check = services.check(member, draft.id)[-1]
        assert (check.result, check.detail) == (CheckResult.FAILED, "Bad token •••")
        services.reconnect(member, draft.id, config=answers(fault="refused"), given={})
        check = services.check(member, draft.id)[-1]
        assert (check.result, check.title) == (
            CheckResult.FAILED,
            "The connector hardcoded-records says: The token ••• isn't right.",
        )

    def test_a_connector_that_is_not_there(self, member: Principal, warehouse: Warehouse) -> None:
        draft = services.connect(
            member, template_key="airbyte", warehouse=warehouse.id, config={"connector": "github"}, given={}
        )
        (check,) = services.check(member, draft.id)
        assert (check.result, check.title) == (CheckResult.FAILED, "GitHub 2.7.1 isn't installed on this machine.")
        with pytest.raises(ConnectorNotInstalled):
            services.discover(member, draft.id)

    def test_what_is_suggested(self, member: Principal, draft: DataFlow) -> None:
        found = {each.stream: each for each in services.suggest(services.discover(member, draft.id))}
        assert {name: each.mode for name, each in found.items()} == {
            "orders": Mode.DELTA, "events": Mode.FULL, "plain": Mode.FULL,
        }  # fmt: skip
        assert (found["orders"].key, found["orders"].cursor, found["orders"].look_back) == (("id",), "updated_at", 0)
        assert found["orders"].left_out == ("api_secret",)


@pytest.fixture
def stub() -> Iterator[str]:
    """A server on this machine, as host:port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()
