"""What it says it can, it can; what it says it can't, it refuses. Both statements are tried."""

import dataclasses

import pytest

from oneclick.core.secrets import SecretText
from oneclick.duck import open_duckdb
from oneclick.warehouses.contract.capabilities import Capability
from oneclick.warehouses.contract.data_plane import LoadMode
from oneclick.warehouses.contract.descriptions import InstanceState
from oneclick.warehouses.contract.errors import Cancelled, ContractError, NotSupported
from oneclick.warehouses.contract.instance import AccessLevel, Instance
from oneclick.warehouses.testing.suite.base import SuiteBase
from oneclick.warehouses.testing.suite.data import stopped
from oneclick.warehouses.testing.workbench import Workbench, rows_of


class CapabilitySuite(SuiteBase):
    """One probe for each capability. It raises `NotSupported` where the adapter can't; anything else fails."""

    @pytest.mark.parametrize("capability", list(Capability), ids=lambda capability: capability.name)
    def test_what_it_states_is_so(self, bench: Workbench, ready: Instance, capability: Capability) -> None:
        support = bench.adapter.facts.capabilities[capability]
        instance = bench.created() if capability in _CHANGE_THE_WAREHOUSE else ready
        probe = _PROBES[capability]
        if support.is_usable:
            probe(bench, instance)
        else:
            with pytest.raises(NotSupported) as caught:
                probe(bench, instance)
            assert caught.value.message


def _rotate(bench: Workbench, instance: Instance) -> None:
    old = instance.logins[0]
    both = instance.with_logins((*instance.logins, old.successor))
    bench.knows(both)
    bench.create(both)
    bench.drop_logins(both, [old])
    assert bench.rows(both, "SELECT 1 AS n", old.successor) == [(1,)]


def _read_only(bench: Workbench, instance: Instance) -> None:
    table = bench.table()
    bench.data_plane(instance).bulk_load(bench.load(table, range(3)))
    with bench.data_plane(instance, AccessLevel.READ).connect() as session:
        assert rows_of(session.query(f"SELECT count(*) FROM {table}")) == [(3,)]
        with pytest.raises(ContractError):
            session.query(f"DELETE FROM {table}")


def _spend_cap(bench: Workbench, instance: Instance) -> None:
    cap = max(bench.adapter.facts.limits.min_spend_cap, 100)
    estimate = bench.adapter.estimate(dataclasses.replace(instance.spec, monthly_spend_cap=cap))
    if str(cap) not in estimate.spend_cap:
        raise NotSupported(f"Asked for a cap of {cap}, the estimate says: {estimate.spend_cap}.")


def _resize(bench: Workbench, instance: Instance) -> None:
    sizes = [size for size in bench.adapter.facts.limits.sizes if size != instance.spec.size]
    if not sizes:
        raise NotSupported("It has no sizes.")
    larger = dataclasses.replace(instance, spec=dataclasses.replace(instance.spec, size=sizes[0]))
    assert bench.status(larger).differences, "another size is a difference"
    bench.create(larger)
    bench.knows(larger)
    assert bench.status(larger).state is InstanceState.READY


def _cancel(bench: Workbench, instance: Instance) -> None:
    with bench.data_plane(instance, AccessLevel.READ).connect() as session:
        if not bench.adapter.facts.capabilities[Capability.CANCEL_QUERY].is_usable:
            session.cancel()
        assert isinstance(stopped(session, bench.harness.slow_query), Cancelled)


def _merge(bench: Workbench, instance: Instance) -> None:
    table = bench.table()
    plane = bench.data_plane(instance)
    for text in ("a", "b"):
        plane.bulk_load(bench.load(table, range(3), text=text, mode=LoadMode.MERGE))
    assert bench.rows(instance, f"SELECT count(*), min(t) FROM {table}") == [(3, "b")]


def _exactly_once(bench: Workbench, instance: Instance) -> None:
    table = bench.table()
    load = bench.load(table, range(3))
    results = [bench.data_plane(instance).bulk_load(load) for _ in range(2)]
    if not results[1].is_repeat:
        raise NotSupported("It loads again.")
    assert bench.rows(instance, f"SELECT count(*) FROM {table}") == [(3,)]


def _attach(bench: Workbench, instance: Instance) -> None:
    attachment = bench.data_plane(instance).duckdb_attach()
    assert all(isinstance(statement, SecretText) for statement in attachment.statements)
    home = bench.adapter.installation.home
    table = bench.table()
    with open_duckdb(home=home, extensions=attachment.extensions) as connection:
        for statement in attachment.statements:
            connection.execute(statement.reveal())
        connection.execute(f"CREATE TABLE {attachment.catalog}.{table} AS SELECT 1 AS n")
    assert bench.rows(instance, f"SELECT n FROM {table}") == [(1,)]


def _drop_detection(bench: Workbench, instance: Instance) -> None:
    for resource in bench.adapter.resources(instance):
        if bench.harness.drop_behind_our_back(resource.address, instance):
            state = bench.status(instance).state
            if state is InstanceState.READY:
                raise NotSupported("It doesn't see it.")
            assert state in (InstanceState.DRIFTED, InstanceState.MISSING)
            return
    raise AssertionError("nothing could be dropped behind its back")


_CHANGE_THE_WAREHOUSE = (Capability.ROTATE_CREDENTIALS, Capability.RESIZE, Capability.DROP_DETECTION)

_PROBES = {
    Capability.ROTATE_CREDENTIALS: _rotate,
    Capability.READ_ONLY_ACCESS: _read_only,
    Capability.SPEND_CAP: _spend_cap,
    Capability.RESIZE: _resize,
    Capability.CANCEL_QUERY: _cancel,
    Capability.MERGE: _merge,
    Capability.EXACTLY_ONCE_LOAD: _exactly_once,
    Capability.DUCKDB_ATTACH: _attach,
    Capability.DROP_DETECTION: _drop_detection,
}
