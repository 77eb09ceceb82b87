"""Objects of other people: never adopted, never dropped; and ours, when somebody drops them."""

import contextlib

import pytest

from oneclick.warehouses.contract.descriptions import Action, InstanceState
from oneclick.warehouses.contract.errors import AlreadyExists, ContractError
from oneclick.warehouses.contract.instance import Instance
from oneclick.warehouses.contract.resources import Address
from oneclick.warehouses.testing.suite.base import SuiteBase
from oneclick.warehouses.testing.workbench import Workbench


class OwnershipSuite(SuiteBase):
    """For each resource, one after the other."""

    def test_a_foreign_object_is_never_adopted(self, bench: Workbench) -> None:
        tried = 0
        for number in range(len(addresses(bench, bench.new_instance()))):
            instance = bench.new_instance()
            address = addresses(bench, instance)[number]
            foreign = bench.harness.foreign(address, instance)
            if foreign is None:
                continue
            tried += 1
            try:
                assert Action.BLOCKED in {line.action for line in bench.plan(instance).actions}, address
                with pytest.raises(AlreadyExists) as caught:
                    bench.create(instance)
                assert caught.value.hint
                assert foreign.is_untouched(), f"{address} was changed"
                assert address in bench.status(instance).foreign
            finally:
                foreign.remove()
                bench.destroy(instance)
            assert bench.harness.inventory(instance) == frozenset()
        assert tried, "no resource of this adapter can meet a foreign object: is that so?"

    def test_a_foreign_object_survives_destroy(self, bench: Workbench) -> None:
        for number in range(len(addresses(bench, bench.new_instance()))):
            instance = bench.new_instance()
            address = addresses(bench, instance)[number]
            foreign = bench.harness.foreign(address, instance)
            if foreign is None:
                continue
            try:
                with contextlib.suppress(ContractError):
                    bench.create(instance)
                bench.destroy(instance)
                assert foreign.is_untouched(), f"{address} was changed or dropped"
            finally:
                foreign.remove()
            assert bench.harness.inventory(instance) == frozenset()

    def test_a_drop_behind_our_back_is_seen_and_made_good(self, bench: Workbench, instance: Instance) -> None:
        bench.create(instance)
        whole = bench.harness.inventory(instance)
        dropped = 0
        for address in addresses(bench, instance):
            if not bench.harness.drop_behind_our_back(address, instance):
                continue
            dropped += 1
            status = bench.status(instance)
            assert status.state in (InstanceState.DRIFTED, InstanceState.MISSING), address
            assert address in status.missing
            assert {line.address for line in bench.plan(instance).actions if line.action is Action.CREATE} >= {address}
            bench.create(instance)
            assert bench.status(instance).state is InstanceState.READY, f"{address} wasn't made good"
            assert bench.harness.inventory(instance) == whole
        assert dropped, "nothing could be dropped: what does the vendor refuse?"

    def test_destroy_copes_with_a_drop_behind_our_back(self, bench: Workbench) -> None:
        before = bench.harness.snapshot()
        for number in range(len(addresses(bench, bench.new_instance()))):
            instance = bench.created()
            if bench.harness.drop_behind_our_back(addresses(bench, instance)[number], instance):
                bench.destroy(instance)
                assert bench.harness.snapshot() == before, f"left over, {addresses(bench, instance)[number]} was gone"
            else:
                bench.destroy(instance)


def addresses(bench: Workbench, instance: Instance) -> list[Address]:
    """Where its resources are."""
    return [resource.address for resource in bench.adapter.resources(instance)]
