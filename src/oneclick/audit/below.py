"""What rooms below the log do, and can't write down themselves."""

from oneclick.audit.services import record
from oneclick.outbound.signals import ListChanged


def write_down_allowed(event: ListChanged) -> None:
    """Somebody allowed connections to a destination that isn't public."""
    _write_down("destination.allowed", event)


def write_down_forgotten(event: ListChanged) -> None:
    """Somebody took that back."""
    _write_down("destination.forgotten", event)


def _write_down(action: str, event: ListChanged) -> None:
    record(
        organisation_id=None,
        actor=event.actor,
        action=action,
        target_kind="destination",
        target_id=event.id,
        detail={"destination": event.destination},
    )
