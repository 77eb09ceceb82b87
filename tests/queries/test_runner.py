import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from oneclick.core.secrets import SecretText
from oneclick.queries import runner
from oneclick.queries.errors import (
    ForbiddenFunction,
    ForbiddenTable,
    NotARead,
    QueryCancelled,
    QueryFailed,
    QueryOutOfMemory,
    QueryResultTooLarge,
    QueryTimedOut,
)
from oneclick.queries.runner import RunningQuery
from oneclick.warehouses.contract.data_plane import Access
from oneclick.warehouses.contract.instance import Installation
from tests.lake import Lake
from tests.queries.conftest import Start

ENDLESS = "select count(*) from range(1000000000) a, range(1000000000) b where (a.range * b.range) % 7 = 3"


def rows_of(running: RunningQuery) -> list[tuple[Any, ...]]:
    with running:
        return [row for batch in running for row in zip(*(c.to_pylist() for c in batch.columns), strict=True)]


def test_it_streams_the_rows_of_the_warehouse(start_query: Start) -> None:
    running = start_query("select shop, count(*) n from raw.orders group by all order by shop")
    assert rows_of(running) == [(shop, 715 if shop < 2 else 714) for shop in range(7)]
    assert running.schema.names == ["shop", "n"]
    assert (running.outcome.rows, running.outcome.is_truncated) == (7, False)


def test_it_hands_out_no_more_rows_than_asked_for(start_query: Start) -> None:
    running = start_query("select id from raw.orders order by id desc", row_limit=3)
    assert rows_of(running) == [(4999,), (4998,), (4997,)]
    assert running.outcome.is_truncated
    exact = start_query("select id from raw.orders", row_limit=5000)
    assert len(rows_of(exact)) == 5000
    assert not exact.outcome.is_truncated


def test_it_hands_out_every_row_without_a_limit(start_query: Start) -> None:
    running = start_query("select range from range(200000)", row_limit=None)
    assert len(rows_of(running)) == 200_000


@pytest.mark.parametrize("sql", ["show tables", "describe raw.orders", "summarize raw.orders", "explain select 1"])
def test_it_answers_questions_about_tables(start_query: Start, sql: str) -> None:
    assert rows_of(start_query(sql)) is not None


def test_an_answer_without_rows_has_columns(start_query: Start) -> None:
    running = start_query("select id, note from raw.orders where false")
    assert rows_of(running) == []
    assert running.schema.names == ["id", "note"]


def test_a_wrong_table_is_the_query_s_fault(start_query: Start) -> None:
    with pytest.raises(QueryFailed, match="nowhere"):
        rows_of(start_query("select * from nowhere"))


