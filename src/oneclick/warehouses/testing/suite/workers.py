"""Two workers at once: the lease should prevent it, and a lost lease doesn't."""

import threading
from collections.abc import Callable
from functools import partial

from oneclick.warehouses.contract.descriptions import InstanceState
from oneclick.warehouses.contract.instance import Instance
from oneclick.warehouses.testing.suite.base import SuiteBase
from oneclick.warehouses.testing.workbench import Workbench, persist

PATIENCE_S = 60.0
ROUNDS = 3


class WorkerSuite(SuiteBase):
    """One may lose with a transient error, and gets through on another try."""

    def test_two_workers_at_once_make_one_set(self, bench: Workbench) -> None:
        usual = len(bench.harness.inventory(bench.created()))
        for _ in range(ROUNDS):
            before = bench.harness.snapshot()
            instance = bench.new_instance()
            errors = at_once(partial(persist, partial(bench.create, instance)))
            assert errors == []
            assert bench.status(instance).state is InstanceState.READY
            assert len(bench.harness.inventory(instance)) == usual, "two at once make another set than one alone"
            bench.destroy(instance)
            assert bench.harness.snapshot() == before

    def test_two_workers_at_once_take_away_everything(self, bench: Workbench) -> None:
        for _ in range(ROUNDS):
            before = bench.harness.snapshot()
            instance = bench.created()
            errors = at_once(partial(persist, partial(bench.destroy, instance)))
            assert errors == []
            assert bench.harness.snapshot() == before

    def test_both_logins_work_after_a_race(self, bench: Workbench, instance: Instance) -> None:
        """Two workers that each made a password would leave one that doesn't fit."""
        at_once(partial(persist, partial(bench.create, instance)))
        for login in instance.logins:
            assert bench.rows(instance, "SELECT 1 AS n", login) == [(1,)]


def at_once(work: Callable[[], object]) -> list[BaseException]:
    """Do it in two threads that start together; returns their errors."""
    barrier = threading.Barrier(2)
    errors: list[BaseException] = []

    def run() -> None:
        barrier.wait(PATIENCE_S)
        try:
            work()
        except BaseException as exc:  # noqa: BLE001 - handed to the test
            errors.append(exc)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "two workers at once block each other"
    return errors
