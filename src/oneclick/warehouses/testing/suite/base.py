"""The fixtures that every part of the suite stands on."""

import logging
from collections.abc import Iterator

import pytest

from oneclick.warehouses.contract.capabilities import Capability
from oneclick.warehouses.contract.instance import Instance
from oneclick.warehouses.testing.harness import Harness
from oneclick.warehouses.testing.workbench import Workbench


class SuiteBase:
    """A workbench, a warehouse that is ready, and a watch over the log."""

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, harness: Harness) -> Iterator[Workbench]:
        """The harness with the warehouses made on it."""
        bench = Workbench(harness)
        yield bench
        bench.close()

    @pytest.fixture(scope="class")
    @classmethod
    def ready(cls, bench: Workbench) -> Instance:
        """A warehouse shared by the tests that leave it as it is; each uses tables of its own."""
        return bench.keep(bench.created())

    @pytest.fixture
    def instance(self, bench: Workbench) -> Instance:
        """A warehouse of the test's own, not made yet."""
        return bench.new_instance()

    @pytest.fixture(autouse=True)
    def tidy(self, bench: Workbench) -> Iterator[None]:
        """No test's warehouses stand in another's way."""
        yield
        bench.tidy()

    @pytest.fixture(autouse=True)
    def no_secret_in_the_log(self, bench: Workbench, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        """Whatever a test does, no log record at any level shows a secret."""
        caplog.set_level(logging.DEBUG)
        yield
        for record in caplog.get_records("setup") + caplog.get_records("call"):
            text = f"{record.getMessage()} {vars(record)}"
            assert not any(secret in text for secret in bench.secrets()), f"{record.name} logs a secret"


def needs(bench: Workbench, capability: Capability) -> None:
    """Skip the rest of a test where the adapter states that it can't; that statement is tested elsewhere."""
    support = bench.adapter.facts.capabilities[capability]
    if not support.is_usable:
        pytest.skip(f"{capability.name} is {support.value} here")
