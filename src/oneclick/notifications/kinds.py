"""What people can be told of: each kind once, for the settings of all; rooms register theirs in `AppConfig.ready()`."""

from collections.abc import Sequence
from dataclasses import dataclass

from oneclick.accounts.roles import Permission
from oneclick.core.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind. It is sent unless its reader said no; `needs` is what they must be allowed to, at that moment."""

    key: str
    label: str
    help: str
    needs: Permission = Permission.VIEW_WAREHOUSES


KINDS: Registry[Kind] = Registry("Kind of notification")

CHANGE_ENDED = Kind(
    key="change_ended",
    label="A change that I asked for has ended",
    help="The warehouse is set up, changed or deleted, or it failed.",
)
CHANGE_FAILED = Kind(
    key="change_failed",
    label="A change that somebody else asked for failed",
    help="For admins: what failed, why, and what to do now.",
    needs=Permission.PROVISION_WAREHOUSES,
)
DRIFT_FOUND = Kind(
    key="drift_found",
    label="A warehouse was changed outside of One-Click",
    help="For admins: a check found a difference to what we made.",
    needs=Permission.PROVISION_WAREHOUSES,
)
FLOW_FAILED = Kind(
    key="flow_failed",
    label="A data flow brings nothing new any more",
    help="Its update failed: why, and what to do now. Told once, until it went well again.",
    needs=Permission.LOAD_DATA,
)

FLOW_QUIET = Kind(
    key="flow_quiet",
    label="Nothing came from a data flow for longer than usual",
    help="How long is usual is said with its schedule. Told once, until something comes again.",
    needs=Permission.LOAD_DATA,
)


def register_own() -> None:
    """Register the kinds of changes of warehouses, and of updates of data flows."""
    for kind in (CHANGE_ENDED, CHANGE_FAILED, DRIFT_FOUND, FLOW_FAILED, FLOW_QUIET):
        KINDS.register(kind.key, kind)


def all_kinds() -> Sequence[Kind]:
    """All of them, in order of registration."""
    return list(KINDS)
