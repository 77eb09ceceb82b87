"""The tests, one module per part of the contract."""

from oneclick.warehouses.testing.suite.capabilities import CapabilitySuite
from oneclick.warehouses.testing.suite.crashes import CrashSuite
from oneclick.warehouses.testing.suite.data import DataSuite
from oneclick.warehouses.testing.suite.errors import ErrorSuite
from oneclick.warehouses.testing.suite.facts import FactSuite
from oneclick.warehouses.testing.suite.lifecycle import LifecycleSuite
from oneclick.warehouses.testing.suite.loads import LoadSuite
from oneclick.warehouses.testing.suite.logins import LoginSuite
from oneclick.warehouses.testing.suite.ownership import OwnershipSuite
from oneclick.warehouses.testing.suite.secrecy import SecrecySuite
from oneclick.warehouses.testing.suite.workers import WorkerSuite


class AdapterSuite(
    FactSuite,
    LifecycleSuite,
    OwnershipSuite,
    CrashSuite,
    WorkerSuite,
    LoginSuite,
    DataSuite,
    LoadSuite,
    CapabilitySuite,
    ErrorSuite,
    SecrecySuite,
):
    """The whole contract. A subclass adds the fixture `harness`, of scope "class"."""


__all__ = ["AdapterSuite"]
