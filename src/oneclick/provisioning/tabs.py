"""The parts of a warehouse's page: upper rooms register theirs in `AppConfig.ready()`."""

from collections.abc import Sequence
from dataclasses import dataclass

from oneclick.accounts.roles import Permission, Principal
from oneclick.core.registry import Registry


@dataclass(frozen=True, kw_only=True)
class WarehouseTab:
    """One part. `url_name` takes `warehouse_id`; its page extends `provisioning/warehouse_frame.html`.

    `order`: overview 10, tables 20, resources 30, credentials 40, activity 50, settings 60.
    """

    key: str
    label: str
    url_name: str
    order: int
    permission: Permission = Permission.VIEW_WAREHOUSES


WAREHOUSE_TABS: Registry[WarehouseTab] = Registry("Part of a warehouse's page")


def register(tab: WarehouseTab) -> WarehouseTab:
    """Add a part."""
    return WAREHOUSE_TABS.register(tab.key, tab)


def tabs_for(principal: Principal) -> Sequence[WarehouseTab]:
    """The parts that somebody may see, in their order."""
    return sorted((tab for tab in WAREHOUSE_TABS if principal.may(tab.permission)), key=lambda tab: tab.order)
