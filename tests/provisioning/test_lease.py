from collections.abc import Callable

import pytest
from django.db import connection, transaction

from oneclick.job_queue import leases
from oneclick.job_queue.leases import LeaseLost
from oneclick.provisioning.engine import WAREHOUSES
from oneclick.provisioning.models import ProvisioningJob
from oneclick.warehouses.models import Warehouse

MakeJob = Callable[..., ProvisioningJob]


def run_out(warehouse: Warehouse) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE warehouses_warehouse SET lease_until = clock_timestamp() - interval '1 s' WHERE id = %s",
            [warehouse.id],
        )


def test_one_holder_at_a_time(make_job: MakeJob) -> None:
    warehouse = make_job().warehouse

    first = WAREHOUSES.acquire(warehouse.id)
    assert first is not None
    assert WAREHOUSES.acquire(warehouse.id) is None

    first.release()
    second = WAREHOUSES.acquire(warehouse.id)
    assert second is not None
    assert second.fence == first.fence + 1
    second.release()


def test_whoever_comes_back_late_is_refused(make_job: MakeJob) -> None:
    warehouse = make_job().warehouse
    late = WAREHOUSES.acquire(warehouse.id)
    assert late is not None
    run_out(warehouse)

    newer = WAREHOUSES.acquire(warehouse.id)

    assert newer is not None
    with pytest.raises(LeaseLost), transaction.atomic():
        late.assert_held()
    late.release()
    with transaction.atomic():
        newer.assert_held()
    newer.release()


def test_renewal_moves_the_end_of_what_is_held_only(make_job: MakeJob) -> None:
    warehouse, other = make_job().warehouse, make_job().warehouse
    held, lost = WAREHOUSES.acquire(warehouse.id), WAREHOUSES.acquire(other.id)
    assert held is not None
    assert lost is not None
    run_out(warehouse)
    run_out(other)
    stolen = WAREHOUSES.acquire(other.id)
    assert stolen is not None
    stolen_until = Warehouse.objects.get(id=other.id).lease_until

    leases.renew([held, lost])

    assert WAREHOUSES.acquire(warehouse.id) is None
    assert Warehouse.objects.get(id=other.id).lease_until == stolen_until
    for lease in (held, lost, stolen):
        lease.release()


def test_a_holder_never_shows_in_a_repr(make_job: MakeJob) -> None:
    lease = WAREHOUSES.acquire(make_job().warehouse_id)
    assert lease is not None
    assert lease.holder not in repr(lease)
    lease.release()
