"""PostgreSQL as a source: types kept, names of any kind, what is refused and how it is told."""

import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from oneclick.accounts.roles import Principal
from oneclick.core.secrets import SecretText
from oneclick.outbound.destinations import parse
from oneclick.pipelines import services
from oneclick.pipelines.contract.errors import BadFlow, SourceRefused, SourceUnavailable
from oneclick.pipelines.contract.sources import Concern, Mode
from oneclick.pipelines.models import DataFlow, RunState
from oneclick.pipelines.wanted import from_json
from oneclick.warehouses.contract.descriptions import CheckResult
from oneclick.warehouses.models import Warehouse
from tests.pipelines.conftest import Rows
from tests.pipelines.sources import PASSWORD, SourceDatabase, make_flow, update

pytestmark = pytest.mark.django_db(transaction=True)

TYPES = """
CREATE TYPE mood AS ENUM ('calm', 'keen');
CREATE DOMAIN percent AS numeric(5, 2) CHECK (VALUE >= 0);
CREATE TYPE pair AS (a int, b text);
CREATE TABLE everything (
    id bigint PRIMARY KEY, small smallint, real_ real, double_ double precision, exact numeric(20, 5), wide numeric,
    yes boolean, text_ text, code char(4), name_ name, day date, moment timestamp, instant timestamptz, clock time,
    span interval, uid uuid, doc json, docb jsonb, mood mood, raw bytea, tags text[], numbers int[], grid int[][],
    moods mood[], ip inet, net cidr, bits bit(3), cash money, span_ int4range, place point, share percent,
    both_ pair, updated_at timestamptz);
INSERT INTO everything VALUES (
    1, 32767, 1.5, 0.1, 123456789012345.12345, 1.0000000001, true, '', 'ab', 'n', '2024-02-29',
    '2024-02-29 12:00:00.000001', '2024-02-29 12:00:00.000001+02', '23:59:59.999999', '1 year 2 days',
    '6f1f9d4c-0b5c-4e8e-9b1a-0c0f3f1d2e3a', '{"a": [1]}', '{"a": [1]}', 'keen', '\\x00ff', ARRAY['a', NULL, 'b"c'],
    ARRAY[1, 2], ARRAY[[1, 2], [3, 4]], ARRAY['calm', 'keen']::mood[], '10.0.0.1', '10.0.0.0/8', B'101', '12.50',
    '[1,3)', '(1,2)', 12.5, (1, 'x'), '2024-01-01+00');
INSERT INTO everything (id, day, moment, instant, updated_at) VALUES
    (2, 'infinity', 'infinity', 'infinity', '2024-01-01+00'), (3, '-infinity', '-infinity', '-infinity', NULL);
"""


def test_values_and_types_are_kept(
    member: Principal, warehouse: Warehouse, empty_database: SourceDatabase, rows_in: Rows
) -> None:
    empty_database.execute(TYPES)
    run = update(member, make_flow(member, warehouse, empty_database, "everything"))
    assert run.state == RunState.DONE, run.error_message
    picked = "(SELECT e FROM (SELECT * REPLACE (span::VARCHAR AS span) FROM raw.everything WHERE id = 1) e)"
    ((row,),) = rows_in(picked, "e")
    moment = dt.datetime(2024, 2, 29, 12, 0, 0, 1)  # noqa: DTZ001 - a timestamp without time zone
    assert row | {"doc": None, "docb": None} == {
        "id": 1, "small": 32767, "real_": 1.5, "double_": 0.1, "exact": Decimal("123456789012345.12345"),
        "wide": Decimal("1.0000000001"), "yes": True, "text_": "", "code": "ab", "name_": "n",
        "day": dt.date(2024, 2, 29), "moment": moment, "instant": row["instant"], "clock": dt.time(23, 59, 59, 999999),
        "span": "1 year 2 days", "uid": row["uid"], "doc": None, "docb": None, "mood": "keen", "raw": b"\x00\xff",
        "tags": ["a", None, 'b"c'], "numbers": [1, 2], "grid": "[[1,2],[3,4]]", "moods": ["calm", "keen"],
        "ip": "10.0.0.1/32", "net": "10.0.0.0/8", "bits": "101", "cash": "$12.50", "span_": "[1,3)", "place": "(1,2)",
        "share": "12.50", "both_": "(1,x)", "updated_at": row["updated_at"],
    }  # fmt: skip
    kinds = dict(rows_in("(DESCRIBE raw.everything)", "column_name, column_type"))
    special = ("exact", "instant", "uid", "doc", "docb", "mood", "raw", "tags", "span")
    assert {name: kinds[name] for name in special} == {
        "exact": "DECIMAL(20,5)", "instant": "TIMESTAMP WITH TIME ZONE", "uid": "UUID", "doc": "JSON", "docb": "JSON",
        "mood": "VARCHAR", "raw": "BLOB", "tags": "VARCHAR[]", "span": "INTERVAL",
    }  # fmt: skip
    for column in ("day", "moment", "instant"):
        found = rows_in("raw.everything", f"id, {column}::VARCHAR")
        assert [text for number, text in found if number > 1] == ["infinity", "-infinity"]
    assert rows_in("(FROM raw.everything WHERE id > 1)", "count(text_), count(tags)") == [(0, 0)]