def test_an_error_in_the_middle_of_the_rows_is_told(start_query: Start) -> None:
    with pytest.raises(QueryFailed, match="Conversion"):
        rows_of(
            start_query(
                "select (case when range = 150000 then 'x' else '1' end)::int from range(200000)", row_limit=None
            )
        )


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("drop table raw.orders", NotARead),
        ("select * from read_text('/etc/passwd')", ForbiddenFunction),
        ("select * from postgres_scan('host=127.0.0.1', 'a', 'b')", ForbiddenFunction),
        ("from '/etc/passwd'", ForbiddenTable),
        ("from __ducklake_metadata_lake.lake.ducklake_data_file", ForbiddenTable),
    ],
)
def test_the_guard_stands_before_the_session(start_query: Start, sql: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        rows_of(start_query(sql))


def test_a_query_that_runs_too_long_dies_alone(start_query: Start) -> None:
    began = time.monotonic()
    running = start_query(ENDLESS, timeout_s=2)
    with pytest.raises(QueryTimedOut):
        rows_of(running)
    assert time.monotonic() - began < 8
    assert not psutil.pid_exists(running.pid)
    assert rows_of(start_query("select 1")) == [(1,)]


@pytest.mark.parametrize("attempt", range(5))
def test_a_query_whose_time_is_over_before_it_begins_says_so(start_query: Start, attempt: int) -> None:
    with pytest.raises(QueryTimedOut):
        rows_of(start_query("select 1", timeout_s=1e-6))


@pytest.mark.parametrize(
    "sql",
    [
        "select list(range) from range(500000000)",
        "select string_agg(repeat('x', 1000), '') from range(100000000)",
        "select repeat('x', 2000000000)",
        "select max(list_sum(l)) from (select list(range) l from range(200000000) group by range % 3)",
    ],
)
def test_a_query_that_needs_too_much_memory_dies_alone(start_query: Start, sql: str) -> None:
    with pytest.raises(QueryOutOfMemory):
        rows_of(start_query(sql, memory_mb=128))
    assert rows_of(start_query("select 1")) == [(1,)]


def test_it_never_grows_beyond_its_memory(start_query: Start) -> None:
    running = start_query("select list(repeat('x', 100)) from range(100000000)", memory_mb=128)
    peak = 0
    watched = psutil.Process(running.pid)

    def watch() -> None:
        nonlocal peak
        try:
            while True:
                peak = max(peak, watched.memory_info().rss)
                time.sleep(0.01)
        except psutil.NoSuchProcess:
            pass

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(QueryOutOfMemory):
        rows_of(running)
    watcher.join()
    assert peak < 600 << 20


def test_an_answer_that_is_too_large_is_refused(start_query: Start) -> None:
    with pytest.raises(QueryResultTooLarge):
        rows_of(start_query("select repeat('x', 1000) from range(10000)", row_limit=None, max_bytes=1 << 20))


def test_cancel_stops_it_at_once(start_query: Start) -> None:
    running = start_query(ENDLESS)
    threading.Timer(1.5, running.cancel).start()
    began = time.monotonic()
    with pytest.raises(QueryCancelled):
        rows_of(running)
    assert time.monotonic() - began < 5
    assert not psutil.pid_exists(running.pid)


def test_closing_in_the_middle_leaves_no_process(start_query: Start) -> None:
    with start_query("select range from range(100000000)", row_limit=None) as running:
        next(iter(running))
    assert not psutil.pid_exists(running.pid)


@pytest.mark.parametrize("is_killed", [True, False])
def test_what_it_spilled_is_gone_when_it_was_ended(start_query: Start, one_lake: Lake, is_killed: bool) -> None:
    spill = one_lake.adapter.installation.home / "duckdb-spill"
    sorting = "select range, repeat('x', 100) s from range(30000000) order by hash(range), s"
    running = start_query(sorting, memory_mb=64, row_limit=None)
    deadline = time.monotonic() + 15
    while not list(spill.glob(f"{running.pid}-*/*")):
        assert time.monotonic() < deadline, "it had to spill"
        time.sleep(0.02)
    if is_killed:
        running._process.kill()
    running.close()
    assert not list(spill.glob(f"{running.pid}-*"))


def test_the_process_ends_with_its_parent(start_query: Start) -> None:
    running = start_query(ENDLESS)
    time.sleep(1.0)
    running._input.close()
    assert running._process.wait(5) is not None
    running.close()


def test_no_secret_is_in_arguments_or_environment(start_query: Start, lake: Access) -> None:
    with start_query(ENDLESS) as running:
        seen = Path(f"/proc/{running.pid}/cmdline").read_bytes() + Path(f"/proc/{running.pid}/environ").read_bytes()
    assert lake.secret.reveal().encode() not in seen
    assert b"ONECLICK" not in seen
    assert b"DJANGO" not in seen


def test_the_process_learns_addresses_without_passwords() -> None:
    told = runner.without_passwords(
        Installation(
            id="x",
            home=Path("/"),
            options={
                "catalog_url": SecretText("postgresql://oneclick:hunter2@db.example:5433/oneclick?sslmode=require"),
                "key": SecretText("hunter2 is no address"),
                "region": "eu",
            },
        )
    )
    assert isinstance(told.options["catalog_url"], SecretText)
    assert told.options["catalog_url"].reveal() == "dbname=oneclick host=db.example port=5433 sslmode=require"
    assert told.options["region"] == "eu"
    assert "key" not in told.options


CONFINED = """
import json, os, socket, sys
from pathlib import Path
from oneclick.queries import confinement
home, port, other = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
class Adapter:
    def credentials(self, instance, login):
        class Credentials: parameters = {"port": str(port)}
        return Credentials
class Job:
    class installation: home = home
    class access: instance = login = None
def tried(what):
    try:
        what()
    except OSError as exc:
        return type(exc).__name__
    return "done"
confinement.bound(memory_bytes=1 << 28, timeout_s=5)
is_shut = confinement.shut_out(Adapter(), Job)
print(json.dumps([
    is_shut,
    tried(lambda: (home / "keys" / "master.key").read_text()),
    *(tried(lambda: (home / name / "file").write_text("x")) for name in sys.argv[4:]),
    tried(lambda: list((home / "lakes").iterdir())),
    tried(lambda: (home / "duckdb-spill" / "file").write_text("x")),
    tried(lambda: Path("/etc/shadow").read_text()),
    tried(lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes()),
    tried(lambda: os.kill(os.getppid(), 0)),
    tried(lambda: Path("/tmp/oneclick-outside").write_text("x")),
    tried(lambda: socket.create_connection(("127.0.0.1", other), 1)),
    tried(lambda: socket.create_connection(("127.0.0.1", port), 1)),
]))
"""


def test_the_process_is_shut_out_of_keys_files_and_ports(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "master.key").write_text("secret")
    (tmp_path / "duckdb-spill").mkdir()
    others = ["lakes", "duckdb-extensions", "cache", "audit-heads"]
    for name in others:
        (tmp_path / name).mkdir()
    script = tmp_path / "lakes" / "script.py"
    script.write_text(CONFINED)
    with socket.create_server(("127.0.0.1", 0)) as allowed, socket.create_server(("127.0.0.1", 0)) as other:
        ports = [str(server.getsockname()[1]) for server in (allowed, other)]
        done = subprocess.run(
            [sys.executable, "-I", str(script), str(tmp_path), *ports, *others],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    is_shut, *found = json.loads(done.stdout)
    if not is_shut:
        pytest.skip("this kernel has no Landlock")
    writing = ["PermissionError"] * len(others)
    assert found == ["PermissionError", *writing, "done", "done", *["PermissionError"] * 5, "done"]
    assert (tmp_path / "duckdb-spill" / "file").exists()
