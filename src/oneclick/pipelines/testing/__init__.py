"""The contract suite that every source of a data flow passes.

Subclass `SourceSuite` in a test module of yours and give it one fixture, your `SourceHarness`:

    class TestMySource(SourceSuite):
        @pytest.fixture
        def harness(self) -> SourceHarness:
            return MyHarness()

`docs/sources.md` explains what is tested and why.
"""

try:
    import pytest
except ModuleNotFoundError as exc:
    raise ModuleNotFoundError(
        "The contract suite runs under pytest, which One-Click DWH itself doesn't need. Install it: pip install pytest"
    ) from exc

pytest.register_assert_rewrite("oneclick.pipelines.testing.suite")

from oneclick.pipelines.testing.harness import SourceHarness  # noqa: E402 - pytest comes first
from oneclick.pipelines.testing.suite import SourceSuite  # noqa: E402 - pytest comes first

__all__ = ["SourceHarness", "SourceSuite"]
