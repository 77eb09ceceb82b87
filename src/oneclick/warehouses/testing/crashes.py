"""Simulated crashes: at the border of a resource, before and after each resource call, vendor call and secret."""

import copy
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from oneclick.warehouses.contract.adapter import Adapter
from oneclick.warehouses.contract.descriptions import Action
from oneclick.warehouses.contract.instance import Instance, Login
from oneclick.warehouses.contract.resources import Address, Resource

CHANGES = ("create", "update", "delete")


class Crash(BaseException):
    """As if the process had been killed. No `Exception`, so that nobody handles it by accident."""


class CrashPlan:
    """Journal, call observer and vault hook in one: it sees every point at which a worker can die.

    `is_fatal` decides at each point, by its name, whether the worker dies there. A point's name says where it is and
    which time it is passed there: "role x: after create (2)". `settled` is what outlives the worker, as the product's
    journal does: what it has brought to its end, and the next worker needn't look at.
    """

    def __init__(
        self,
        is_fatal: Callable[[str], bool] = lambda point: False,
        *,
        settled: set[tuple[Address, Action]] | None = None,
    ) -> None:
        self.passed: list[str] = []
        self.changing: list[str] = []
        self.vendor_calls: Counter[str] = Counter()
        self._is_fatal = is_fatal
        self._settled = settled
        self._address = "start"
        self._resource_calls: list[str] = []
        self._times: Counter[str] = Counter()

    def border(self, address: Address) -> None:
        """The journal's border."""
        self._address = str(address)
        self._point("border")

    def is_settled(self, address: Address, action: Action) -> bool:
        """Whether a worker before this one has brought it there."""
        return (address, action) in (self._settled or ())

    def intent(self, address: Address, action: Action) -> None:
        """The journal's intent."""
        self._point(f"intent {action.value}")

    def outcome(self, address: Address, action: Action) -> None:
        """The journal's outcome."""
        self._point(f"before outcome {action.value}")
        if self._settled is not None:
            self._settled.add((address, Action.DELETE if action is Action.DELETE else Action.CREATE))
        self._point(f"after outcome {action.value}")

    def before(self, call: str) -> None:
        """The observer's side before a vendor call."""
        self._point(f"before vendor call {call!r}")

    def after(self, call: str) -> None:
        """The observer's side after it."""
        for resource_call in self._resource_calls:
            self.vendor_calls[resource_call] += 1
        self._point(f"after vendor call {call!r}")

    def secret(self, point: str) -> None:
        """The vault's hook."""
        self._point(point)

    def resource_call(self, name: str, address: Address, call: Callable[..., Any], *arguments: Any) -> Any:
        """Make one call of a resource, with a point on each side."""
        title = f"{name} of {address}"
        self.vendor_calls[title] += 0
        self._point(f"before {title}")
        self._resource_calls.append(title)
        try:
            answer = call(*arguments)
        finally:
            self._resource_calls.pop()
        self._point(f"after {title}")
        return answer

    def _point(self, what: str) -> None:
        name = f"{self._address}: {what}"
        self._times[name] += 1
        point = f"{name} ({self._times[name]})"
        self.passed.append(point)
        if any(call.startswith(CHANGES) for call in self._resource_calls) and "after vendor call" in what:
            self.changing.append(point)
        if self._is_fatal(point):
            raise Crash(point)


def watched(adapter: Adapter[Any], plan: CrashPlan) -> Adapter[Any]:
    """The same adapter, each call of its resources going through `plan`."""
    twin = copy.copy(adapter)

    def resources(instance: Instance) -> Sequence[Resource[Any]]:
        return [_watch(resource, plan) for resource in adapter.resources(instance)]

    def login_resources(instance: Instance, login: Login) -> Sequence[Resource[Any]]:
        return [_watch(resource, plan) for resource in adapter.login_resources(instance, login)]

    vars(twin).update(resources=resources, login_resources=login_resources)
    return twin


def _watch(resource: Resource[Any], plan: CrashPlan) -> Resource[Any]:
    for name in ("read", *CHANGES):
        vars(resource)[name] = _through(plan, name, resource.address, getattr(resource, name))
    return resource


def _through(plan: CrashPlan, name: str, address: Address, call: Callable[..., Any]) -> Callable[..., Any]:
    def watched_call(*arguments: Any) -> Any:
        return plan.resource_call(name, address, call, *arguments)

    return watched_call
