"""Extra resources of a warehouse that upper packages bring, such as a connected dashboard tool.

They are made after the warehouse's own resources and removed before them, in the same job, by the same engine.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from oneclick.core.registry import Registry
from oneclick.warehouses.contract.instance import Vault
from oneclick.warehouses.contract.resources import Resource, Session
from oneclick.warehouses.models import Warehouse


class ExtraResources(Protocol):
    """One upper package's resources for a warehouse."""

    def resources(self, warehouse: Warehouse) -> Sequence[Resource[Any]]:
        """Those that this warehouse should have now; on destruction, all that it may have."""

    def open(self, warehouse: Warehouse, vault: Vault, *, correlation_id: str) -> AbstractContextManager[Session]:
        """What the resources act through."""


EXTRA_RESOURCES: Registry[ExtraResources] = Registry("extra resources")