def test_a_number_that_would_be_rounded_is_refused(
    member: Principal, warehouse: Warehouse, empty_database: SourceDatabase
) -> None:
    empty_database.execute("CREATE TABLE t (id int PRIMARY KEY, n numeric); INSERT INTO t VALUES (1, 0.123456789012)")
    run = update(member, make_flow(member, warehouse, empty_database, "t"))
    assert (run.state, run.error_code) == (RunState.FAILED, "source_damaged")
    assert '"n"' in run.error_message


def test_names_of_any_kind_are_kept(
    member: Principal, warehouse: Warehouse, empty_database: SourceDatabase, rows_in: Rows
) -> None:
    empty_database.execute(
        """CREATE TABLE "We ""ird"" 'tåble' 🐘" ("select" int PRIMARY KEY, "a b" text, "x""y" text, "Ünï" text,"""
        '"🐘" text);'
        """INSERT INTO "We ""ird"" 'tåble' 🐘" VALUES (1, 'a', 'b', 'c', 'd'); CREATE TABLE "Case" (id int);"""
        'CREATE TABLE "CASE" (id int)'
    )
    flow = services.connect(
        member, template_key="database_clone", warehouse=warehouse.id,
        config=empty_database.config(empty_database.make_reader()), given={"password": SecretText(PASSWORD)},
    )  # fmt: skip
    wanted = services.suggest(services.discover(member, flow.id))
    assert sorted(each.table for each in wanted) == ["case", "public_case", "we_ird_tåble"]
    services.choose(member, flow.id, wanted)
    services.schedule(member, flow.id, kind="manual")
    run = update(member, flow)
    assert run.state == RunState.DONE, run.error_message
    assert rows_in('raw."we_ird_tåble"', '"select", "a b", "x""y", "Ünï", "🐘"') == [(1, "a", "b", "c", "d")]


def test_a_table_that_is_too_wide_is_refused_and_comes_with_fewer_columns(
    member: Principal, warehouse: Warehouse, empty_database: SourceDatabase, rows_in: Rows
) -> None:
    columns = ", ".join(f"c{number} int" for number in range(1600))
    empty_database.execute(f"CREATE TABLE wide ({columns}); INSERT INTO wide (c0, c1599) VALUES (1, 2)")
    flow = make_flow(member, warehouse, empty_database, "wide")
    refused = update(member, flow)
    assert (refused.state, refused.error_code) == (RunState.FAILED, "invalid_config")
    assert "1,600 columns" in refused.error_message
    (wanted,) = from_json(flow.streams)
    fewer = dataclasses.replace(wanted, left_out=tuple(f"c{number}" for number in range(1, 101)))
    services.choose(member, flow.id, [fewer])
    run = update(member, flow)
    assert run.state == RunState.DONE, run.error_message
    assert rows_in("raw.wide", "c0, c1599") == [(1, 2)]


def test_what_is_suggested(member: Principal, warehouse: Warehouse, shop: SourceDatabase) -> None:
    shop.execute("CREATE TABLE plain (a int); CREATE VIEW seen AS SELECT * FROM orders; ANALYZE")
    flow = make_flow(member, warehouse, shop, "orders")
    streams = {stream.name: stream for stream in services.discover(member, flow.id)}
    assert list(streams) == ["public.customers", "public.orders", "public.plain", "public.seen"]
    customers = streams["public.customers"]
    assert (customers.key, customers.cursors[0], customers.rows) == (("id",), "updated_at", 500)
    assert {column.name: column.concern for column in customers.columns if column.concern} == {
        "email": Concern.PERSONAL, "password_hash": Concern.SECRET,
    }  # fmt: skip
    suggested = {each.stream: each for each in services.suggest(list(streams.values()))}
    assert suggested["public.customers"].left_out == ("password_hash",)
    assert {name: each.mode for name, each in suggested.items()} == {
        "public.customers": Mode.DELTA, "public.orders": Mode.DELTA, "public.plain": Mode.FULL,
        "public.seen": Mode.FULL,
    }  # fmt: skip


