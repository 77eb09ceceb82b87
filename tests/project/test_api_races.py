"""The same click many times at once."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from django.db import connections

from oneclick.provisioning.models import ProvisioningJob
from oneclick.warehouses.models import Warehouse
from tests.project.conftest import Caller

pytestmark = pytest.mark.django_db(transaction=True)

SALES = {"name": "sales", "provider": "folders"}
KEY = {"Idempotency-Key": "one-click"}
AT_ONCE = 8


def all_at_once(call: Callable[[], object]) -> list[object]:
    barrier = threading.Barrier(AT_ONCE)
    answers: list[object] = []

    def run() -> None:
        barrier.wait()
        try:
            answers.append(call())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == AT_ONCE
    return answers


def outcomes(answers: list[object]) -> Mapping[int, int]:
    return Counter(answer.status_code for answer in answers)


def test_one_key_makes_one_job(as_admin: Caller, folders: Path) -> None:
    answers = all_at_once(lambda: as_admin("POST", "/api/warehouses", SALES, headers=KEY))

    assert outcomes(answers) == {202: AT_ONCE}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (Warehouse.objects.count(), ProvisioningJob.objects.count()) == (1, 1)


def test_one_key_rotates_once(as_admin: Caller, folders: Path, warehouse: Warehouse) -> None:
    answers = all_at_once(lambda: as_admin("POST", "/api/warehouses/sales/rotate", {"grace_s": 0}, headers=KEY))

    assert outcomes(answers) == {202: AT_ONCE}
    assert ProvisioningJob.objects.filter(kind="rotate").count() == 1


def test_without_a_key_one_gets_the_name(as_admin: Caller, folders: Path) -> None:
    answers = all_at_once(lambda: as_admin("POST", "/api/warehouses", SALES))

    assert outcomes(answers) == {202: 1, 409: AT_ONCE - 1}
    assert (Warehouse.objects.count(), ProvisioningJob.objects.count()) == (1, 1)
