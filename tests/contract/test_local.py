"""The local lake keeps the contract."""

import pytest

from oneclick.warehouses.testing import AdapterSuite, Harness
from tests.warehouses.adapters.local.harness import LocalHarness


class TestLocal(AdapterSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def harness(cls) -> Harness:
        return LocalHarness()
