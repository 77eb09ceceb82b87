"""Plan, create, status, destroy: each from every side, each twice."""

import pytest

from oneclick.warehouses.contract.descriptions import Action, CheckResult, InstanceState
from oneclick.warehouses.contract.errors import InvalidCredentials, Unavailable
from oneclick.warehouses.contract.instance import Instance
from oneclick.warehouses.testing.crashes import CrashPlan
from oneclick.warehouses.testing.suite.base import SuiteBase
from oneclick.warehouses.testing.workbench import Workbench


class LifecycleSuite(SuiteBase):
    """What happens when nothing is in the way."""

    def test_validating_passes_and_makes_nothing(self, bench: Workbench) -> None:
        before = bench.harness.snapshot()
        checks = bench.adapter.validate_config(bench.harness.account)
        assert checks
        assert [check for check in checks if check.result is CheckResult.FAILED] == []
        assert bench.harness.snapshot() == before

    def test_validating_names_the_privilege_that_is_missing_and_its_remedy(self, bench: Workbench) -> None:
        for missing, account in bench.harness.lacking_accounts:
            checks = bench.adapter.validate_config(account)
            failed = [check for check in checks if check.result is not CheckResult.PASSED]
            assert missing in {check.missing for check in failed}
            assert all(check.remedy for check in failed if check.missing), "what would cure it?"

    def test_validating_a_wrong_account_says_so(self, bench: Workbench) -> None:
        for account in (bench.harness.wrong_account, bench.harness.unreachable_account):
            if account is not None:
                checks = bench.adapter.validate_config(account)
                assert any(check.result is CheckResult.FAILED for check in checks)

    def test_a_wrong_account_is_refused_by_type(self, bench: Workbench, instance: Instance) -> None:
        wrong = bench.harness.wrong_account
        if wrong is not None:
            with pytest.raises(InvalidCredentials) as caught, bench.open(instance, account=wrong):
                pass
            assert caught.value.hint
            assert caught.value.__cause__ is not None, "the vendor's own error is kept as the cause"

    def test_an_account_that_nobody_answers_for_is_transient(self, bench: Workbench, instance: Instance) -> None:
        unreachable = bench.harness.unreachable_account
        if unreachable is not None:
            with pytest.raises(Unavailable), bench.open(instance, account=unreachable):
                pass

    def test_a_plan_before_creates_everything_and_changes_nothing(self, bench: Workbench, instance: Instance) -> None:
        before = bench.harness.snapshot()
        plan = bench.plan(instance)
        assert {line.action for line in plan.actions} == {Action.CREATE}
        assert len(plan.actions) == len(bench.adapter.resources(instance))
        assert bench.harness.snapshot() == before
        assert bench.status(instance).state is InstanceState.MISSING

    def test_what_is_made_is_ready_and_can_be_seen_from_outside(self, bench: Workbench, ready: Instance) -> None:
        status = bench.status(ready)
        assert (status.state, status.missing, status.differences, status.foreign) == (InstanceState.READY, (), (), ())
        assert bench.harness.inventory(ready)

    def test_a_plan_afterwards_keeps_everything(self, bench: Workbench, ready: Instance) -> None:
        plan = bench.plan(ready)
        assert {line.action for line in plan.actions} == {Action.KEEP}
        assert not plan.is_blocked

    def test_creating_twice_makes_one_set(self, bench: Workbench, ready: Instance) -> None:
        before = bench.harness.snapshot()
        bench.create(ready)
        assert bench.harness.snapshot() == before

    def test_destroying_leaves_nothing_the_first_time_and_the_second(
        self, bench: Workbench, instance: Instance
    ) -> None:
        before = bench.harness.snapshot()
        bench.create(instance)
        for _ in range(2):
            bench.destroy(instance)
            assert bench.harness.inventory(instance) == frozenset()
            assert bench.harness.snapshot() == before
            assert bench.status(instance).state is InstanceState.MISSING

    def test_destroying_takes_loaded_tables_along(self, bench: Workbench, instance: Instance) -> None:
        before = bench.harness.snapshot()
        bench.create(instance)
        bench.data_plane(instance).bulk_load(bench.load(bench.table(), range(3)))
        bench.destroy(instance)
        assert bench.harness.snapshot() == before

    def test_what_was_destroyed_can_be_made_again(self, bench: Workbench, instance: Instance) -> None:
        bench.create(instance)
        first = bench.harness.inventory(instance)
        bench.destroy(instance)
        bench.create(instance)
        assert bench.harness.inventory(instance) == first
        assert bench.status(instance).state is InstanceState.READY

    def test_every_change_goes_through_the_session(self, bench: Workbench, instance: Instance) -> None:
        """What goes around `Session.vendor_call` is neither counted nor traced, nor crashed by this suite."""
        plan = CrashPlan()
        bench.create(instance, plan)
        bench.destroy(instance, plan)
        changes = {call: made for call, made in plan.vendor_calls.items() if not call.startswith("read")}
        assert changes
        assert [call for call, made in changes.items() if not made] == []
