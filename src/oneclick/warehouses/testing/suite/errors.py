"""The vendor's errors, by type and with a way out."""

from oneclick.warehouses.contract.errors import ContractError, PermissionDenied, TerminalError, TransientError
from oneclick.warehouses.testing.suite.base import SuiteBase
from oneclick.warehouses.testing.workbench import Workbench


class ErrorSuite(SuiteBase):
    """Each line of the harness's table."""

    def test_each_vendor_error_becomes_its_class(self, bench: Workbench) -> None:
        assert bench.harness.vendor_errors
        wrong = {}
        for line in bench.harness.vendor_errors:
            found = bench.harness.translate(line.error)
            if type(found) is not line.expected:
                wrong[repr(line.error)] = type(found).__name__
        assert wrong == {}

    def test_each_error_says_what_to_do(self, bench: Workbench) -> None:
        for line in bench.harness.vendor_errors:
            found = bench.harness.translate(line.error)
            assert found.message.strip()
            assert found.hint.strip(), f"{line.error!r} → {found!r} has no hint"
            if isinstance(found, PermissionDenied) and found.missing:
                assert found.remedy, f"which statement grants {found.missing}?"

    def test_the_table_has_both_kinds(self, bench: Workbench) -> None:
        found = [bench.harness.translate(line.error) for line in bench.harness.vendor_errors]
        assert all(isinstance(error, ContractError) for error in found)
        assert any(isinstance(error, TransientError) for error in found)
        assert any(isinstance(error, TerminalError) for error in found)