class TestChecks:
    @pytest.fixture
    def draft(self, member: Principal, warehouse: Warehouse, shop: SourceDatabase) -> DataFlow:
        return services.connect(
            member, template_key="database_clone", warehouse=warehouse.id, config=shop.config(shop.make_reader()),
            given={"password": SecretText(PASSWORD)},
        )  # fmt: skip

    def test_all_is_well(self, member: Principal, draft: DataFlow) -> None:
        checks = services.check(member, draft.id)
        assert CheckResult.FAILED not in {check.result for check in checks}
        assert [check.title for check in checks][-2] == "reader_app can read 2 tables"

    @pytest.mark.parametrize(
        ("change", "code", "words"),
        [
            ({"user": "nobody"}, SourceRefused, "nobody or the password isn't right"),
            ({"database": "nowhere"}, SourceRefused, "no database nowhere"),
            ({"tls": "require"}, SourceRefused, "no TLS"),
            ({"port": "1"}, SourceUnavailable, "doesn't answer"),
        ],
    )
    def test_what_is_wrong_is_told(
        self, member: Principal, draft: DataFlow, settings: Any, *, change: dict[str, str], code: type, words: str
    ) -> None:
        settings.ONECLICK_OUTBOUND_ALLOW = [*settings.ONECLICK_OUTBOUND_ALLOW, parse("127.0.0.1:1")]
        services.reconnect(member, draft.id, config=draft.config | change, given={})
        failed = [check for check in services.check(member, draft.id) if check.result is CheckResult.FAILED]
        assert len(failed) == 1
        assert words in failed[0].title
        with pytest.raises(code) as caught:
            services.discover(member, draft.id)
        assert caught.value.hint
        assert PASSWORD not in str(caught.value) + repr(caught.value.__cause__)

    def test_a_wrong_password_is_told_and_shown_nowhere(self, member: Principal, draft: DataFlow) -> None:
        services.reconnect(member, draft.id, config=draft.config, given={"password": SecretText("canary-wrong")})
        with pytest.raises(SourceRefused) as caught:
            services.discover(member, draft.id)
        assert "canary" not in str(caught.value) + repr(caught.value.__cause__)

    def test_a_server_that_wants_tls_is_told_so(self, member: Principal, draft: DataFlow, shop: SourceDatabase) -> None:
        hba = Path(shop.execute("SHOW hba_file")[0][0])
        before = hba.read_text()
        hba.write_text("host all postgres all scram-sha-256\nhostssl all all all scram-sha-256\n")
        try:
            shop.execute("SELECT pg_reload_conf(), pg_sleep(0.2)")
            with pytest.raises(SourceRefused, match=r"encrypted connections only"):
                services.discover(member, draft.id)
        finally:
            hba.write_text(before)
            shop.execute("SELECT pg_reload_conf(), pg_sleep(0.2)")

    def test_an_address_that_nobody_allowed_says_how_it_is_allowed(
        self, member: Principal, draft: DataFlow, settings: Any
    ) -> None:
        settings.ONECLICK_OUTBOUND_ALLOW = []
        (check,) = services.check(member, draft.id)
        assert check.result is CheckResult.FAILED
        assert check.remedy == f"oneclick outbound allow 127.0.0.1:{draft.config['port']}"

    def test_a_user_who_may_read_nothing_is_told_the_grant(
        self, member: Principal, draft: DataFlow, shop: SourceDatabase
    ) -> None:
        shop.execute("REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM reader_app")
        failed = [check for check in services.check(member, draft.id) if check.result is CheckResult.FAILED]
        assert "GRANT SELECT ON ALL TABLES" in failed[0].remedy

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"host": ""}, "Host is missing"),
            ({"port": "99999"}, "isn't a port"),
            ({"tls": "maybe"}, "TLS can't be"),
            ({"nonsense": "x"}, "no setting"),
        ],
    )
    def test_settings_that_cannot_be(
        self, member: Principal, draft: DataFlow, change: dict[str, str], words: str
    ) -> None:
        with pytest.raises(BadFlow, match=words):
            services.reconnect(member, draft.id, config=draft.config | change, given={})
