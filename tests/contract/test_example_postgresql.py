"""The example adapter keeps the contract."""

import pytest

from oneclick.warehouses.testing import AdapterSuite, Harness
from tests.contract.postgresql import PostgresqlHarness


class TestPostgresql(AdapterSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def harness(cls) -> Harness:
        return PostgresqlHarness()
