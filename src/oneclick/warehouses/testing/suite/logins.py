"""Logins: what they may, how far they reach, how they are replaced."""

import dataclasses
from functools import partial

import pytest

from oneclick.core.secrets import SecretText
from oneclick.warehouses.contract.capabilities import Capability
from oneclick.warehouses.contract.descriptions import InstanceState
from oneclick.warehouses.contract.errors import ContractError, InvalidCredentials
from oneclick.warehouses.contract.instance import AccessLevel, Instance, Login
from oneclick.warehouses.testing.suite.base import SuiteBase, needs
from oneclick.warehouses.testing.workbench import Workbench, crash_everywhere

ONE = "SELECT 1 AS n"


class LoginSuite(SuiteBase):
    """Two levels, each by reference, each for one warehouse."""

    def test_both_logins_work(self, bench: Workbench, ready: Instance) -> None:
        for login in ready.logins:
            assert bench.rows(ready, ONE, login) == [(1,)]

    def test_a_wrong_secret_is_refused(self, bench: Workbench, ready: Instance) -> None:
        for login in ready.logins:
            access = dataclasses.replace(bench.access(ready, login), secret=SecretText("not-the-secret"))
            with pytest.raises(InvalidCredentials), bench.adapter.data_plane(access).connect() as session:
                session.query(ONE)

    def test_the_read_login_changes_nothing(self, bench: Workbench, ready: Instance) -> None:
        needs(bench, Capability.READ_ONLY_ACCESS)
        table = bench.table()
        bench.data_plane(ready).bulk_load(bench.load(table, range(3)))
        for statement in bench.harness.write_statements(table):
            with pytest.raises(ContractError), bench.data_plane(ready, AccessLevel.READ).connect() as session:
                session.query(statement)
        with pytest.raises(ContractError):
            bench.data_plane(ready, AccessLevel.READ).bulk_load(bench.load(table, range(3), fence=2))
        assert bench.rows(ready, f"SELECT count(*), min(n), max(n) FROM {table}") == [(3, 0, 2)]

    def test_the_read_login_sees_what_is_made_after_it(self, bench: Workbench, ready: Instance) -> None:
        needs(bench, Capability.READ_ONLY_ACCESS)
        with bench.data_plane(ready).connect() as session:
            table = bench.table()
            session.query(f"CREATE TABLE {table} (n INTEGER)")
            session.query(f"INSERT INTO {table} VALUES (7)")
        assert bench.rows(ready, f"SELECT n FROM {table}", AccessLevel.READ) == [(7,)]

    def test_no_login_reaches_another_warehouse(self, bench: Workbench, ready: Instance, instance: Instance) -> None:
        bench.create(instance)
        bench.data_plane(instance).bulk_load(bench.load(bench.table(), range(3)))
        for login in ready.logins:
            assert bench.harness.reaches(bench.access(instance, login), instance), "the harness can't reach anything"
            assert not bench.harness.reaches(bench.access(ready, login), instance)

    def test_credentials_are_a_reference_and_no_secret(self, bench: Workbench, ready: Instance) -> None:
        for login in ready.logins:
            credentials = bench.adapter.credentials(ready, login)
            secret = bench.vault(ready).get(credentials.secret_name).reveal()
            assert credentials.parameters
            assert credentials.secret_label
            assert secret not in str(dataclasses.asdict(credentials))

    def test_bindings_keep_a_place_for_the_secret(self, bench: Workbench, ready: Instance) -> None:
        for login in ready.logins:
            bindings = bench.adapter.bindings(ready, login)
            secret = bench.vault(ready).get(login.secret_name).reveal()
            assert secret not in str(dataclasses.asdict(bindings))
            assert bindings.sqlalchemy_url
            assert bindings.snippets
            assert "{secret}" in str(dataclasses.asdict(bindings))

    def test_a_login_is_replaced_without_a_gap(self, bench: Workbench, instance: Instance) -> None:
        needs(bench, Capability.ROTATE_CREDENTIALS)
        bench.create(instance)
        table = bench.table()
        bench.data_plane(instance).bulk_load(bench.load(table, range(3)))
        old = instance.logins[0]
        both = instance.with_logins((*instance.logins, old.successor))
        bench.knows(both)
        bench.create(both)
        count = f"SELECT count(*) FROM {table}"
        assert bench.rows(both, count, old) == bench.rows(both, count, old.successor) == [(3,)]
        old_access, new_access = bench.access(both, old), bench.access(both, old.successor)
        assert old_access.secret != new_access.secret

        bench.drop_logins(both, [old])
        with pytest.raises(ContractError), bench.adapter.data_plane(old_access).connect() as session:
            session.query(count)
        left = both.with_logins((*instance.logins[1:], old.successor))
        bench.knows(left)
        assert bench.status(left).state is InstanceState.READY
        assert bench.rows(left, count, old.successor) == [(3,)]
        bench.data_plane(left, old.successor).bulk_load(bench.load(table, range(3, 5), fence=2))
        assert bench.rows(left, count, AccessLevel.READ) == [(5,)]

    def test_a_crash_at_any_point_of_a_rotation_is_made_good(self, bench: Workbench, instance: Instance) -> None:
        needs(bench, Capability.ROTATE_CREDENTIALS)
        bench.create(instance)
        whole = len(bench.harness.inventory(instance))
        for old in instance.logins:
            both = instance.with_logins((*instance.logins, old.successor))
            bench.knows(both)
            new = [resource.address for resource in bench.adapter.login_resources(both, old.successor)]
            crash_everywhere(partial(bench.create, both), within=new)
            assert bench.rows(both, ONE, old.successor) == [(1,)]
            crash_everywhere(partial(bench.drop_logins, both, [old]))
            left = [login for login in both.logins if login != old]
            instance = both.with_logins(tuple(left))
            bench.knows(instance)
            assert len(bench.harness.inventory(instance)) == whole
            assert bench.status(instance).state is InstanceState.READY

    def test_dropping_a_login_twice_is_fine(self, bench: Workbench, instance: Instance) -> None:
        needs(bench, Capability.ROTATE_CREDENTIALS)
        reader = Login(level=AccessLevel.READ)
        both = instance.with_logins((*instance.logins, reader.successor))
        bench.knows(both)
        bench.create(both)
        for _ in range(2):
            bench.drop_logins(both, [reader])
        assert bench.rows(both, ONE, reader.successor) == [(1,)]
