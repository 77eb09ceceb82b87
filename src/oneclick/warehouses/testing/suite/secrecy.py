"""No secret shows: in no representation, no exception, no journal, no name of a call."""

import dataclasses
import traceback

import pytest

from oneclick.core.secrets import SecretText
from oneclick.warehouses.contract.errors import ContractError
from oneclick.warehouses.contract.instance import AccessLevel, Instance
from oneclick.warehouses.testing.crashes import CrashPlan
from oneclick.warehouses.testing.suite.base import SuiteBase
from oneclick.warehouses.testing.workbench import Workbench


class SecrecySuite(SuiteBase):
    """The log is watched in every test of the suite, by `SuiteBase.no_secret_in_the_log`."""

    def test_no_representation_shows_a_secret(self, bench: Workbench, ready: Instance) -> None:
        shown: list[object] = [ready, bench.adapter, bench.harness.account, bench.status(ready), bench.plan(ready)]
        shown += bench.adapter.resources(ready)
        shown += bench.adapter.validate_config(bench.harness.account)
        shown += bench.adapter.setup_steps(bench.harness.account)
        with bench.open(ready) as session:
            shown.append(session)
            for login in ready.logins:
                access = bench.access(ready, login)
                plane = bench.adapter.data_plane(access)
                shown += [access, plane, bench.adapter.credentials(ready, login), bench.adapter.bindings(ready, login)]
                with plane.connect() as data_session:
                    shown.append(data_session)
        for thing in shown:
            for text in (repr(thing), str(thing), f"{thing}"):
                assert hidden(bench, text), f"{type(thing).__name__} shows a secret"

    def test_no_session_field_shows_a_secret(self, bench: Workbench, ready: Instance) -> None:
        """A debugger's or an error reporter's view: the values of the fields, one level deep."""
        with bench.open(ready) as session:
            assert hidden(bench, repr(vars(session)))
        for login in ready.logins:
            plane = bench.data_plane(ready, login)
            assert hidden(bench, repr(vars(plane)))
            with plane.connect() as data_session:
                assert hidden(bench, repr(vars(data_session)))
        assert hidden(bench, repr(vars(bench.adapter)))

    def test_no_journal_and_no_call_names_a_secret(self, bench: Workbench, instance: Instance) -> None:
        plan = CrashPlan()
        bench.create(instance, plan)
        bench.destroy(instance, plan)
        assert hidden(bench, "\n".join(plan.passed))

    def test_no_exception_shows_a_secret(self, bench: Workbench, ready: Instance) -> None:
        errors: list[BaseException] = []
        for account in (bench.harness.wrong_account, bench.harness.unreachable_account):
            if account is not None:
                with pytest.raises(ContractError) as caught, bench.open(ready, account=account):
                    pass
                errors.append(caught.value)
        wrong = SecretText("planted-wrong-secret")
        for level in AccessLevel:
            access = dataclasses.replace(bench.access(ready, level), secret=wrong)
            with pytest.raises(ContractError) as caught, bench.adapter.data_plane(access).connect() as session:
                session.query("SELECT 1")
            errors.append(caught.value)
            with pytest.raises(ContractError) as caught, bench.data_plane(ready, level).connect() as session:
                session.query("SELECT * FROM no_such_table")
            errors.append(caught.value)
        for error in errors:
            text = "".join(traceback.format_exception(error)) + getattr(error, "hint", "")
            assert hidden(bench, text), f"{error!r} shows a secret"
            assert wrong.reveal() not in text, f"{error!r} shows a secret"


def hidden(bench: Workbench, text: str) -> bool:
    """Whether no secret is in it."""
    return not any(secret in text for secret in bench.secrets() if secret)
