"""Queries: streamed, bounded, stopped, and shut in."""

import gc
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from oneclick.duck import open_duckdb
from oneclick.warehouses.adapters.local.data_plane import LocalDataPlane
from oneclick.warehouses.contract.data_plane import SessionLimits
from oneclick.warehouses.contract.errors import (
    Cancelled,
    ContractError,
    InvalidConfig,
    LimitExceeded,
    PermissionDenied,
    TimedOut,
)
from oneclick.warehouses.contract.instance import AccessLevel, Instance
from oneclick.warehouses.testing.workbench import Workbench, rows_of

ENDLESS = "SELECT count(*) AS n FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = -1"
WIDE = "SELECT range AS id, repeat('x', 1000) AS t FROM range"
MB = 1 << 20


@pytest.mark.parametrize(("query", "parameters"), [(f"{WIDE}(2000000)", []), (f"{WIDE}(?)", [2_000_000])])
def test_rows_are_streamed_and_not_gathered(
    bench: Workbench, lake: Instance, query: str, parameters: list[int]
) -> None:
    with reader(bench, lake).connect(SessionLimits(memory_bytes=200 * MB)) as session:
        gc.collect()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        rows = sum(batch.num_rows for batch in session.query(query, parameters))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
    assert rows == 2_000_000
    assert grown < 400 * MB, "two gigabytes went through"


def reader(bench: Workbench, instance: Instance) -> LocalDataPlane:
    plane = bench.data_plane(instance, AccessLevel.READ)
    assert isinstance(plane, LocalDataPlane)
    return plane


def test_a_query_beyond_its_memory_ends_alone(bench: Workbench, lake: Instance) -> None:
    with reader(bench, lake).connect(SessionLimits(memory_bytes=60 * MB)) as session:
        with pytest.raises(LimitExceeded) as caught:
            rows_of(session.query("SELECT list(repeat('x', 1000) || range) AS l FROM range(2000000)"))
        assert caught.value.hint
        assert rows_of(session.query("SELECT 1 AS n")) == [(1,)]


@pytest.mark.parametrize("query", [ENDLESS, "SELECT i FROM range(10000000000) t(i)"], ids=["no row", "many rows"])
def test_a_time_out_says_so(bench: Workbench, lake: Instance, query: str) -> None:
    with reader(bench, lake).connect(SessionLimits(timeout_s=0.4)) as session:
        started = time.monotonic()
        with pytest.raises(TimedOut, match=r"longer than its 0\.4 s"):
            list(session.query(query))
        assert time.monotonic() - started < 10
        assert rows_of(session.query("SELECT 1 AS n")) == [(1,)]


def test_a_time_out_holds_for_a_stream_that_is_read_slowly(bench: Workbench, lake: Instance) -> None:
    with reader(bench, lake).connect(SessionLimits(timeout_s=0.3)) as session:
        stream = session.query("SELECT i FROM range(10000000000) t(i)")
        next(stream)
        time.sleep(0.5)
        with pytest.raises(TimedOut):
            list(stream)


@pytest.mark.parametrize("delay_s", [0.0, 0.3])
def test_a_cancel_ends_the_query_even_if_it_comes_before_it_began(
    bench: Workbench, lake: Instance, delay_s: float
) -> None:
    with reader(bench, lake).connect() as session:
        threading.Timer(delay_s, session.cancel).start()
        started = time.monotonic()
        if delay_s:
            with pytest.raises(Cancelled):
                rows_of(session.query(ENDLESS))
        else:
            session.cancel()
        assert time.monotonic() - started < 10
        assert rows_of(session.query("SELECT 1 AS n")) == [(1,)], "a cancel doesn't outlive its query"


def test_what_has_no_rows_answers_with_none(bench: Workbench, lake: Instance) -> None:
    with bench.data_plane(lake).connect() as session:
        for statement in (
            "CREATE TABLE raw.silent (a INTEGER)",
            "INSERT INTO raw.silent VALUES (1), (2)",
            "UPDATE raw.silent SET a = 3 WHERE a = 1",
            "BEGIN",
            "COMMIT",
            "DROP TABLE raw.silent",
        ):
            assert rows_of(session.query(statement)) == []
        for statement in (
            "SHOW TABLES",
            "EXPLAIN SELECT 1",
            "DESCRIBE SELECT 1 AS a",
            "FROM range(2)",
            "SUMMARIZE SELECT 1",
            "CHECKPOINT",
            "CALL ducklake_merge_adjacent_files('lake')",
            "PRAGMA version",
            "SELECT * FROM ducklake_snapshots('lake')",
        ):
            rows_of(session.query(statement))


