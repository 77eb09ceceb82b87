"""A worker dies, at every point there is; the next one goes on."""

import itertools
from dataclasses import dataclass

import pytest

from oneclick.warehouses.contract.descriptions import InstanceState
from oneclick.warehouses.contract.errors import ContractError
from oneclick.warehouses.contract.instance import Instance
from oneclick.warehouses.contract.resources import Address
from oneclick.warehouses.testing.crashes import Crash, CrashPlan
from oneclick.warehouses.testing.suite.base import SuiteBase
from oneclick.warehouses.testing.workbench import Workbench, crash_everywhere


@dataclass(frozen=True, kw_only=True)
class HalfMade:
    """What was seen of a warehouse whose worker died at `point`, and what was left after destroying it."""

    point: str
    foreign: tuple[Address, ...]
    left: frozenset[str]
    error: ContractError | None


class CrashSuite(SuiteBase):
    """Crashes at each border, before and after each resource call, vendor call and secret."""

    @pytest.fixture(scope="class")
    @classmethod
    def half_made(cls, bench: Workbench) -> list[HalfMade]:
        """Every half-made state, looked at and destroyed."""
        return [half_made(bench, number) for number in changing_points(bench)]

    def test_a_crash_at_any_point_of_create_is_made_good(self, bench: Workbench, instance: Instance) -> None:
        before = bench.harness.snapshot()
        bench.create(instance)
        whole = bench.harness.snapshot() - before
        inventory = bench.harness.inventory(instance)
        bench.destroy(instance)
        points = crash_everywhere(lambda plan: bench.create(instance, plan))
        assert len(points) > len(bench.adapter.resources(instance))
        assert bench.harness.snapshot() - before == whole
        assert bench.harness.inventory(instance) == inventory
        assert bench.status(instance).state is InstanceState.READY

    def test_a_crash_at_any_point_of_destroy_is_made_good(self, bench: Workbench, instance: Instance) -> None:
        before = bench.harness.snapshot()
        bench.create(instance)
        crash_everywhere(lambda plan: bench.destroy(instance, plan))
        assert bench.harness.inventory(instance) == frozenset()
        assert bench.harness.snapshot() == before

    def test_no_object_is_ever_there_without_its_proof(self, half_made: list[HalfMade]) -> None:
        """Killed right after a call that makes it, an object must be gone or ours, never foreign."""
        assert {state.point: state.foreign for state in half_made if state.foreign} == {}

    def test_destroy_takes_away_every_half_made_state(self, half_made: list[HalfMade]) -> None:
        assert {state.point: state.error for state in half_made if state.error} == {}
        assert {state.point: state.left for state in half_made if state.left} == {}


def changing_points(bench: Workbench) -> list[int]:
    """Which of the points that a create passes lie right after a call that changed something outside."""
    plan = CrashPlan()
    instance = bench.new_instance()
    bench.create(instance, plan)
    bench.destroy(instance)
    changing = set(plan.changing)
    return [number for number, point in enumerate(plan.passed) if point in changing]


def half_made(bench: Workbench, number: int) -> HalfMade:
    """Create, die at the point of that number, look, and destroy."""
    before = bench.harness.snapshot()
    instance, numbers, error = bench.new_instance(), itertools.count(), None
    with pytest.raises(Crash) as caught:
        bench.create(instance, CrashPlan(lambda point: next(numbers) == number))
    foreign = bench.status(instance).foreign
    try:
        bench.destroy(instance)
    except ContractError as exc:
        error = exc
    left = bench.harness.snapshot() - before
    return HalfMade(point=str(caught.value), foreign=foreign, left=left, error=error)
