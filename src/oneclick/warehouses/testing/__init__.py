"""The contract suite that every adapter passes.

Subclass `AdapterSuite` in a test module of yours and give it one fixture, your `Harness`:

    class TestMyAdapter(AdapterSuite):
        @pytest.fixture(scope="class")
        @classmethod
        def harness(cls) -> Harness:
            return MyHarness()

`docs/adapters.md` explains what is tested and why.
"""

try:
    import pytest
except ModuleNotFoundError as exc:
    raise ModuleNotFoundError(
        "The contract suite runs under pytest, which One-Click DWH itself doesn't need. Install it: pip install pytest"
    ) from exc

pytest.register_assert_rewrite("oneclick.warehouses.testing.suite")

from oneclick.warehouses.testing.harness import Foreign, Harness, VendorError  # noqa: E402 - pytest comes first
from oneclick.warehouses.testing.suite import AdapterSuite  # noqa: E402 - pytest comes first
from oneclick.warehouses.testing.vault import MemoryVault  # noqa: E402 - pytest comes first

__all__ = ["AdapterSuite", "Foreign", "Harness", "MemoryVault", "VendorError"]