def test_an_error_in_the_middle_of_a_stream_has_its_type(bench: Workbench, lake: Instance) -> None:
    with reader(bench, lake).connect() as session:
        stream = session.query(
            "SELECT CASE WHEN i < 400000 THEN i ELSE CAST('x' || i AS INTEGER) END FROM range(500000) t(i)"
        )
        with pytest.raises(InvalidConfig, match="Could not convert"):
            list(stream)
        assert rows_of(session.query("SELECT 1 AS n")) == [(1,)]


def test_several_statements_at_once_and_none_are_refused(bench: Workbench, lake: Instance) -> None:
    with reader(bench, lake).connect() as session:
        for text in ("SELECT 1; SELECT 2", "", "-- nothing"):
            with pytest.raises(InvalidConfig):
                session.query(text)


def test_a_failed_transaction_does_not_stay(bench: Workbench, lake: Instance) -> None:
    with bench.data_plane(lake).connect() as session:
        session.query("BEGIN")
        with pytest.raises(ContractError):
            session.query("SELECT * FROM nope")
        session.query("CREATE TABLE raw.after_failure (a INTEGER)")
    assert bench.rows(lake, "SELECT count(*) AS n FROM raw.after_failure") == [(0,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('{home}/keys/postgres.json')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
        "COPY (SELECT 1) TO '{home}/planted.csv'",
        "ATTACH '{home}/planted.db'",
        "LOAD '{home}/planted.duckdb_extension'",
        "INSTALL excel",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SET allowed_directories = ['/']",
        "RESET lock_configuration",
        "EXPORT DATABASE '{home}/planted'",
    ],
)
def test_a_read_session_reaches_nothing_but_its_lake(bench: Workbench, lake: Instance, sql: str) -> None:
    home = bench.adapter.installation.home
    with reader(bench, lake).connect() as session:
        with pytest.raises((PermissionDenied, InvalidConfig)):
            rows_of(session.query(sql.format(home=home)))
        assert rows_of(session.query("SELECT 1 AS n")) == [(1,)]
    assert not list(home.glob("planted*"))


def test_a_read_session_sees_no_variable_of_ours(bench: Workbench, lake: Instance) -> None:
    with reader(bench, lake).connect() as session:
        for name in ("relation", "rows", "parameters", "os"):
            with pytest.raises(InvalidConfig):
                rows_of(session.query(f"SELECT * FROM {name}"))


def test_another_lakes_files_are_out_of_reach(bench: Workbench, lake: Instance, own_lake: Instance) -> None:
    bench.data_plane(own_lake).bulk_load(bench.load(bench.table(), range(5000)))
    [file] = (bench.adapter.installation.home / "lakes" / own_lake.tag).rglob("*.parquet")
    with (
        reader(bench, lake).connect() as session,
        pytest.raises(PermissionDenied),
    ):
        rows_of(session.query(f"SELECT * FROM '{file}'"))


def test_several_lakes_are_attached_to_one_duckdb(bench: Workbench, lake: Instance, own_lake: Instance) -> None:
    with open_duckdb(home=bench.adapter.installation.home) as connection:
        for instance in (lake, own_lake):
            attachment = bench.data_plane(instance).duckdb_attach()
            for statement in attachment.statements:
                connection.execute(statement.reveal())
            connection.execute(f"CREATE TABLE {attachment.catalog}.raw.mine AS SELECT '{instance.tag}' AS tag")
    for instance in (lake, own_lake):
        assert bench.rows(instance, "SELECT tag FROM raw.mine") == [(instance.tag,)]


def test_what_a_person_is_shown_works_when_it_is_pasted(bench: Workbench, lake: Instance, tmp_path: Path) -> None:
    for login in lake.logins:
        bindings = bench.adapter.bindings(lake, login)
        secret = bench.vault(lake).get(login.secret_name).reveal()
        code = bindings.snippets["Python"].replace("{secret}", secret)
        # The machine of the test has no network: the files that INSTALL would fetch are there already.
        folder = bench.adapter.installation.home / "duckdb-extensions"
        code = code.replace("duckdb.connect()", f"duckdb.connect(config={{'extension_directory': '{folder}'}})")
        environment = {**os.environ, "HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "lake" in done.stdout
