"""Queries: rows in Arrow, errors by type, an end to what takes too long."""

import threading
import time

import pytest

from oneclick.warehouses.contract.capabilities import Capability
from oneclick.warehouses.contract.data_plane import DataSession, SessionLimits
from oneclick.warehouses.contract.errors import Cancelled, ContractError, TimedOut, TransientError
from oneclick.warehouses.contract.instance import AccessLevel, Instance
from oneclick.warehouses.testing.suite.base import SuiteBase, needs
from oneclick.warehouses.testing.workbench import Workbench, rows_of

SOON_S = 15.0


class DataSuite(SuiteBase):
    """One session, one statement at a time."""

    def test_a_query_answers_in_arrow(self, bench: Workbench, ready: Instance) -> None:
        with bench.data_plane(ready, AccessLevel.READ).connect() as session:
            assert rows_of(session.query("SELECT 1 AS n, 'ä' AS t, CAST(NULL AS INTEGER) AS z")) == [(1, "ä", None)]
            assert rows_of(session.query("SELECT 1 AS n WHERE 1 = 0")) == []

    def test_a_query_takes_parameters_apart_from_its_text(self, bench: Workbench, ready: Instance) -> None:
        with bench.data_plane(ready, AccessLevel.READ).connect() as session:
            hostile = "'; DROP TABLE x; --"
            rows = rows_of(session.query("SELECT CAST($1 AS VARCHAR) AS t, CAST($2 AS INTEGER) AS n", [hostile, 7]))
            assert rows == [(hostile, 7)]

    def test_a_session_goes_on_after_an_error(self, bench: Workbench, ready: Instance) -> None:
        with bench.data_plane(ready, AccessLevel.READ).connect() as session:
            for bad in ("SELECT no_such_column FROM no_such_table", "SELEC 1", "SELECT 1 / 'a'"):
                with pytest.raises(ContractError) as caught:
                    rows_of(session.query(bad))
                assert not isinstance(caught.value, TransientError), f"{bad}: another try changes nothing"
                assert caught.value.hint, bad
                assert rows_of(session.query("SELECT 2 AS n")) == [(2,)]

    def test_rows_come_as_they_are_asked_for(self, bench: Workbench, ready: Instance) -> None:
        table = bench.table()
        bench.data_plane(ready).bulk_load(bench.load(table, range(50_000)))
        with bench.data_plane(ready, AccessLevel.READ).connect() as session:
            session.query(f"SELECT * FROM {table}")
            rows = rows_of(session.query(f"SELECT count(*), sum(n) FROM {table}"))
            assert rows == [(50_000, 1_249_975_000)], "a stream that nobody reads doesn't block the session"
            assert len(rows_of(session.query(f"SELECT n, t FROM {table}"))) == 50_000

    def test_a_session_is_closed_twice_without_harm(self, bench: Workbench, ready: Instance) -> None:
        session = bench.data_plane(ready, AccessLevel.READ).connect()
        rows_of(session.query("SELECT 1 AS n"))
        session.close()
        session.close()

    def test_a_query_that_takes_too_long_is_stopped(self, bench: Workbench, ready: Instance) -> None:
        limits = SessionLimits(timeout_s=0.5)
        with bench.data_plane(ready, AccessLevel.READ).connect(limits) as session:
            started = time.monotonic()
            with pytest.raises(TimedOut) as caught:
                rows_of(session.query(bench.harness.slow_query))
            assert time.monotonic() - started < SOON_S
            assert caught.value.hint, "what can the user do about it?"
            assert rows_of(session.query("SELECT 1 AS n")) == [(1,)]

    def test_a_running_query_is_stopped_from_another_thread(self, bench: Workbench, ready: Instance) -> None:
        needs(bench, Capability.CANCEL_QUERY)
        with bench.data_plane(ready, AccessLevel.READ).connect() as session:
            assert isinstance(stopped(session, bench.harness.slow_query), Cancelled)
            assert rows_of(session.query("SELECT 1 AS n")) == [(1,)]


def stopped(session: DataSession, query: str) -> BaseException:
    """Run the query in a thread, stop it from here, and return what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            rows_of(session.query(query))
        except BaseException as exc:  # noqa: BLE001 - handed to the test
            raised.append(exc)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    deadline = time.monotonic() + SOON_S
    while time.monotonic() < deadline:
        # On a busy machine, the first call may come before the query has started.
        thread.join(0.5)
        if not thread.is_alive():
            break
        session.cancel()
    assert not thread.is_alive(), "the query runs on"
    assert raised, "the query came to its end: is it slow enough?"
    return raised[0]
