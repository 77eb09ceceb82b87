"""A package above provisioning that adds one resource to each warehouse."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from oneclick.warehouses.contract.instance import Vault
from oneclick.warehouses.contract.resources import Resource
from oneclick.warehouses.models import Warehouse
from tests.provisioning.folders import FolderSession, Thing


class Dashboards:
    def __init__(self, root: Path) -> None:
        self.root = root

    def resources(self, warehouse: Warehouse) -> Sequence[Resource[Any]]:
        tag = warehouse.instance.tag
        return [Thing(f"{tag}-dashboard", tag, "small")]

    @contextlib.contextmanager
    def open(self, warehouse: Warehouse, vault: Vault, *, correlation_id: str) -> Iterator[FolderSession]:
        yield FolderSession(vault=vault, correlation_id=correlation_id, root=self.root)
